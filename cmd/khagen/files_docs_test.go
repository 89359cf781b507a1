package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// namedBlock matches a fenced block under a line that names its file.
var namedBlock = regexp.MustCompile("(?ms)^`((?:overlays|out)/\\S+)`:\n\n```[a-z]*\n(.*?)^```$")

// TestFilesPage builds with the files of docs/files.md, and wants what the page says comes of them.
func TestFilesPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/files.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := namedBlock.FindAllStringSubmatch(string(page), -1)
	each := func(ts *testscript.TestScript, folder string, do func(path, text string)) {
		n := 0
		for _, m := range blocks {
			if strings.HasPrefix(m[1], folder+"/") {
				do(ts.MkAbs(m[1]), m[2])
				n++
			}
		}
		if n < 2 {
			ts.Fatalf("only %d blocks of %s/ on the page", n, folder)
		}
	}
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/filespage",
		Setup: setUpScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"written": func(ts *testscript.TestScript, _ bool, _ []string) {
				each(ts, "overlays", func(path, text string) {
					ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
					ts.Check(os.WriteFile(path, []byte(text), 0o644))
				})
			},
			"promised": func(ts *testscript.TestScript, _ bool, _ []string) {
				each(ts, "out", func(path, text string) {
					if got := ts.ReadFile(path); got != text {
						ts.Fatalf("%s: got\n%s\nwant\n%s", path, got, text)
					}
				})
			},
		},
	})
}

// TestOverlaysPage builds with the kustomization of docs/overlays.md: all its patches match something.
func TestOverlaysPage(t *testing.T) {
	dir := newRepository(t)
	follow(t, "../../docs/overlays.md", dir)
	if output, _, err := shell(dir, "khagen vet --strict && khagen build"); output != "" || err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for file, text := range map[string]string{
		"cp1/rootfs/etc/kubernetes/kubeadm/config.yaml":         "registry.example.net/coredns",
		"cp1/rootfs/etc/kubernetes/apiserver/audit-policy.yaml": "system:apiserver",
		"w1/rootfs/etc/kubernetes/kubeadm/join.yaml":            "discovery: 10m",
	} {
		content, err := os.ReadFile(filepath.Join(dir, "out/shop/hosts", file))
		if err != nil || !strings.Contains(string(content), text) {
			t.Errorf("%s has no %q: %v\n%s", file, text, err, content)
		}
	}
}
