package native

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
	"github.com/khagen/khagen/internal/tree"
)

// missing skips what the machine can't do, or fails in CI.
func missing(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skip(err)
}

func load(t *testing.T) []*rendered.Host {
	t.Helper()
	if err := sandbox.Available(); err != nil {
		missing(t, err)
	}
	out, err := rendered.Out()
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := rendered.Load(out)
	if err != nil {
		t.Fatal(err)
	}
	return hosts
}

func repository(t *testing.T) string {
	t.Helper()
	dir, err := rendered.Repository()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// toolBinds gives the programs that were built, by their path in a sandbox.
func toolBinds(t *testing.T) map[string]string {
	t.Helper()
	binds := map[string]string{}
	for _, c := range checks {
		for _, p := range c.needs {
			if path, err := p.find(repository(t)); err == nil && p.built != "" {
				binds[toolFolder+p.name] = path
			}
		}
	}
	return binds
}

// need skips a check whose programs this machine lacks, or fails in CI.
func need(t *testing.T, c check) {
	t.Helper()
	for _, p := range c.needs {
		if _, err := p.find(repository(t)); err != nil {
			missing(t, err)
		}
	}
}

// tally counts, by name of a check, the files that it applies to and its runs.
type tally map[string]struct{ files, runs int }

func (n tally) add(name string, files, runs int) {
	counts := n[name]
	counts.files += files
	counts.runs += runs
	n[name] = counts
}

// TestRendered runs every check on every rendered file that it applies to.
func TestRendered(t *testing.T) {
	hosts, tools, counts := load(t), toolBinds(t), tally{}
	for _, h := range hosts {
		for i := range h.Files {
			f := &h.Files[i]
			for _, name := range applicable(f) {
				counts.add(name, 1, 0)
			}
		}
		t.Run(h.String(), func(t *testing.T) {
			s := newSite(t, h, interfaces(h), tools)
			for _, c := range checks {
				if !slices.ContainsFunc(h.Files, func(f tree.File) bool { return c.applies(&f) }) {
					continue
				}
				t.Run(c.name, func(t *testing.T) { counts.add(c.name, 0, s.runCheck(t, c)) })
			}
		})
	}
	counts.report(t)
}

// runCheck runs a check on every file of the host that it applies to, and gives how many those are.
func (s *site) runCheck(t *testing.T, c check) int {
	t.Helper()
	runs := 0
	for i := range s.host.Files {
		f := &s.host.Files[i]
		if !c.applies(f) {
			continue
		}
		need(t, c)
		if err := c.run(s, f); err != nil {
			t.Errorf("%s: %v", f.TreePath(), err)
		}
		runs++
	}
	return runs
}

// report prints how often each check ran. In CI each has to run on every file that it applies to, and at least once.
func (n tally) report(t *testing.T) {
	t.Helper()
	var text strings.Builder
	for _, c := range checks {
		counts := n[c.name]
		fmt.Fprintf(&text, "  %-16s %3d of %3d files\n", c.name, counts.runs, counts.files)
		if os.Getenv("CI") == "true" && (counts.runs < counts.files || counts.runs == 0) {
			t.Errorf("%s ran on %d of %d files", c.name, counts.runs, counts.files)
		}
	}
	fmt.Printf("native checks that ran:\n%s", text.String())
}

// TestEveryFileIsChecked finds rendered files that no check looks at.
func TestEveryFileIsChecked(t *testing.T) {
	for _, h := range load(t) {
		for i := range h.Files {
			f := &h.Files[i]
			if h.Name == "" || f.Kind == tree.KindManifest || unchecked[f.Path] != "" {
				continue
			}
			if len(applicable(f)) == 0 {
				t.Errorf("no check applies to %s: add one, or its reason to unchecked", f.TreePath())
			}
		}
	}
}
