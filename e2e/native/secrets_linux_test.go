package native

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/tree"
)

var jinja = program{name: "python3", apt: "python3-jinja2"}

// renderJinja renders templates the way that Ansible and Salt do, each with its settings; every secret is its stub. What jinja2 refuses
// becomes null.
const renderJinja = `
import json, sys, jinja2
class Secrets(dict):
    def __missing__(self, name):
        return sys.argv[2 if name.endswith('token') else 3 if name.startswith('etcd_') else 1]
def render(text):
    results = set()
    for settings in ({'trim_blocks': True}, {'extensions': ['jinja2.ext.do']}):
        environment = jinja2.Environment(keep_trailing_newline=True, undefined=jinja2.StrictUndefined, **settings)
        try:
            results.add(environment.from_string(text).render(khagen_secrets=Secrets()))
        except jinja2.TemplateError:
            results.add(None)
    if len(results) != 1:
        sys.exit('Ansible and Salt differ about ' + text)
    return results.pop()
json.dump([render(text) for text in json.load(sys.stdin)], sys.stdout)
`

func runJinja(t *testing.T, templates []string) []*string {
	t.Helper()
	input, err := json.Marshal(templates)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/usr/bin/python3", "-c", renderJinja, rendered.StubSecret, rendered.StubToken, rendered.StubKey)
	cmd.Stdin = bytes.NewReader(input)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &complaints)
	}
	var results []*string
	if err := json.Unmarshal(output, &results); err != nil || len(results) != len(templates) {
		t.Fatalf("%d of %d templates rendered: %v", len(results), len(templates), err)
	}
	return results
}

// TestSecrets renders every template of out/ and of the golden cases with the real jinja2: what hosts get is the
// template with its secrets put in, to the byte.
func TestSecrets(t *testing.T) {
	need(t, check{needs: []program{jinja}})
	hosts := load(t)
	cases, err := filepath.Glob(filepath.Join(repository(t), "generators", "testdata", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range cases {
		more, err := rendered.Render(unpack(t, file))
		if err != nil {
			t.Fatal(err)
		}
		hosts = append(hosts, more...)
	}
	var files []*tree.File
	var templates []string
	for _, h := range hosts {
		for i := range h.Files {
			if f := &h.Files[i]; f.Kind == tree.KindSecret {
				files, templates = append(files, f), append(templates, string(f.Content))
			}
		}
	}
	if len(templates) < 3 {
		t.Errorf("only %d templates", len(templates))
	}
	bad := []string{"{{ khagen_secrets['a' }}", "{% if %}", "{{ other['a'] }}"}
	results := runJinja(t, append(templates, bad...))
	for i, f := range files {
		if got, want := results[i], string(rendered.Delivered(f)); got == nil {
			t.Errorf("%s: jinja2 refuses %q", f.TreePath(), f.Content)
		} else if *got != want {
			t.Errorf("%s: jinja2 gives %q, want %q", f.TreePath(), *got, want)
		}
	}
	for i, template := range bad {
		if got := results[len(files)+i]; got != nil {
			t.Errorf("jinja2 takes %q for %q", template, *got)
		}
	}
}
