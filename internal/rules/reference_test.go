package rules

import (
	"testing"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// TestReferences: the definitions that the repository shows break no rule, and accept what they live with.
func TestReferences(t *testing.T) {
	dirs, err := schema.Find("../../overlays")
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) == 0 {
		t.Fatal("no definitions in overlays")
	}
	var clusters []*topology.Cluster
	for _, dir := range dirs {
		spec, err := schema.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		c, err := topology.New(spec)
		if err != nil {
			t.Fatal(err)
		}
		clusters = append(clusters, c)
	}
	for _, f := range Check(clusters, Repo{}) {
		if f.Accepted == "" {
			t.Errorf("%s", show([]Finding{f}))
		}
	}
}
