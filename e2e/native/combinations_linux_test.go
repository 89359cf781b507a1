package native

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/e2e/combinations"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
	"github.com/khagen/khagen/internal/tree"
)

// TestCombinations runs the checks on combinations that between them have every possible pair of values, on each kind of
// host, but where a check has had the same files before, in this run or in one that it passed.
func TestCombinations(t *testing.T) {
	if err := sandbox.Available(); err != nil {
		missing(t, err)
	}
	chosen := combinations.Cover()
	before := met.counts()
	t.Run("all", func(t *testing.T) {
		for _, c := range chosen {
			t.Run(c.String(), func(t *testing.T) {
				t.Parallel()
				hosts, err := rendered.Render(write(t, "test", definition("package fleet\n\n"+c.Definition())))
				if err != nil {
					t.Fatal(err)
				}
				for _, h := range kinds(hosts) {
					t.Run(h.Name, func(t *testing.T) { checkDue(t, h) })
				}
			})
		}
	})
	n := met.counts()
	publish(t, combinationsFile, fmt.Sprintf("combinations that native programs accepted: %d, by %d checks of %d hosts that differ from others; %d of these checks ran now\n",
		len(chosen), n.runs-before.runs, n.hosts-before.hosts, n.asked-before.asked))
}

// combinationsFile is where TestCombinations leaves what it did, as summaryFile.
const combinationsFile = "e2e/.cache/combinations-native.txt"

// checkDue runs the checks of a host whose files none of them has met or accepted before.
func checkDue(t *testing.T, h *rendered.Host) {
	due := slices.DeleteFunc(met.due(t, h), func(q question) bool { return accepted.Before(q.key) })
	if len(due) == 0 {
		return
	}
	s := newSite(t, h, interfaces(h), toolBinds(t))
	for _, q := range due {
		t.Run(q.name, func(t *testing.T) {
			need(t, q.check)
			if accepted.Already(t, q.key) {
				return
			}
			met.asked()
			if err := q.run(s, q.of(h)); err != nil {
				t.Error(err)
			}
		})
	}
}

// write puts files into the folder of a cluster, and gives the folder.
func write(t *testing.T, cluster string, files ...txtar.File) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), cluster)
	files = append(files, txtar.File{
		Name: "../cue.mod/module.cue",
		Data: []byte("module: \"khagen.example/fleet\"\nlanguage: version: \"v0.17.0\"\n"),
	})
	for _, f := range files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// definition is the file in which a cluster is defined.
func definition(text string) txtar.File {
	return txtar.File{Name: "cluster.cue", Data: []byte(text)}
}

// kinds are one host of each sort: of the same roles and files.
func kinds(hosts []*rendered.Host) []*rendered.Host {
	var kinds []*rendered.Host
	seen := map[string]bool{}
	for _, h := range hosts {
		names := slices.Clone(h.Roles)
		for i := range h.Files {
			names = append(names, h.Files[i].Path)
		}
		if kind := strings.Join(names, "\n"); !seen[kind] {
			seen[kind] = true
			kinds = append(kinds, h)
		}
	}
	return kinds
}

// question is a check of a host's files. Those with one key have one answer.
type question struct {
	check
	key string
}

// meetings are the checks and files that have met, by the keys of their questions.
type meetings struct {
	mu   sync.Mutex
	seen map[string]bool
	done tallied
}

type tallied struct{ hosts, runs, asked int }

var met = meetings{seen: map[string]bool{}}

// due are the checks of a host that have not had its files before.
func (m *meetings) due(t *testing.T, h *rendered.Host) []question {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	var due []question
	for _, c := range checks {
		if len(c.of(h)) == 0 {
			continue
		}
		if key := c.key(t, h); m.add(key) {
			due = append(due, question{c, key})
		}
	}
	if len(due) > 0 {
		m.done.hosts++
		m.done.runs += len(due)
	}
	return due
}

// asked counts a check that runs, and wasn't accepted in an earlier run.
func (m *meetings) asked() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done.asked++
}

// first tells whether a check meets files for the first time. Whoever met them first says how they fare.
func (m *meetings) first(key string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.add(key)
}

func (m *meetings) add(key string) bool {
	first := !m.seen[key]
	m.seen[key] = true
	return first
}

func (m *meetings) counts() tallied {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.done
}

// key tells the question whether a host's files pass from those with another answer: it has all that the verdict depends on.
func (c check) key(t *testing.T, h *rendered.Host) string {
	t.Helper()
	return c.digest(t, h, c.reads(h))
}

// whole is a key of all files of a host: another one where any of them has changed, whatever the check reads.
func (c check) whole(t *testing.T, h *rendered.Host) string {
	t.Helper()
	var files []*tree.File
	for i := range h.Files {
		files = append(files, &h.Files[i])
	}
	return c.digest(t, h, files)
}

func (c check) digest(t *testing.T, h *rendered.Host, files []*tree.File) string {
	t.Helper()
	sum := sha256.New()
	fmt.Fprintln(sum, c.name, h.Programs, ofKubeadm(h), c.built(t))
	for _, f := range files {
		fmt.Fprintf(sum, "%s %s %o %s %d\n%s", f.Path, f.Kind, f.Mode, f.Owner, len(f.Content), f.Content)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// TestTopologies runs the checks on the definitions of docs/topologies.md.
func TestTopologies(t *testing.T) {
	if err := sandbox.Available(); err != nil {
		missing(t, err)
	}
	definitions, err := combinations.Page(filepath.Join(repository(t), "docs/topologies.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range definitions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hosts, err := rendered.Render(write(t, name, definition(text)))
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range kinds(hosts) {
				t.Run(h.Name, func(t *testing.T) { checkDue(t, h) })
			}
		})
	}
}
