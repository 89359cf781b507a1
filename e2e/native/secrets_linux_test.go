package native

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/tree"
)

var jinja = program{name: "python3", apt: "python3-jinja2"}

// renderJinja renders a template the way that Ansible and Salt do, each with its settings; every secret is its stub.
const renderJinja = `
import sys, jinja2
class Secrets(dict):
    def __missing__(self, name):
        return sys.argv[2 if name.endswith('token') else 3 if name.startswith('etcd_') else 1]
text, results = sys.stdin.read(), set()
for settings in ({'trim_blocks': True}, {'extensions': ['jinja2.ext.do']}):
    environment = jinja2.Environment(keep_trailing_newline=True, undefined=jinja2.StrictUndefined, **settings)
    results.add(environment.from_string(text).render(khagen_secrets=Secrets()))
sys.exit('Ansible and Salt differ') if len(results) != 1 else sys.stdout.write(results.pop())
`

func runJinja(template []byte) ([]byte, error) {
	cmd := exec.Command("/usr/bin/python3", "-c", renderJinja, rendered.StubSecret, rendered.StubToken, rendered.StubKey)
	cmd.Stdin = bytes.NewReader(template)
	return cmd.Output()
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
	templates := 0
	for _, h := range hosts {
		for i := range h.Files {
			f := &h.Files[i]
			if f.Kind != tree.KindSecret {
				continue
			}
			templates++
			got, err := runJinja(f.Content)
			if err != nil {
				t.Errorf("%s: %v", f.TreePath(), err)
			} else if want := rendered.Delivered(f); !bytes.Equal(got, want) {
				t.Errorf("%s: jinja2 gives %q, want %q", f.TreePath(), got, want)
			}
		}
	}
	if templates < 3 {
		t.Errorf("only %d templates", templates)
	}
	for _, bad := range []string{"{{ khagen_secrets['a' }}", "{% if %}", "{{ other['a'] }}"} {
		if got, err := runJinja([]byte(bad)); err == nil {
			t.Errorf("jinja2 takes %q for %q", bad, got)
		}
	}
}
