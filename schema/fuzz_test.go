package schema

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzLoad takes any bytes for a definition: Load may refuse them, with problems that have a file, but not panic, nor show what
// is inside of Go or CUE.
func FuzzLoad(f *testing.F) {
	dirs, err := Find("testdata/overlays")
	if err != nil {
		f.Fatal(err)
	}
	for _, dir := range dirs {
		src, err := os.ReadFile(filepath.Join(dir, cueName))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src, false)
	}
	for _, seed := range []string{
		"", "cluster: {}", "cluster: null", "cluster: hosts: a: {address: 10.0.0.1}", "a: &a [*a]", "? [a]\n: b", "cluster: !!binary x", "---\n---\n",
		"cluster:\n  hosts:\n    <<: {a: {address: 1}}", "\xff\xfe", "\r---", "cluster: {name: 'a\n\nb'}",
	} {
		f.Add([]byte(seed), true)
	}
	for _, seed := range []string{
		"package fleet\ncluster: cluster", "package fleet\ncluster: {hosts: [string]: hosts}", "package fleet\ncluster: _|_", "package fleet\ncluster: close({})",
		"package fleet\ncluster: {kubernetes: version: *\"1.36.3\" | \"1.36.2\", hosts: {a: {}, [=~\"(\"]: {}}}", "package fleet\nimport \"list\"\ncluster: hostNetworks: list.Range(0, 5, 1)",
		"package fleet\ncluster: {[x=string]: x}", "package fleet\n[1, {a: 1, a: 2}]", "package fleet\ncluster: hosts: [{a: 1, a: 2}]", "package fleet\ncluster: 'bytes'", "package fleet\ncluster: kubernetes: kubelet: config: {a: string, b: 1e400}",
	} {
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, src []byte, asYAML bool) {
		if len(src) > 4096 {
			return // evaluation may take as long as its author wants
		}
		root := t.TempDir()
		writeFile(t, filepath.Join(root, moduleFile), "module: \"fleet.example\"\nlanguage: version: \"v0.14.0\"\n")
		name := cueName
		if asYAML {
			name = yamlName
		}
		writeFile(t, filepath.Join(root, "a", name), string(src))
		_, err := Load(filepath.Join(root, "a"))
		if err == nil {
			return
		}
		var problems Errors
		if !errors.As(err, &problems) || len(problems) == 0 {
			t.Fatalf("%T: %v", err, err)
		}
		for _, problem := range problems {
			if problem.Pos.File == "" || problem.Problem == "" {
				t.Errorf("no place or no problem: %#v", problem)
			}
			if strings.Contains(problem.Error(), "goroutine ") || strings.Contains(problem.Problem, "empty disjunction") || strings.HasPrefix(problem.Hint, "this is a bug") {
				t.Errorf("not for users: %v", problem)
			}
		}
	})
}
