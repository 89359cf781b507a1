package adopt_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/khagen/khagen/internal/adopt"
	"github.com/khagen/khagen/internal/rules"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// TestKubespray adopts inventories: the golden is the definition, and what is to be known about it. Each is loaded and vetted.
func TestKubespray(t *testing.T) {
	files, err := filepath.Glob("testdata/kubespray/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(err, "no cases")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			file, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			golden := &txtar.Archive{Comment: archive.Comment}
			want := map[string]string{}
			for _, f := range archive.Files {
				if name, found := strings.CutPrefix(f.Name, "want/"); found {
					want[name] = string(f.Data)
					continue
				}
				golden.Files = append(golden.Files, f)
				write(t, f.Name, string(f.Data))
			}
			got := adoptAll(t, filepath.Dir(filepath.FromSlash(golden.Files[0].Name)))
			for _, name := range []string{"cluster.cue", "doubts", "findings"} {
				golden.Files = append(golden.Files, txtar.File{Name: "want/" + name, Data: []byte(got[name])})
			}
			if diff := cmp.Diff(want, got); diff != "" && !*update {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if *update {
				write(t, file, string(txtar.Format(golden)))
			}
		})
	}
}

// adoptAll gives the definition, the doubts and what rules find.
func adoptAll(t *testing.T, path string) map[string]string {
	t.Helper()
	d, err := adopt.Read("shop", adopt.Sources{Kubespray: path})
	if err != nil {
		t.Fatal(err)
	}
	text, err := d.Text()
	if err != nil {
		t.Fatal(err)
	}
	guesses, remarks := d.Doubts()
	return map[string]string{
		"cluster.cue": string(text),
		"doubts":      lines(guesses) + "\n" + lines(remarks),
		"findings":    lines(vet(t, text)),
	}
}

// vet loads a definition, and gives what rules find in it.
func vet(t *testing.T, text []byte) (findings []string) {
	t.Helper()
	write(t, "overlays/cue.mod/module.cue", schema.ModuleFile)
	write(t, "overlays/shop/cluster.cue", string(text))
	spec, err := schema.Load("overlays/shop")
	if err != nil {
		return []string{err.Error()}
	}
	c, err := topology.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rules.Check([]*topology.Cluster{c}, rules.Repo{}) {
		findings = append(findings, fmt.Sprintf("%s %s: %s: %s", f.ID, f.Severity, f.Path, f.Problem))
	}
	return findings
}

func lines(all []string) string {
	var b strings.Builder
	for _, line := range all {
		b.WriteString(line + "\n")
	}
	return b.String()
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// FuzzKubespray wants an error or a definition that is CUE of whatever is read as an inventory and as a file of variables.
func FuzzKubespray(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, one := range archive.Files {
			f.Add(one.Data, archive.Files[len(archive.Files)-1].Data)
		}
	}
	f.Add([]byte("a: &a {children: *a}"), []byte("x: &x [*x]"))
	f.Add([]byte("[kube_control_plane]\ncp[1:3:0]\n"), []byte("a: '{{ b }}'\nb: '{{ a }}'"))
	f.Fuzz(func(t *testing.T, inventory, vars []byte) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "hosts"), string(inventory))
		write(t, filepath.Join(dir, "group_vars/all.yml"), string(vars))
		d, err := adopt.Read("shop", adopt.Sources{Kubespray: dir})
		var problems schema.Errors
		switch {
		case errors.As(err, &problems):
			for _, p := range problems {
				if p.Pos.File == "" || strings.ContainsAny(p.Problem, "\n\x00") {
					t.Errorf("%#v", p)
				}
			}
			return
		case err != nil:
			t.Fatal(err)
		}
		if _, err := d.Text(); err != nil {
			t.Error(err)
		}
	})
}
