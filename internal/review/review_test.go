package review_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/delivery"
	"github.com/khagen/khagen/internal/review"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

var update = flag.Bool("update", false, "rewrite the reviews of testdata/cases")

// TestCases: what a change of a definition means. A case says which definition it begins with, what is another in the earlier
// state (before) and in the later (after), and the review.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	found := map[string]bool{}
	grades := map[review.Grade]bool{}
	render := renderer()
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			plan := planOf(t, render, section(archive, "definition"), section(archive, "before"), section(archive, "after"))
			r := reviewOf(t, plan)
			grades[r.Grade] = true
			for _, reason := range r.Reasons {
				found[reason.ID] = true
			}
			for _, touch := range r.Touches {
				found[touch] = true
			}
			got := string(review.Text([]*review.Review{r}, false))
			if *update {
				setSection(archive, "review", got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := section(archive, "review"); got != want {
				t.Errorf("-want +got:\n%s", cmp.Diff(want, got))
			}
		})
	}
	if t.Failed() {
		return
	}
	for _, id := range review.Forbiddable() {
		if !found[id] {
			t.Errorf("no case shows %s", id)
		}
	}
	for i := range review.Grades() {
		if !grades[review.Grade(i)] {
			t.Errorf("no case has the grade %s", review.Grade(i))
		}
	}
}

func section(archive *txtar.Archive, name string) string {
	for _, f := range archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func setSection(archive *txtar.Archive, name, text string) {
	for i := range archive.Files {
		if archive.Files[i].Name == name {
			archive.Files[i].Data = []byte(text)
			return
		}
	}
	archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
}

// planOf is the plan from one state to the other. Lines of a state are TEXT => TEXT, for the definition; or nothing (there is no
// such cluster), no topology (of an older khagen), conflict (Git left one in the cluster's manifest), FILE.cue (another definition).
func planOf(t *testing.T, render func(*testing.T, string, string) []tree.File, definition, before, after string) *tree.Plan {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	folder, err := tree.View(out)
	if err != nil {
		t.Fatal(err)
	}
	old := render(t, definition, before)
	for i := range old {
		f := old[i]
		if f.Kind == tree.KindManifest {
			f.Content = damaged(t, f.Content, before)
		}
		place := filepath.Join(out, cluster(definition), filepath.FromSlash(f.TreePath()))
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if f.Mode&0o111 != 0 {
			mode = 0o755
		}
		if err := os.WriteFile(place, f.Content, mode); err != nil {
			t.Fatal(err)
		}
	}
	plan, err := folder.Plan(cluster(definition), render(t, definition, after))
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// moved is the definition whose move to movedTo the rollout's tests plan, there and back.
const (
	moved   = "../../../rollout/testdata/document-a/before"
	movedTo = "../../../rollout/testdata/document-a/after"
)

func cluster(definition string) string {
	return map[string]string{"kubeadm": "shop", "binaries": "mill", moved: "document-a", movedTo: "document-a"}[strings.TrimSpace(definition)]
}

// renderer gives filesOf, which it asks once for each state.
func renderer() func(*testing.T, string, string) []tree.File {
	known := map[[2]string][]tree.File{}
	return func(t *testing.T, definition, state string) []tree.File {
		t.Helper()
		key := [2]string{definition, state}
		if _, ok := known[key]; !ok {
			known[key] = filesOf(t, definition, state)
		}
		return known[key]
	}
}

func filesOf(t *testing.T, definition, state string) []tree.File {
	t.Helper()
	content, err := os.ReadFile("testdata/definitions/" + strings.TrimSpace(definition) + ".cue")
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for line := range strings.Lines(state) {
		line = strings.TrimSuffix(line, "\n")
		old, replacement, ok := strings.Cut(line, " => ")
		switch {
		case line == "nothing":
			return nil
		case strings.HasSuffix(line, ".cue"):
			return filesOf(t, strings.TrimSuffix(line, ".cue"), "")
		case !ok:
			continue
		case strings.Count(text, old) == 0:
			t.Fatalf("the definition hasn't got %q", old)
		}
		text = strings.ReplaceAll(text, old, strings.NewReplacer(`\n`, "\n").Replace(replacement))
	}
	root := t.TempDir()
	dir := filepath.Join(root, "overlays", cluster(definition))
	write(t, filepath.Join(root, "overlays", "cue.mod", "module.cue"), "module: \"khagen.example/fleet\"\nlanguage: version: \"v0.17.0\"\n")
	write(t, filepath.Join(dir, "cluster.cue"), text)
	spec, err := schema.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := topology.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	files, err := generators.Generate(c)
	if err == nil {
		files, err = delivery.Files(c, files)
	}
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func damaged(t *testing.T, manifest []byte, state string) []byte {
	t.Helper()
	isCluster := !bytes.Contains(manifest, []byte(`"host": `))
	switch {
	case strings.Contains(state, "no topology"):
		m, intact := tree.ReadManifest(manifest)
		if !intact {
			t.Fatal("damaged already")
		}
		m.Topology, m.Members, m.Certificates = nil, nil, nil
		return tree.EncodeManifest(m)
	case strings.Contains(state, "conflict") && isCluster:
		return append([]byte("<<<<<<< HEAD\n"), manifest...)
	}
	return manifest
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func reviewOf(t *testing.T, plan *tree.Plan) *review.Review {
	t.Helper()
	r, err := review.Of(plan)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Fatal(err)
	}
	return r
}
