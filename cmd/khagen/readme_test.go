package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// fence matches a fenced block of README.md: its language and its text.
var fence = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

// TestReadme does what the README says, with the README's own words.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/readme",
		RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"block":    func(ts *testscript.TestScript, _ bool, args []string) { writeBlock(ts, string(readme), args) },
			"promised": func(ts *testscript.TestScript, _ bool, _ []string) { promised(ts, string(readme)) },
		},
	})
}

// writeBlock writes the nth block of a language to a file: block cue 2 overlays/shop/cluster.cue.
func writeBlock(ts *testscript.TestScript, readme string, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: block LANGUAGE N FILE")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	for _, m := range fence.FindAllStringSubmatch(readme, -1) {
		if m[1] != args[0] {
			continue
		}
		if n--; n == 0 {
			path := ts.MkAbs(args[2])
			ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
			ts.Check(os.WriteFile(path, []byte(m[2]), 0o644))
			return
		}
	}
	ts.Fatalf("README.md has no %s block number %s", args[0], args[1])
}

// promised wants the picture's files of a control plane to be all that there are.
func promised(ts *testscript.TestScript, readme string) {
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^    (etc/\S+)$`).FindAllStringSubmatch(readme, -1) {
		want = append(want, m[1])
	}
	rootfs := ts.MkAbs("out/shop/hosts/cp1/rootfs")
	var got []string
	ts.Check(filepath.WalkDir(rootfs, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(rootfs, path)
			got = append(got, filepath.ToSlash(name))
		}
		return err
	}))
	if diff := cmp.Diff(want, got); diff != "" {
		ts.Fatalf("the README's picture of a control plane (-README +rendered):\n%s", diff)
	}
}
