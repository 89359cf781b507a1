package overlay_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/overlay"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

// TestFiles lays the files of one's own in testdata/files over what is rendered. Each archive is an overlays/ with the cluster shop,
// but for its file want: the files whose source is one of the user's own, the units to enable, the paths of rendered files that are gone, or the problems.
func TestFiles(t *testing.T) {
	for _, name := range archives(t, "testdata/files/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
			got := laidOver(t, slices.Delete(slices.Clone(archive.Files), at, at+1))
			if *update {
				archive.Files[at].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[at].Data), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// laidOver tells what comes of the files below overlays/.
func laidOver(t *testing.T, files []txtar.File) string {
	t.Helper()
	t.Chdir(t.TempDir())
	put(t, "overlays/cue.mod/module.cue", "module: \"fleet.example\"\nlanguage: version: \"v0.17.0\"\n")
	for _, f := range files {
		put(t, filepath.Join("overlays", f.Name), string(f.Data))
	}
	c, rendered := load(t, "overlays/shop")
	all, err := overlay.Apply(c, rendered)
	if problems := schema.Errors(nil); errors.As(err, &problems) {
		return fmt.Sprintln(err)
	} else if err != nil {
		t.Fatalf("%v is not of type schema.Errors", err)
	}
	return told(rendered, all)
}

func load(t *testing.T, dir string) (*topology.Cluster, []tree.File) {
	t.Helper()
	spec, err := schema.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := topology.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	rendered, err := generators.Generate(c)
	if err != nil {
		t.Fatal(err)
	}
	return c, rendered
}

func told(rendered, all []tree.File) string {
	var b strings.Builder
	left := map[string]bool{}
	for _, f := range all {
		left[f.Host+f.Path+f.Source] = true
		if !strings.Contains(f.Source, "/") {
			continue
		}
		fmt.Fprintf(&b, "%s %s: %s %04o %s %s %s", f.Host, f.Path, f.Kind, f.Mode, f.Owner, f.Phase, f.Source)
		for _, a := range f.Notify {
			fmt.Fprintf(&b, " [%s]", a)
		}
		if f.Enable != "" {
			fmt.Fprintf(&b, " enable %s", f.Enable)
		}
		b.WriteString("\n")
		for line := range strings.Lines(string(f.Content)) {
			b.WriteString("\t" + strings.TrimSuffix(line, "\n") + "\n")
		}
	}
	for _, f := range rendered {
		if !left[f.Host+f.Path+f.Source] {
			fmt.Fprintf(&b, "%s %s: no longer %s's\n", f.Host, f.Path, f.Source)
		}
	}
	return b.String()
}
