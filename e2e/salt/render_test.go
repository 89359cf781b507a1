package salt_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/delivery"
	"github.com/khagen/khagen/internal/overlay"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

// folder is where trees are written.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "khagen-salt-"); err != nil {
		panic(err)
	}
	code := m.Run()
	if err := os.RemoveAll(folder); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// cluster is a rendered tree on disk, as a master serves it.
type cluster struct {
	dir   string // as out/<cluster>
	state *tree.Snapshot
}

var phases = map[tree.Phase]string{
	tree.PhasePrerequisites: "khagen.prerequisites", tree.PhaseEtcd: "khagen.etcd", tree.PhaseLoadBalancer: "khagen.load_balancer",
	tree.PhaseControlPlane: "khagen.control_plane", tree.PhaseWorker: "khagen.worker",
}

// allPhases are the states of all phases, in their order.
func allPhases() []string {
	var all []string
	for _, p := range tree.Phases {
		all = append(all, phases[p])
	}
	return all
}

// all are the reference clusters, and what they leave out, by name. They are rendered once.
var all = sync.OnceValues(func() (map[string]*cluster, error) {
	definitions, err := filepath.Glob("../../overlays/*/cluster.cue")
	if err != nil || len(definitions) != 5 {
		return nil, fmt.Errorf("find the reference clusters: got %v, %w", definitions, err)
	}
	clusters := map[string]*cluster{}
	for _, definition := range append(definitions, "testdata/overlays/own/cluster.cue") {
		c, err := serve(filepath.Dir(definition))
		if err != nil {
			return nil, err
		}
		clusters[c.state.Name] = c
	}
	return clusters, nil
})

// clusters gives all of them in the order of their names.
func clusters(t *testing.T) []*cluster {
	t.Helper()
	byName, err := all()
	if err != nil {
		t.Fatal(err)
	}
	var list []*cluster
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		list = append(list, byName[name])
	}
	return list
}

// named gives one of them.
func named(t *testing.T, name string) *cluster {
	t.Helper()
	list := clusters(t)
	return list[slices.IndexFunc(list, func(c *cluster) bool { return c.state.Name == name })]
}

// serve renders a definition into a folder.
func serve(definition string) (*cluster, error) {
	spec, err := schema.Load(definition)
	if err != nil {
		return nil, err
	}
	top, err := topology.New(spec)
	if err != nil {
		return nil, err
	}
	files, err := generators.Generate(top)
	if err == nil {
		files, err = overlay.Apply(top, files)
	}
	if err == nil {
		files, err = delivery.Files(top, files)
	}
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: filepath.Join(folder, spec.Name)}
	for i := range files {
		if err := write(filepath.Join(c.dir, filepath.FromSlash(files[i].TreePath())), files[i].Content); err != nil {
			return nil, err
		}
	}
	c.state, err = tree.SnapshotOf(spec.Name, files)
	return c, err
}

func write(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, content, 0o600)
}

// job is one question to the stand-in: what a minion gets from some state files.
type job struct {
	Minion  string         `json:"minion"`
	Pillar  map[string]any `json:"pillar"`
	Roots   []string       `json:"roots"`
	SaltEnv string         `json:"saltenv"`
	States  []string       `json:"states"`
}

func (c *cluster) job(minion string, pillar map[string]any, states ...string) job {
	return job{minion, pillar, []string{filepath.Join(c.dir, "salt"), c.dir}, c.state.Name, states}
}

// pillar is what the master has to know of a host: its secrets, and what khagen pki made for it.
func (c *cluster) pillar(m *tree.Manifest) map[string]any {
	secrets := map[string]any{}
	for _, name := range c.secrets() {
		secrets[name] = "the value of " + name
	}
	root := map[string]any{}
	for _, f := range m.PKI {
		inside := root
		names := strings.Split(strings.TrimPrefix(f.Path, "/"), "/")
		for _, name := range names[:len(names)-1] {
			if inside[name] == nil {
				inside[name] = map[string]any{}
			}
			inside, _ = inside[name].(map[string]any)
		}
		inside[names[len(names)-1]] = "content of " + f.Path + "\n"
	}
	return map[string]any{"khagen_secrets": secrets, "rootfs": root}
}

// secrets are the names in the templates of all hosts.
func (c *cluster) secrets() []string {
	found := map[string]bool{}
	for _, m := range c.state.Hosts {
		for _, f := range m.Files {
			if f.Kind != tree.KindSecret {
				continue
			}
			content, err := c.state.Read((&tree.File{Host: m.Host, Path: f.Path, Kind: f.Kind}).TreePath())
			if err != nil {
				panic(err) // the tree was rendered with this manifest
			}
			for _, name := range placeholder.FindAllSubmatch(content, -1) {
				found[string(name[1])] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// state is one of what a minion carries out.
type state struct {
	SLS      string         `json:"sls"`
	ID       string         `json:"id"`
	Function string         `json:"function"`
	Args     map[string]any `json:"args"`
}

func (s *state) text(name string) string {
	text, _ := s.Args[name].(string)
	return text
}

// requisites gives what a state names under require, watch or the like, as "module: id".
func (s *state) requisites(kind string) []string {
	var all []string
	list, _ := s.Args[kind].([]any)
	for _, one := range list {
		pair, _ := one.(map[string]any)
		for module, id := range pair {
			name, _ := id.(string)
			all = append(all, module+": "+name)
		}
	}
	return all
}

// key is how others name the state.
func (s *state) key() string {
	module, _, _ := strings.Cut(s.Function, ".")
	return module + ": " + s.ID
}

// answer is what the stand-in says to a job.
type answer struct {
	States []state
	Top    map[string]map[string][]string
	Error  string
}

// ask renders states; one process does all jobs.
func ask(t *testing.T, jobs ...job) []answer {
	t.Helper()
	input, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	var answers []answer
	if err := json.Unmarshal(python(t, input, "testdata/states.py"), &answers); err != nil {
		t.Fatal(err)
	}
	if len(answers) != len(jobs) {
		t.Fatalf("%d answers to %d jobs", len(answers), len(jobs))
	}
	return answers
}

// rendered wants one job to give states.
func rendered(t *testing.T, j job) []state {
	t.Helper()
	a := ask(t, j)[0]
	if a.Error != "" {
		t.Fatal(a.Error)
	}
	return a.States
}

// interpreter is the Python for which the distribution has jinja2 and yaml.
const interpreter = "/usr/bin/python3"

var hasModules = sync.OnceValue(func() bool { return exec.Command(interpreter, "-c", "import jinja2, yaml").Run() == nil })

// python runs a script.
func python(t *testing.T, input []byte, args ...string) []byte {
	t.Helper()
	if _, err := os.ReadDir(filepath.Dir(args[0])); err != nil { // go test remembers by files that the test itself looks at
		t.Fatal(err)
	}
	if !hasModules() {
		missing(t, "python3-jinja2 or python3-yaml")
	}
	cmd := exec.CommandContext(t.Context(), interpreter, args...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stdin = bytes.NewReader(input)
	out, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		t.Fatalf("%v: %v\n%s", args, err, failed.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	return out
}

func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("no %s here", what)
	}
	t.Skipf("no %s here", what)
}
