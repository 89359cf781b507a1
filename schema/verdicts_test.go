package schema

import (
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"github.com/rogpeppe/go-internal/txtar"
)

// wholeSchema gives CUE's own verdict: a definition, as JSON, unified with all of the schema.
func wholeSchema() func(definition []byte) error {
	ctx := cuecontext.New()
	schema := ctx.CompileString(Definition()).LookupPath(cue.ParsePath("#Cluster"))
	return func(definition []byte) error {
		return schema.Unify(ctx.CompileBytes(definition)).Validate(cue.Concrete(true))
	}
}

// TestVerdicts holds the walk against CUE itself: unifying a definition with the schema whole must give the same verdict, for the
// reference clusters and for every mistake, but those that only Go notices.
func TestVerdicts(t *testing.T) {
	whole := wholeSchema()
	verdict := func(dir string) error {
		data, err := evaluateFolder(t, dir).cluster.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		return whole(data)
	}
	for _, dir := range references(t) {
		if err := verdict(dir); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
	}
	ours := []string{"network with host bits", "role twice", "another name than the folder's", "file that is missing", "file that is a folder"}
	archive, err := txtar.ParseFile("testdata/mistakes/fields.txtar")
	if err != nil {
		t.Fatal(err)
	}
	right, name := rightDefinition(string(archive.Comment))
	for _, section := range archive.Files {
		t.Run(section.Name, func(t *testing.T) {
			m := parseMistake(t, right, name, string(section.Data))
			refused := m.load(t) != "fine\n"
			if section.Name == "yes" || refused && slices.Contains(ours, section.Name) {
				return // no value to put to the schema, or a check of Go's
			}
			if err := verdict("overlays/shop"); (err != nil) != refused {
				t.Errorf("refused by Load: %v; by CUE: %v", refused, err)
			}
		})
	}
}

// TestKnownVersions holds the first and the last version that messages name against the ones that the schema takes.
func TestKnownVersions(t *testing.T) {
	s := compile()
	kubernetes := s.root
	s.open(kubernetes)
	kubernetes = kubernetes.byName["kubernetes"]
	s.open(kubernetes)
	version := kubernetes.byName["version"]
	takes := func(minor int) bool {
		text := fmt.Sprintf("1.%d.0", minor)
		return s.allows(version, text, quote(text))
	}
	first, last := minorOf(version.versions[0]), minorOf(version.versions[1])
	if takes(first-1) || !takes(first) || !takes(last) || takes(last+1) {
		t.Errorf("messages say %v, the schema takes others", version.versions)
	}
}

var all = flag.Bool("all", false, "put all values to every field, which takes a minute")

// TestEveryField puts values of each kind to every field of the schema, and compares the verdicts. Fields take turns with the values.
func TestEveryField(t *testing.T) {
	whole := wholeSchema()
	right := []byte(`{
		"name": "a", "kubernetes": {"version": "1.36.3", "networking": {"podCIDRs": ["10.244.0.0/16"]}}, "endpoint": {"host": "api.example.net"},
		"loadBalancer": {"placement": "external"}, "etcd": {"topology": "stacked"}, "machine": {"os": "debian-12"},
		"hosts": {"cp1": {"address": "10.0.0.1", "roles": ["control-plane"]}}
	}`)
	values := []any{
		nil, true, 0, 7, -1, 1.5, 1 << 40, "", "x", "x y", "a\nb", "1s", "0s", "/x", "10.0.0.1", "fd00::1", "10.0.0.0/8", "files/x", "https://x", "1.2", "1.2.3",
		[]any{},
		[]any{"x"},
		[]any{"10.0.0.0/8"},
		[]any{1},
		map[string]any{},
		map[string]any{"x": "y"},
		map[string]any{"x": map[string]any{}},
	}
	fields, tried, refused := 0, 0, 0
	eachNode(compile().root, "", func(path string, n *node) {
		if path == "" {
			return
		}
		fields++
		for i, value := range values {
			if !*all && (i+fields)%9 != 0 {
				continue
			}
			definition := withField(t, right, path, value)
			want, got := whole(definition), walk(t, definition)
			if path == "hosts" && want == nil && len(got) > 0 {
				continue // none at all, which only Go notices
			}
			if (want != nil) != (len(got) > 0) {
				t.Errorf("%s: %#v: CUE says %v, the walk %v", path, value, want, got)
			}
			for _, problem := range got {
				if problem.Problem == "" || strings.Contains(problem.Problem, "empty disjunction") {
					t.Errorf("%s: %#v: %v", path, value, problem)
				}
			}
			tried++
			if want != nil {
				refused++
			}
		}
	})
	if tried < 2*fields || refused < tried/2 || refused == tried {
		t.Errorf("%d values were tried, %d refused", tried, refused)
	}
}

// withField sets one field of a definition: hosts.NAME is a host of it, [] a list's only element.
func withField(t *testing.T, definition []byte, path string, value any) []byte {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(definition, &root); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(strings.ReplaceAll(path, "[]", ".[]"), ".")
	setField(root, parts, value)
	data, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// keys that are right for the maps of the schema.
var mapKeys = map[string]string{"accept": "KH001", "hosts": "cp1", "featureGates": "RootlessControlPlane", "entries": "10.0.0.9"}

func setField(in map[string]any, path []string, value any) {
	name := path[0]
	if len(path) == 1 {
		in[name] = value
		return
	}
	if path[1] == "[]" {
		if len(path) == 2 {
			in[name] = []any{value}
			return
		}
		element := map[string]any{}
		setField(element, path[2:], value)
		in[name] = []any{element}
		return
	}
	if path[1] == "NAME" {
		path = slices.Clone(path)
		path[1] = "x"
		if key := mapKeys[name]; key != "" {
			path[1] = key
		}
	}
	block, ok := in[name].(map[string]any)
	if !ok {
		block = map[string]any{}
		in[name] = block
	}
	setField(block, path[1:], value)
}

// walk gives the problems that the checker finds.
func walk(t *testing.T, definition []byte) Errors {
	t.Helper()
	v := cuecontext.New().CompileBytes(definition)
	if err := v.Err(); err != nil {
		t.Fatal(err)
	}
	c := &checker{evaluated: &evaluated{value: v, cluster: v}, shape: theShape(), written: map[string]bool{}}
	c.value(c.shape.root, v)
	if len(c.problems) == 0 {
		if _, err := decode(c.out.Bytes(), versionOf(v)); err != nil {
			return Errors{{Problem: "the model doesn't take it: " + err.Error()}}
		}
	}
	return c.problems
}
