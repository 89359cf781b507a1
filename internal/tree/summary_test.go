package tree

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSummary(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	build(t, out, clustersOf(map[string]string{"a": "1\n", "b": "1\n", "n1:/etc/x": "1\n"}))
	write(t, filepath.Join(out, "a/hosts/n1/rootfs/etc/mine"), "mine\n")
	write(t, filepath.Join(out, "a/mine"), "mine\n")
	view, err := View(out)
	if err != nil {
		t.Fatal(err)
	}
	p, err := view.Plan("a", plainFiles(map[string]string{"a": "2\n", "c": "1\n", "n1:/etc/x": "1\n"}))
	if err != nil {
		t.Fatal(err)
	}
	want := Summary{
		Cluster: "a", Add: []string{"c"}, Change: []string{"a"}, Remove: []string{"b", "hosts/n1/manifest.json", "manifest.json"},
		Foreign: []string{"hosts/n1/rootfs/etc/mine"},
	}
	if diff := cmp.Diff(want, p.Summary()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got, want := p.Summary().String(), "a: 1 file to add, 1 to change, 3 to remove, 1 that khagen didn't write"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	text := `a: 1 file to add, 1 to change, 3 to remove, 1 that khagen didn't write
  add     out/a/c
  change  out/a/a
  remove  out/a/b
  remove  out/a/hosts/n1/manifest.json
  remove  out/a/manifest.json
  foreign out/a/hosts/n1/rootfs/etc/mine
`
	if diff := cmp.Diff(text, p.Summary().Text("./out")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := (Summary{Cluster: "a"}).String(); got != "a: up to date" {
		t.Error(got)
	}
}

func TestSummaryOfMany(t *testing.T) {
	s := Summary{Cluster: "a", Add: []string{"new"}, Foreign: []string{}}
	for i := range maxPaths {
		s.Change = append(s.Change, fmt.Sprint("c", i))
		s.Foreign = append(s.Foreign, fmt.Sprint("f", i))
	}
	got := s.Text("out")
	if !strings.Contains(got, "change  out/a/c8\n  and 1 more\n  foreign out/a/f0\n") || !strings.HasSuffix(got, "foreign out/a/f9\n") {
		t.Error(got)
	}
}
