package combinations

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/rules"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

const page = "../../docs/topologies.md"

// TestPage: nothing is found in the definitions of docs/topologies.md, not even to warn of, and the page names what
// doesn't go together.
func TestPage(t *testing.T) {
	definitions, err := Page(page)
	if err != nil {
		t.Fatal(err)
	}
	if len(definitions) < 12 {
		t.Errorf("only %d definitions", len(definitions))
	}
	for name, text := range definitions {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(filepath.Dir(newFolder(t)), name)
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "cluster.cue"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			spec, err := schema.Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			cluster, err := topology.New(spec)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range rules.Check([]*topology.Cluster{cluster}, rules.Repo{}) {
				t.Errorf("%s %s: %s: %s", f.Severity, f.ID, f.Path, f.Problem)
			}
		})
	}
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(content), "\n\n"+Incompatible()) {
		t.Errorf("%s has to end with:\n%s", page, Incompatible())
	}
}
