package tree

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// diffOf builds the first clusters and gives the diff to the second.
func diffOf(t *testing.T, first, second map[string][]File) *Diff {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	build(t, out, first)
	return diffTo(t, out, second)
}

func diffTo(t *testing.T, out string, clusters map[string][]File) *Diff {
	t.Helper()
	view, err := View(out)
	if err != nil {
		t.Fatal(err)
	}
	var d Diff
	var names []string
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		if clusters[name] == nil {
			continue
		}
		names = append(names, name)
		p, err := view.Plan(name, clusters[name])
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	plans, err := view.Prune(names)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plans {
		if err := d.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	return &d
}

// plainFiles makes files without manifests, which would only fill the diffs.
func plainFiles(contents map[string]string) []File {
	var files []File
	for _, f := range cluster("x", contents) {
		if f.Kind != KindManifest {
			files = append(files, f)
		}
	}
	return files
}

// hosts gives each of n hosts the same file, which may have %d for the host's number.
func hosts(n int, path, content string) map[string]string {
	files := map[string]string{}
	for i := 1; i <= n; i++ {
		files[fmt.Sprintf("node%d:%s", i, path)] = strings.ReplaceAll(content, "%d", fmt.Sprint(i))
	}
	return files
}

// withoutManifests leaves out the hunks of manifests.
func withoutManifests(d *Diff) *Diff {
	some := Diff{hunks: map[hunkKey]*Hunk{}}
	for key, h := range d.hunks {
		if !strings.HasSuffix(key.path, manifestName) {
			some.hunks[key] = h
		}
	}
	return &some
}

// Plans come in any order where clusters are rendered at once.
func TestDiffOrder(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	first, second := map[string][]File{}, map[string][]File{}
	for i, name := range []string{"a", "b", "c"} {
		own := strings.Repeat("own\n", 10*(3-i))
		first[name] = cluster(name, hosts(2, "/etc/x", own+"1\n2\n3\nold\n"))
		second[name] = cluster(name, hosts(2, "/etc/x", own+"1\n2\n3\nnew\n"))
	}
	build(t, out, first)
	view, err := View(out)
	if err != nil {
		t.Fatal(err)
	}
	var diffs [2]Diff
	for i, order := range [][]string{{"a", "b", "c"}, {"c", "b", "a"}} {
		for _, name := range order {
			p, err := view.Plan(name, second[name])
			if err != nil {
				t.Fatal(err)
			}
			if err := diffs[i].Add(p); err != nil {
				t.Fatal(err)
			}
		}
	}
	if diff := cmp.Diff(string(diffs[0].Text("", false)), string(diffs[1].Text("", false))); diff != "" {
		t.Error(diff)
	}
	if got := diffs[1].Hunks(); len(got) != 1 || got[0].OldStart != 31 {
		t.Errorf("%+v", got)
	}
}

func TestDiffJSON(t *testing.T) {
	first := map[string][]File{"a": cluster("a", hosts(2, "/etc/x", "1\n"))}
	second := map[string][]File{"a": cluster("a", hosts(2, "/etc/x", "2\n"))}
	data, err := json.Marshal(diffOf(t, first, second).Hunks())
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"path":"hosts/*/rootfs/etc/x","op":"change","oldStart":1,"oldLines":1,"newStart":1,"newLines":1,"text":"-1\n+2\n","where":[{"cluster":"a","hosts":["node1","node2"]}]}]`
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Error(diff)
	}
}
