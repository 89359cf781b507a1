package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/rollout"
	"github.com/khagen/khagen/internal/tree"
)

// Edit is what somebody does to a definition: a text that is there once is replaced.
type Edit struct{ Was, Now string }

func (e Edit) apply(definition string) error {
	path := filepath.Join(definition, "cluster.cue")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if n := strings.Count(string(text), e.Was); n != 1 {
		return fmt.Errorf("edit %s: it has %q %d times", path, e.Was, n)
	}
	return os.WriteFile(path, []byte(strings.Replace(string(text), e.Was, e.Now, 1)), 0o644)
}

// Edit edits the definition, builds the tree anew, and gives the path of the plan of the way there, as khagen plan --format json and
// khagen build do.
func (c *Cluster) Edit(e Edit) (plan string, err error) {
	definition := filepath.Join(c.dir, "overlays", c.Topology.Spec.Name)
	if err := e.apply(definition); err != nil {
		return "", err
	}
	if c.Topology, c.Files, err = rendered.Files(definition); err != nil {
		return "", err
	}
	plan = filepath.Join(c.dir, "plan.json")
	return plan, c.build(plan)
}

// build writes the plan of what it changes, and then changes it.
func (c *Cluster) build(plan string) (err error) {
	out, err := tree.Open(filepath.Join(c.dir, "out"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	change, err := out.Plan(c.Topology.Spec.Name, c.Files)
	if err != nil {
		return err
	}
	way, err := rollout.Of(change)
	if err != nil {
		return err
	}
	if !way.Safe || len(way.Waves) == 0 {
		return fmt.Errorf("there is no way for waves: %s", way.Text())
	}
	text, err := json.Marshal(map[string]any{"plans": []any{way}})
	if err != nil {
		return err
	}
	if err := os.WriteFile(plan, text, 0o644); err != nil {
		return err
	}
	if err := out.Stage(change); err != nil {
		return err
	}
	return out.Commit()
}
