package native

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
	"github.com/khagen/khagen/internal/tree"
)

// summaryFile is where TestRendered leaves what it did, for make test to show: go test says nothing of a package that
// passes.
const summaryFile = "e2e/.cache/native-checks.txt"

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
type tally struct {
	mu     sync.Mutex
	counts map[string]ran
}

type ran struct{ files, runs, now int }

func (n *tally) add(name string, more ran) {
	n.mu.Lock()
	defer n.mu.Unlock()
	counts := n.counts[name]
	counts.files += more.files
	counts.runs += more.runs
	counts.now += more.now
	n.counts[name] = counts
}

// TestRendered runs every check on every rendered file that it applies to, but where it has accepted the same on a host with the same files.
func TestRendered(t *testing.T) {
	if err := sandbox.Available(); err != nil {
		publish(t, summaryFile, fmt.Sprintf("no native check ran: %v\n", err))
	}
	hosts, tools, counts := load(t), toolBinds(t), tally{counts: map[string]ran{}}
	t.Run("all", func(t *testing.T) {
		for _, h := range hosts {
			t.Run(h.String(), func(t *testing.T) {
				t.Parallel()
				var s *site
				for _, c := range checks {
					n := len(c.of(h))
					if n == 0 {
						continue
					}
					counts.add(c.name, ran{files: n})
					if accepted.Before("out", h.Name, c.whole(t, h)) {
						counts.add(c.name, ran{runs: n})
						continue
					}
					if s == nil {
						s = newSite(t, h, interfaces(h), tools)
					}
					t.Run(c.name, func(t *testing.T) { counts.check(t, c, s) })
				}
			})
		}
	})
	counts.report(t)
}

// check runs a check on the files of a host that it applies to.
func (n *tally) check(t *testing.T, c check, s *site) {
	need(t, c)
	accepted.Already(t, "out", s.host.Name, c.whole(t, s.host)) // it wasn't, but is to be
	files := c.of(s.host)
	if err := c.run(s, files); err != nil {
		t.Error(err)
	}
	n.add(c.name, ran{runs: len(files), now: len(files)})
}

// report prints how often each check ran. In CI each has to run on every file that it applies to, and at least once.
func (n *tally) report(t *testing.T) {
	t.Helper()
	var text strings.Builder
	for _, c := range checks {
		counts := n.counts[c.name]
		fmt.Fprintf(&text, "  %-16s %3d of %3d files, %3d now%s\n", c.name, counts.runs, counts.files, counts.now, lacking(t, c))
		if os.Getenv("CI") == "true" && (counts.runs < counts.files || counts.runs == 0) {
			t.Errorf("%s ran on %d of %d files", c.name, counts.runs, counts.files)
		}
	}
	publish(t, summaryFile, "native checks that out/ has passed, in this run or with the same files before:\n"+text.String())
}

// lacking names what this machine lacks for a check.
func lacking(t *testing.T, c check) string {
	t.Helper()
	for _, p := range c.needs {
		if _, err := p.find(repository(t)); err != nil {
			return ": " + err.Error()
		}
	}
	return ""
}

// publish prints a text and leaves it in a file of the repository.
func publish(t *testing.T, name, text string) {
	t.Helper()
	fmt.Print(text)
	file := filepath.Join(repository(t), name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Log(err) // a checkout that can't be written to
		return
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Log(err)
	}
}

// TestEveryFileIsChecked finds rendered files that no check looks at.
func TestEveryFileIsChecked(t *testing.T) {
	for _, h := range load(t) {
		for i := range h.Files {
			f := &h.Files[i]
			if h.Name == "" || f.Kind == tree.KindManifest || unchecked[f.Path] != "" {
				continue
			}
			if !slices.ContainsFunc(checks, func(c check) bool { return c.applies(f) }) {
				t.Errorf("no check applies to %s: add one, or its reason to unchecked", f.TreePath())
			}
		}
	}
}
