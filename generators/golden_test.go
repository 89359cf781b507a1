package generators_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

const wanted = "want/"

// TestGolden renders the definition of each testdata/*.txtar and compares the files that it names below want/, at
// their place in the tree. A wanted file whose only content is "absent" must not be rendered. want/hosts/HOST/files has a
// line for each file of a host: mode, owner, phase, path, and what happens where it changes.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if compareGolden(t, archive, render(t, archive)) && *update {
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// compareGolden says whether the archive had to be changed.
func compareGolden(t *testing.T, archive *txtar.Archive, rendered map[string]string) bool {
	changed, compared := false, 0
	for i, f := range archive.Files {
		name, ok := strings.CutPrefix(f.Name, wanted)
		if !ok {
			continue
		}
		compared++
		got, exists := rendered[name]
		if !exists {
			got = "absent\n"
		}
		differs := diff.Diff(string(f.Data), got)
		if differs == "" {
			continue
		}
		changed = true
		archive.Files[i].Data = []byte(got)
		if !*update {
			t.Errorf("%s (-want +got):\n%s", name, differs)
		}
	}
	if compared == 0 {
		t.Error("the case wants nothing")
	}
	return changed
}

// render gives the content of every rendered file by its place in the tree, and each host's list of files.
func render(t *testing.T, archive *txtar.Archive) map[string]string {
	t.Helper()
	contents, lists := map[string]string{}, map[string][]string{}
	for _, f := range renderFiles(t, archive) {
		contents[f.TreePath()] = string(f.Content)
		lists[f.Host] = append(lists[f.Host], describe(f))
	}
	for host, lines := range lists {
		slices.SortFunc(lines, func(a, b string) int { return strings.Compare(strings.Fields(a)[3], strings.Fields(b)[3]) })
		contents["hosts/"+host+"/files"] = strings.Join(lines, "\n") + "\n"
	}
	return contents
}

// describe has what a host's manifest says of a file.
func describe(f tree.File) string {
	var actions []string
	for _, a := range f.Notify {
		actions = append(actions, a.String())
	}
	line := fmt.Sprintf("%04o %-9s %-13s %s", f.Mode, cmp.Or(f.Owner, "root:root"), cmp.Or(f.Phase, "-"), f.Path)
	if len(actions) > 0 {
		line += ": " + strings.Join(actions, ", ")
	}
	return line
}

func renderFiles(t *testing.T, archive *txtar.Archive) []tree.File {
	t.Helper()
	overlays := t.TempDir()
	for _, f := range archive.Files {
		if strings.HasPrefix(f.Name, wanted) {
			continue
		}
		path := filepath.Join(overlays, "test", f.Name)
		write(t, path, f.Data)
	}
	write(t, filepath.Join(overlays, "cue.mod", "module.cue"), []byte("module: \"khagen.example/fleet\"\nlanguage: version: \"v0.17.0\"\n"))
	spec, err := schema.Load(filepath.Join(overlays, "test"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := topology.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	files, err := generators.Generate(c)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
