package cluster

import (
	"path/filepath"
	"testing"

	"github.com/khagen/khagen/e2e/rendered"
)

// Reference lays a reference cluster out for a test, with what the lab's hosts need of it.
func Reference(t *testing.T, name string, needs Needs) *Cluster {
	t.Helper()
	repository, err := rendered.Repository()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Render(t.Context(), t.TempDir(), filepath.Join(repository, "overlays", name), needs)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
