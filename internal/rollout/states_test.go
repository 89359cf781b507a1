package rollout_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/delivery"
	"github.com/khagen/khagen/internal/rules"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

var nameField = regexp.MustCompile(`(?m)^\tname: +"(.*)"`)

// stateOf renders a definition, as khagen build does.
func stateOf(t testing.TB, definition string, edits ...func(*tree.File)) *tree.Snapshot {
	t.Helper()
	overlays := t.TempDir()
	name := nameField.FindStringSubmatch(definition)[1]
	for file, text := range map[string]string{
		"cue.mod/module.cue":  "module: \"khagen.example/fleet\"\nlanguage: version: \"v0.17.0\"\n",
		name + "/cluster.cue": definition,
	} {
		path := filepath.Join(overlays, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	spec, err := schema.Load(filepath.Join(overlays, name))
	if err != nil {
		t.Fatalf("%v\n%s", err, definition)
	}
	c, err := topology.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rules.Check([]*topology.Cluster{c}, rules.Repo{}) {
		if f.Severity == rules.Error {
			t.Fatalf("%s: %s\n%s", f.ID, f.Problem, definition)
		}
	}
	files, err := generators.Generate(c)
	if err == nil {
		files, err = delivery.Files(c, files)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		for _, edit := range edits {
			edit(&files[i])
		}
	}
	s, err := tree.SnapshotOf(spec.Name, files)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fileOf(t testing.TB, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// changed is a definition with parts of it replaced; each old part has to be there.
func changed(t testing.TB, definition string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(definition, pairs[i]) {
			t.Fatalf("no %q in\n%s", pairs[i], definition)
		}
		definition = strings.Replace(definition, pairs[i], pairs[i+1], 1)
	}
	return definition
}
