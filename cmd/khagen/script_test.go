package main

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the output that scripts compare with")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"khagen": main})
}

// TestScripts shows what users see of every command: exit code, stdout, stderr and what is left on disk.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup:         setUpScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"isolated": isolated,
			"mortal":   mortal,
			"replace":  replace,
			"snapshot": snapshot,
			"same":     same,
		},
		Condition:          condition,
		RequireUniqueNames: true,
	})
}

// setUpScript puts each script into a repository with the definitions of testdata/overlays, unless it brings its own, and
// gives it a HOME and a TMPDIR of its own. The reference clusters are in $REFERENCES, the action for GitHub in $ACTION.
func setUpScript(env *testscript.Env) error {
	env.Values[snapshots{}] = map[string]map[string]string{}
	for name, dir := range map[string]string{"HOME": ".home", "TMPDIR": ".tmp"} {
		path := filepath.Join(env.WorkDir, dir)
		env.Setenv(name, path)
		if err := os.MkdirAll(path, 0o755); err != nil {
			return err
		}
	}
	references, err := filepath.Abs("../../overlays")
	if err != nil {
		return err
	}
	env.Setenv("REFERENCES", references)
	action := filepath.Join(references, "../.github/actions/khagen")
	if _, err := os.Stat(filepath.Join(action, "run.sh")); err != nil { // go test remembers by files that the test itself looks at
		return err
	}
	env.Setenv("ACTION", action)
	definitions := filepath.Join(env.WorkDir, "overlays")
	if _, err := os.Stat(definitions); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.CopyFS(definitions, os.DirFS("testdata/overlays"))
}

// condition adds [permissions]: files can be kept from mortal; and [namespaces]: isolated works.
func condition(name string) (bool, error) {
	works := func(program string, args ...string) bool {
		return runtime.GOOS == "linux" && exec.Command(program, args...).Run() == nil
	}
	switch name {
	case "permissions":
		return os.Geteuid() > 0 || works("setpriv", "--version"), nil
	case "namespaces":
		return works("unshare", append(asRoot(), "--net", "--mount", "true")...), nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// exits runs a command and wants one exit code: exits 2 khagen build.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// mortal is exits for a program that permissions bind even where root runs the test: mortal 2 khagen build.
func mortal(ts *testscript.TestScript, neg bool, args []string) {
	if os.Geteuid() == 0 && len(args) > 1 {
		const bound = "--bounding-set=-dac_override,-dac_read_search"
		args = slices.Insert(slices.Clone(args), 1, "setpriv", bound)
	}
	exits(ts, neg, args)
}

// isolated is exits for a program in a namespace of its own: isolated 0 --net khagen build.
func isolated(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) > 2 {
		args = slices.Insert(slices.Clone(args), 1, append([]string{"unshare"}, asRoot()...)...)
	}
	exits(ts, neg, args)
}

// asRoot is what unshare needs so that anyone can make namespaces.
func asRoot() []string {
	if os.Geteuid() == 0 {
		return nil
	}
	return []string{"--user", "--map-root-user"}
}

// replace changes the only occurrence of a text in a file: replace FILE OLD NEW. In the texts \n is a line break.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	old, replacement := strings.ReplaceAll(args[1], `\n`, "\n"), strings.ReplaceAll(args[2], `\n`, "\n")
	content := ts.ReadFile(args[0])
	if n := strings.Count(content, old); n != 1 {
		ts.Fatalf("%s has %q %d times, want once", args[0], old, n)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(content, old, replacement, 1)), 0o644))
}

type snapshots struct{}

// snapshot remembers the tree below a folder: snapshot NAME DIR.
func snapshot(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: snapshot NAME DIR")
	}
	ts.Value(snapshots{}).(map[string]map[string]string)[args[0]] = digest(ts, ts.MkAbs(args[1]))
}

// same compares a folder with a snapshot: same NAME DIR [IGNORED…]. What lies below an ignored path may differ.
// The other way round (! same) it must differ.
func same(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: [!] same NAME DIR [IGNORED…]")
	}
	before, ok := ts.Value(snapshots{}).(map[string]map[string]string)[args[0]]
	if !ok {
		ts.Fatalf("no snapshot %s", args[0])
	}
	after := digest(ts, ts.MkAbs(args[1]))
	ignored := func(path string) bool {
		return slices.ContainsFunc(args[2:], func(i string) bool { return path == i || strings.HasPrefix(path, i+"/") })
	}
	var differs []string
	for path := range maps.Keys(union(before, after)) {
		if before[path] != after[path] && !ignored(path) {
			differs = append(differs, fmt.Sprintf("%s: %q, was %q", path, after[path], before[path]))
		}
	}
	slices.Sort(differs)
	if neg == (len(differs) > 0) {
		return
	}
	ts.Fatalf("%s differs in %d paths from %s:\n%s", args[1], len(differs), args[0], strings.Join(differs, "\n"))
}

func union(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// digest tells of every path below dir what it is and what it holds.
func digest(ts *testscript.TestScript, dir string) map[string]string {
	tree := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		what := info.Mode().String()
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			what += fmt.Sprintf(" %x", sha256.Sum256(content))
		}
		tree[filepath.ToSlash(rel)] = what
		return nil
	})
	ts.Check(err)
	return tree
}
