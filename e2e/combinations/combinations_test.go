package combinations

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/delivery"
	"github.com/khagen/khagen/internal/rules"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// TestCombinations builds every structure: those that are legal render without an error, and each of the others is refused
// by the rules that say why, and by no other.
func TestCombinations(t *testing.T) {
	itself, err := os.Executable() // has all that the verdict depends on: schema, rules, generators
	if err != nil {
		t.Fatal(err)
	}
	state, err := accepted.Program(itself)
	if err != nil {
		t.Fatal(err)
	}
	chosen := Choose()
	when := "in a run of the same khagen before"
	if !accepted.Already(t, t.Name(), state) {
		when = "now"
		judgeAll(t, slices.Concat(chosen.Legal, chosen.Illegal))
	}
	leave(t, fmt.Sprintf("combinations, %s: %d legal ones rendered, %d illegal ones refused by the rules that say why\n",
		when, len(chosen.Legal), len(chosen.Illegal)))
}

func judgeAll(t *testing.T, all []Combination) {
	t.Helper()
	work := make(chan Combination)
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		dir := newFolder(t)
		wg.Go(func() {
			for c := range work {
				judge(t, dir, c)
			}
		})
	}
	for _, c := range all {
		work <- c
	}
	close(work)
	wg.Wait()
}

// leave prints a text and leaves it in a file for make test to show: go test says nothing of a package that passes.
func leave(t *testing.T, text string) {
	t.Helper()
	fmt.Print(text)
	root, err := rendered.Repository()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "e2e/.cache/combinations.txt")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Log(err) // a checkout that can't be written to
	} else if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Log(err)
	}
}

// judge compares what khagen says of a combination with what has to be said.
func judge(t *testing.T, dir string, c Combination) {
	refused, err := build(dir, c)
	if err != nil {
		t.Errorf("%v: %v", c, err)
	} else if want := c.Refusals(); !slices.Equal(refused, want) {
		t.Errorf("%v: refused by %v, want %v", c, refused, want)
	}
}

// build gives the ids of the rules that refuse a combination, or renders it.
func build(dir string, c Combination) (refused []string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	if err := os.WriteFile(filepath.Join(dir, "cluster.cue"), []byte("package fleet\n\n"+c.Definition()), 0o644); err != nil {
		return nil, err
	}
	spec, err := schema.Load(dir)
	if err != nil {
		return nil, err
	}
	cluster, err := topology.New(spec)
	if err != nil {
		return nil, err
	}
	for _, f := range rules.Check([]*topology.Cluster{cluster}, rules.Repo{}) {
		if f.Severity == rules.Error && !slices.Contains(refused, f.ID) {
			refused = append(refused, f.ID)
		}
	}
	if len(refused) > 0 {
		slices.Sort(refused)
		return refused, nil
	}
	files, err := generators.Generate(cluster)
	if err != nil {
		return nil, err
	}
	_, err = delivery.Files(cluster, files)
	return nil, err
}

// newFolder is one for definitions.
func newFolder(t *testing.T) string {
	t.Helper()
	overlays := t.TempDir()
	dir := filepath.Join(overlays, "test")
	for _, d := range []string{dir, filepath.Join(overlays, "cue.mod")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	module := []byte("module: \"khagen.example/fleet\"\nlanguage: version: \"v0.17.0\"\n")
	if err := os.WriteFile(filepath.Join(overlays, "cue.mod/module.cue"), module, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestCauses: each cause refuses a combination by itself, by a rule that is an error and says why.
func TestCauses(t *testing.T) {
	alone := map[int]int{}
	for _, c := range Choose().Illegal {
		if only := c.onlyCause(); only >= 0 {
			alone[only]++
		}
	}
	for i, cause := range causes {
		rule := slices.IndexFunc(rules.All, func(r rules.Rule) bool { return r.ID == cause.rule })
		if rule < 0 || rules.All[rule].Severity != rules.Error || rules.All[rule].Reason == "" {
			t.Errorf("%s: no error with a reason", cause.rule)
		}
		if alone[i] == 0 {
			t.Errorf("%s, %s: no combination that nothing else refuses", cause.rule, cause.why)
		}
		t.Logf("%3d× %s: %s", alone[i], cause.rule, cause.why)
	}
}

// never are values that no legal combination has together.
var never = map[string][]string{
	"placement hosts":      {"runtime static-pod", "vip keepalived static-pod", "vip kube-vip arp", "vip kube-vip bgp"},
	"placement node-local": append([]string{"listen vip", "listen shared"}, addresses...),
	"placement external":   slices.Concat(ofBalancers, addresses),
	"placement none":       ofBalancers,
	"runtime published":    {"family ipv6", "family ipv6+ipv4"},
	"vip none":             {"listen vip", "listen shared"},
}

var (
	addresses   = []string{"vip keepalived systemd", "vip keepalived static-pod", "vip keepalived container", "vip kube-vip arp", "vip kube-vip bgp"}
	ofBalancers = []string{
		"proxy nginx", "runtime static-pod", "runtime podman", "runtime docker", "runtime published", "listen vip", "listen shared",
	}
)

// TestPairs: any two values are in a legal combination, but for those that never are.
func TestPairs(t *testing.T) {
	seen := newCoverage()
	for _, c := range Choose().Legal {
		seen.add(c)
	}
	pairs, names, axisOf := 0, []string{}, []string{}
	for _, a := range axes {
		for _, value := range a.values {
			names, axisOf = append(names, a.name+" "+value), append(axisOf, a.name)
		}
	}
	for x := range names {
		for y := x + 1; y < len(names); y++ {
			if axisOf[x] == axisOf[y] {
				continue
			}
			refused := slices.Contains(never[names[x]], names[y])
			if met := seen[x][y]; met == refused {
				t.Errorf("%s and %s: together in a legal combination %v, want %v", names[x], names[y], met, !refused)
			}
			pairs++
		}
	}
	t.Logf("%d pairs of values", pairs)
}
