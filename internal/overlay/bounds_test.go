package overlay_test

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/khagen/khagen/internal/overlay"
)

// TestLinks shows that a symbolic link is followed below overlays/ and no further.
func TestLinks(t *testing.T) {
	c, before := rendered(t, txtar.Parse([]byte(`kubeadm:
-- test/kustomization.yaml --
patches:
  - path: inside.yaml
  - path: outside.yaml
-- shared/patch.txt --
kind: Pod
metadata: {annotations: {a: b}}
`)))
	put(t, "elsewhere.yaml", "kind: Pod\nmetadata: {annotations: {a: b}}\n")
	for link, target := range map[string]string{"inside.yaml": "../shared/patch.txt", "outside.yaml": "../../elsewhere.yaml"} {
		if err := os.Symlink(target, "overlays/test/"+link); err != nil {
			t.Skip(err)
		}
	}
	_, err := overlay.Apply(c, before)
	want := "overlays/test/kustomization.yaml:3:11: overlays/test/outside.yaml: a symbolic link that leads out of overlays/"
	if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "inside") {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestKustomizationLinks: a kustomization that can't be read isn't one that isn't there.
func TestKustomizationLinks(t *testing.T) {
	c, before := rendered(t, txtar.Parse([]byte("kubeadm:\n")))
	put(t, "elsewhere/kustomization.yaml", "resources: []\n")
	for link, problem := range map[string]string{
		"kustomization.yaml -> ../../elsewhere/kustomization.yaml": "a symbolic link that leads out of overlays/",
		"kustomization.yaml -> nowhere.yaml":                       "no such file",
		"cluster -> ../../elsewhere":                               "a symbolic link that leads out of overlays/",
	} {
		name, target, _ := strings.Cut(link, " -> ")
		if err := os.Symlink(target, "overlays/test/"+name); err != nil {
			t.Skip(err)
		}
		if _, err := overlay.Apply(c, slices.Clone(before)); err == nil || !strings.Contains(err.Error(), "kustomization.yaml: "+problem) {
			t.Errorf("%s: got %v, want %s", link, err, problem)
		}
		if err := os.Remove("overlays/test/" + name); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTogether runs what several clusters do at once: kustomize has state of its own. The race detector sees more.
func TestTogether(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/patches/objects.txtar")
	if err != nil {
		t.Fatal(err)
	}
	pods, err := txtar.ParseFile("testdata/patches/pods.txtar")
	if err != nil {
		t.Fatal(err)
	}
	archive.Files = slices.Concat(archive.Files, pods.Files)
	c, before := rendered(t, archive)
	results := make([]string, 4)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			after, err := overlay.Apply(c, slices.Clone(before))
			if err != nil {
				t.Error(err)
			}
			results[i] = changes(before, after)
		})
	}
	group.Wait()
	for _, result := range results {
		if result == "" || result != results[0] {
			t.Errorf("results differ:\n%s\n%s", results[0], result)
		}
	}
}
