package rollout_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/internal/rollout"
	"github.com/khagen/khagen/internal/tree"
)

var update = flag.Bool("update", false, "rewrite the plans in testdata")

func between(t testing.TB, before, after *tree.Snapshot) *rollout.Plan {
	t.Helper()
	p, err := rollout.Between(before, after)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestDocumentA plans the move from one control plane to two behind a virtual address, and the way back.
func TestDocumentA(t *testing.T) {
	one := stateOf(t, fileOf(t, "testdata/document-a/before.cue"))
	two := stateOf(t, fileOf(t, "testdata/document-a/after.cue"))
	golden(t, "testdata/document-a/forward.md", between(t, one, two).Markdown())
	golden(t, "testdata/document-a/back.md", between(t, two, one).Markdown())
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(filepath.FromSlash(file), []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(fileOf(t, file), got); diff != "" {
		t.Errorf("%s: %s", file, diff)
	}
}
