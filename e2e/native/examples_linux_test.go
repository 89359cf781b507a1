package native

import (
	"path/filepath"
	"testing"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
)

// TestExamples runs the checks on what the definitions of docs/examples render.
func TestExamples(t *testing.T) {
	if err := sandbox.Available(); err != nil {
		missing(t, err)
	}
	definitions, err := filepath.Glob(filepath.Join(repository(t), "docs/examples/*/overlays/*/*/cluster.cue"))
	if err != nil || len(definitions) < 3 {
		t.Fatalf("only the examples %v: %v", definitions, err)
	}
	for _, definition := range definitions {
		folder := filepath.Dir(definition)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			hosts, err := rendered.Render(folder)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range kinds(hosts) {
				t.Run(h.Name, func(t *testing.T) { checkDue(t, h) })
			}
		})
	}
}
