package main

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/overlay"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// TestFileLeaves does for the settings of files of one's own what TestLeaves does for the cluster.
func TestFileLeaves(t *testing.T) {
	spec, err := schema.Load("testdata/leaves/overlays/pods")
	if err != nil {
		t.Fatal(err)
	}
	before, alive := laidOver(t, spec), map[string]bool{}
	for path, settings := range spec.FileSettings {
		old := settings
		walk(reflect.ValueOf(&settings).Elem(), "files.*", func(leaf string, change func() func()) {
			undo := change()
			spec.FileSettings[path] = settings
			alive[leaf] = alive[leaf] || laidOver(t, spec) != before
			undo()
			spec.FileSettings[path] = old
		})
	}
	if laidOver(t, spec) != before {
		t.Fatal("a change was not undone")
	}
	if len(alive) != reflect.TypeFor[schema.FileSettings]().NumField() {
		t.Errorf("not all settings were changed: %v", alive)
	}
	for leaf, yes := range alive {
		if !yes {
			t.Errorf("%s changes no file", leaf)
		}
	}
}

// laidOver is what comes of the files of one's own, or what is said of them.
func laidOver(t *testing.T, spec *schema.Cluster) string {
	t.Helper()
	c, err := topology.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	files, err := generators.Generate(c)
	if err != nil {
		t.Fatal(err)
	}
	files, err = overlay.Apply(c, files)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(files)
}
