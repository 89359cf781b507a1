// Package walls holds the project to its table of imports: which folder may
// import which, and through which one folder each large dependency comes in;
// and that khagen type-checks for systems that no check runs on. It has no code
// but its tests.
package walls

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/khagen/khagen"

// rooms lists, for every folder with packages of ours, the folders whose
// packages it may import besides its own. Tests may import more.
var rooms = map[string][]string{
	".":                 {},
	"schema":            {},
	"internal/template": {},
	"internal/tree":     {},
	"internal/upstream": {},
	"internal/topology": {"schema", "internal/upstream"},
	"internal/rules":    {"schema", "internal/topology", "internal/upstream"},
	"generators":        {"schema", "internal/template", "internal/topology", "internal/tree", "internal/upstream"},
	"internal/overlay":  {"schema", "internal/template", "internal/topology", "internal/tree"},
	"internal/delivery": {"schema", "internal/template", "internal/topology", "internal/tree"},
	"internal/pki":      {"internal/topology"},
	"internal/adopt":    {"schema", "internal/rules", "internal/upstream"},
	"internal/starter":  {"schema", "internal/upstream"},
	"internal/export":   {"internal/tree"},
	"internal/review":   {"internal/tree"},
	"internal/rollout":  {"internal/tree"},
	"internal/revision": {},
	"cmd/khagen": {
		".", "schema", "generators", "internal/adopt", "internal/delivery", "internal/export", "internal/overlay", "internal/pki", "internal/review",
		"internal/revision", "internal/rollout", "internal/rules", "internal/starter", "internal/template", "internal/topology",
		"internal/tree", "internal/upstream",
	},
	"e2e": {
		"schema", "generators", "internal/delivery", "internal/overlay", "internal/pki", "internal/rollout", "internal/rules",
		"internal/starter", "internal/template", "internal/topology", "internal/tree", "internal/upstream",
	},
}

// doors lists, for a dependency, the one folder that may import it. Upstream
// types of Kubernetes have none: they belong to the modules under e2e/tools.
var doors = map[string]string{
	"cuelang.org/go":                  "schema",
	"github.com/Masterminds/sprig/v3": "internal/template",
	"github.com/spf13/cobra":          "cmd/khagen",
	"github.com/spf13/pflag":          "cmd/khagen",
	"k8s.io":                          "",
	"sigs.k8s.io/kustomize":           "internal/overlay",
}

// source is one Go file, tests left out: the folder it lies in and what it imports.
type source struct {
	folder  string
	imports []string
}

func TestImports(t *testing.T) {
	sources, err := read("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) < 20 {
		t.Fatalf("only %d files seen", len(sources))
	}
	for _, problem := range problems(sources) {
		t.Error(problem)
	}
}

// read parses the imports of every file of the module at root. It reads the
// files itself rather than asking go list, so that build constraints hide none
// and the go command knows when a cached result is stale.
func read(root string) ([]source, error) {
	var sources []source
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skip(root, name)
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		s := source{folder: filepath.ToSlash(folder)}
		for _, imported := range file.Imports {
			importPath, err := strconv.Unquote(imported.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, importPath)
		}
		sources = append(sources, s)
		return nil
	})
	return sources, err
}

// skip leaves out what the go command leaves out: folders with a leading dot or
// underscore, testdata, and modules inside the module.
func skip(root, dir string) error {
	if dir == root {
		return nil
	}
	base := filepath.Base(dir)
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	if err == nil || base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return filepath.SkipDir
	}
	return nil
}

// problems names every import that breaks the table.
func problems(sources []source) []string {
	var found []string
	for _, s := range sources {
		from := room(s.folder)
		if from == "" {
			found = append(found, s.folder+" is in no row of the table of imports")
			continue
		}
		for _, imported := range s.imports {
			if folder, ours := own(imported); ours {
				if to := room(folder); to != from && !slices.Contains(rooms[from], to) {
					found = append(found, fmt.Sprintf("%s imports %s, which its row in the table of imports lacks", s.folder, folder))
				}
			}
			for dependency, door := range doors {
				if within(imported, dependency) && from != door {
					found = append(found, fmt.Sprintf("%s imports %s, whose door is %q", s.folder, imported, door))
				}
			}
		}
	}
	return found
}

// own returns the folder of a package of ours.
func own(importPath string) (folder string, ours bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// room returns the folder of the table that holds a folder of ours, or "". The
// module's own folder holds no other.
func room(folder string) string {
	if folder == "." {
		return folder
	}
	for ; folder != "."; folder = path.Dir(folder) {
		if _, ok := rooms[folder]; ok {
			return folder
		}
	}
	return ""
}

func within(importPath, prefix string) bool {
	return importPath == prefix || strings.HasPrefix(importPath, prefix+"/")
}

// TestProblems shows that the check can fail.
func TestProblems(t *testing.T) {
	tests := []struct {
		name, from, imports string
		bad                 bool
	}{
		{name: "allowed", from: "internal/topology", imports: module + "/schema"},
		{name: "own folder", from: "generators", imports: module + "/generators/etcd"},
		{name: "standard library", from: "schema", imports: "fmt"},
		{name: "through the door", from: "schema", imports: "cuelang.org/go/cue"},
		{name: "everything below main", from: "cmd/khagen", imports: module + "/internal/rules"},
		{name: "the module's own folder", from: "cmd/khagen", imports: module},
		{name: "that folder from elsewhere", from: "internal/starter", imports: module, bad: true},
		{name: "that folder importing", from: ".", imports: module + "/schema", bad: true},
		{name: "backwards", from: "schema", imports: module + "/internal/topology", bad: true},
		{name: "sideways", from: "internal/overlay", imports: module + "/generators", bad: true},
		{name: "rendering without keys", from: "generators", imports: module + "/internal/pki", bad: true},
		{name: "main", from: "internal/tree", imports: module + "/cmd/khagen", bad: true},
		{name: "another door", from: "generators", imports: "cuelang.org/go/cue", bad: true},
		{name: "no door", from: "cmd/khagen", imports: "k8s.io/api/core/v1", bad: true},
		{name: "folder that no row names", from: "internal/helpers", imports: "fmt", bad: true},
		{name: "import that no row names", from: "cmd/khagen", imports: module + "/internal/helpers", bad: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found := problems([]source{{folder: test.from, imports: []string{test.imports}}})
			if (len(found) > 0) != test.bad {
				t.Errorf("problems: %q", found)
			}
		})
	}
}
