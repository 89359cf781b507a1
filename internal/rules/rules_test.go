package rules

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what the rules find into testdata, and docs/rules.md")

// TestRules runs the two cases of each rule: testdata/KH012.txtar has definitions below pass/, in which no rule may find
// anything, and below catch/, in which the rule has to find what stands in want. Definitions are joined with those files
// of testdata/base that the first line names.
func TestRules(t *testing.T) {
	testdata, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range All {
		t.Run(rule.ID, func(t *testing.T) {
			file := filepath.Join(testdata, rule.ID+".txtar")
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatalf("the rule has no cases: %v", err)
			}
			cases := split(t, testdata, archive)
			if len(cases.pass) == 0 || len(cases.catch) == 0 {
				t.Fatal("want definitions below pass/ and below catch/")
			}
			if found := run(t, cases.base, cases.pass); len(found) > 0 {
				t.Errorf("pass/ is caught:\n%s", show(found))
			}
			found := run(t, cases.base, cases.catch)
			if !slices.ContainsFunc(found, func(f Finding) bool { return f.ID == rule.ID }) {
				t.Errorf("catch/ is not caught; findings:\n%s", show(found))
			}
			if *update {
				cases.write(t, file, archive, show(found))
				return
			}
			if diff := cmp.Diff(cases.want, show(found)); diff != "" {
				t.Errorf("findings of catch/ (-want +got):\n%s", diff)
			}
		})
	}
}

// ruleCases are the parts of an archive.
type ruleCases struct {
	base        []txtar.File // of testdata/base
	pass, catch []txtar.File
	want        string
}

func split(t *testing.T, testdata string, archive *txtar.Archive) ruleCases {
	t.Helper()
	var c ruleCases
	first, _, _ := strings.Cut(string(archive.Comment), "\n")
	for _, name := range strings.Fields(first) {
		data, err := os.ReadFile(filepath.Join(testdata, "base", name+".cue"))
		if err != nil {
			t.Fatal(err)
		}
		c.base = append(c.base, txtar.File{Name: name + ".cue", Data: data})
	}
	for _, f := range archive.Files {
		folder, name, _ := strings.Cut(f.Name, "/")
		switch folder {
		case "pass":
			c.pass = append(c.pass, txtar.File{Name: name, Data: f.Data})
		case "catch":
			c.catch = append(c.catch, txtar.File{Name: name, Data: f.Data})
		case "want":
			c.want = string(f.Data)
		}
	}
	return c
}

func (c ruleCases) write(t *testing.T, file string, archive *txtar.Archive, want string) {
	t.Helper()
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
	archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(want)})
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run loads the definitions, one cluster for each .cue file, and gives the findings that nobody accepted.
func run(t *testing.T, base, files []txtar.File) []Finding {
	t.Helper()
	root := t.TempDir()
	put := func(name string, data []byte) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("overlays/cue.mod/module.cue", []byte("module: \"khagen.example/fleet\"\nlanguage: version: \"v0.17.0\"\n"))
	for _, f := range base {
		put("overlays/"+f.Name, f.Data)
	}
	repo := Repo{Out: "out", Ignore: map[string][]byte{}}
	var names []string
	for _, f := range files {
		name, isDefinition := strings.CutSuffix(f.Name, ".cue")
		switch {
		case isDefinition:
			names = append(names, name)
			put("overlays/"+name+"/cluster.cue", append([]byte("package fleet\n\n"), f.Data...))
		case filepath.Base(f.Name) == ".gitignore":
			repo.Ignore[f.Name] = f.Data
		default:
			put("overlays/"+f.Name, f.Data)
		}
	}
	t.Chdir(root)
	var clusters []*topology.Cluster
	for _, name := range names {
		spec, err := schema.Load(filepath.Join("overlays", name))
		if err != nil {
			t.Fatal(err)
		}
		c, err := topology.New(spec)
		if err != nil {
			t.Fatal(err)
		}
		clusters = append(clusters, c)
	}
	return slices.DeleteFunc(Check(clusters, repo), func(f Finding) bool { return f.Accepted != "" })
}

// show prints findings as a person reads them.
func show(findings []Finding) string {
	var text bytes.Buffer
	for _, f := range findings {
		fmt.Fprintf(&text, "%s: %s %s: ", f.Pos, f.Severity, f.ID)
		if f.Path != "" {
			fmt.Fprintf(&text, "%s: ", f.Path)
		}
		fmt.Fprintf(&text, "%s\n  %s\n", f.Problem, f.Hint)
	}
	return text.String()
}
