package rules

import (
	"testing"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// TestPlace: accepted findings have their place when somebody asks, and don't cost it before.
func TestPlace(t *testing.T) {
	spec, err := schema.Load("../../overlays/kubespray-haproxy")
	if err != nil {
		t.Fatal(err)
	}
	c, err := topology.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for _, f := range Check([]*topology.Cluster{c}, Repo{}) {
		if f.Accepted == "" {
			continue
		}
		accepted++
		if f.Pos != (schema.Position{}) {
			t.Errorf("%s: looked up without being asked: %s", f.ID, f.Pos)
		}
		if f.Place().Line == 0 {
			t.Errorf("%s: %s has no place", f.ID, f.Path)
		}
	}
	if accepted == 0 {
		t.Error("the definition accepts nothing")
	}
}
