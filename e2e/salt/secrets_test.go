package salt_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/internal/tree"
)

var placeholder = regexp.MustCompile(`\{\{ khagen_secrets\['([a-z][a-z0-9_]*)'\] \}\}`)

// values are what secrets may hold: what shells, YAML and templates would make something of.
var values = []string{
	"correct-horse", `p$a$$s\w%o%%r{d}`, "  spaces around  ", "größe ✓ \u2028 秘密", "}} %} #} {", "12345678", "true", `"double" and back\nslash`, "\t<a&b>|!@`~*",
}

// awkward are templates as a user's own may be.
var awkward = []string{
	"no newline: " + tree.Secret("a"),
	"one\n" + tree.Secret("b") + "\n",
	"two: " + tree.Secret("c") + "\n\n",
	"\n\n" + tree.Secret("d") + tree.Secret("e") + "\n\n\n\n",
	"  # " + tree.Secret("f") + tree.Secret("g") + tree.Secret("h") + " }} %} #} { $x %y \\n \\ größe\n\tafter a tab\n  ",
}

// blocks is a template that khagen refuses: it has more of Jinja's than secrets.
var blocks = "with blocks\n{% if true %}\n" + tree.Secret("a") + "\n{% endif %}\nand after\n"

// TestSecrets: Ansible and Salt make the same bytes of every template, those that stand there with the values in their place. A
// template with blocks would differ, by Ansible's trim_blocks: that is why khagen refuses them, and shows that this test sees
// what options do.
func TestSecrets(t *testing.T) {
	t.Parallel()
	templates := append(slices.Clone(awkward), templatesInTree(t)...)
	secrets := secretsOf(templates)
	if !accepted.Already(t, t.Name(), templates, secrets) {
		sameBytes(t, templates, secrets)
	}
}

func sameBytes(t *testing.T, templates []string, secrets map[string]string) {
	t.Helper()
	want := make([]string, len(templates))
	for i, text := range templates {
		want[i] = placeholder.ReplaceAllStringFunc(text, func(mark string) string { return secrets[placeholder.FindStringSubmatch(mark)[1]] })
	}
	ansible := byAnsible(t, append(templates, blocks, blocks), secrets, len(templates)+1)
	same(t, "Salt", templates, bySalt(t, templates, secrets, nil), want)
	same(t, "Ansible", templates, ansible, want)

	plain := bySalt(t, []string{blocks}, secrets, nil)[0]
	trimmed := bySalt(t, []string{blocks}, secrets, map[string]any{"trim_blocks": true})[0]
	if by := ansible[len(templates)]; by == plain || by != trimmed {
		t.Errorf("by itself Ansible makes %q, Salt %q, and %q with trim_blocks", by, plain, trimmed)
	}
	if by := ansible[len(templates)+1]; by != plain {
		t.Errorf("without trim_blocks Ansible makes %q, Salt %q", by, plain)
	}
	if kept := bySalt(t, awkward[1:2], secrets, map[string]any{"keep_trailing_newline": true})[0]; !strings.HasSuffix(kept, "\n\n") {
		t.Errorf("a minion with keep_trailing_newline makes %q: docs/salt.md says that it has one newline too many", kept)
	}
}

func same(t *testing.T, who string, templates, got, want []string) {
	t.Helper()
	for i := range templates {
		if got[i] != want[i] {
			t.Errorf("of %q\n%s makes %q\nwant %q", templates[i], who, got[i], want[i])
		}
	}
}

// secretsOf gives every secret of some templates a value of its own, as long as there are any.
func secretsOf(templates []string) map[string]string {
	secrets := map[string]string{}
	for _, text := range templates {
		for _, mark := range placeholder.FindAllStringSubmatch(text, -1) {
			if _, known := secrets[mark[1]]; !known {
				secrets[mark[1]] = values[len(secrets)%len(values)]
			}
		}
	}
	return secrets
}

// templatesInTree are the templates of the clusters, and in one text those of the goldens of all generators: each time Ansible
// starts it takes a second.
func templatesInTree(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, c := range clusters(t) {
		for _, m := range c.state.Hosts {
			for _, f := range m.Files {
				if f.Kind != tree.KindSecret {
					continue
				}
				content, err := c.state.Read((&tree.File{Host: m.Host, Path: f.Path, Kind: f.Kind}).TreePath())
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, string(content))
			}
		}
	}
	goldens, err := filepath.Glob("../../generators/testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var joined strings.Builder
	for _, golden := range goldens {
		archive, err := txtar.ParseFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if strings.HasPrefix(f.Name, "want/") && strings.HasSuffix(f.Name, ".j2") {
				joined.Write(f.Data)
			}
		}
	}
	if len(all) == 0 || joined.Len() == 0 {
		t.Fatalf("%d templates of clusters, %d bytes of goldens", len(all), joined.Len())
	}
	slices.Sort(all)
	return append(slices.Compact(all), joined.String())
}

func bySalt(t *testing.T, templates []string, secrets map[string]string, options map[string]any) []string {
	t.Helper()
	if options == nil {
		options = map[string]any{}
	}
	input, err := json.Marshal(map[string]any{"templates": templates, "secrets": secrets, "options": options})
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	if err := json.Unmarshal(python(t, input, "testdata/secrets.py"), &made); err != nil {
		t.Fatal(err)
	}
	return made
}

// byAnsible lets ansible.builtin.template write the files, from the one at untrimmed on without trim_blocks.
func byAnsible(t *testing.T, templates []string, secrets map[string]string, untrimmed int) []string {
	t.Helper()
	program, err := exec.LookPath("ansible-playbook")
	if err != nil {
		missing(t, "ansible-core")
	}
	dir := t.TempDir()
	for i, text := range templates {
		if err := write(filepath.Join(dir, fmt.Sprintf("%d.j2", i)), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	vars, err := json.Marshal(map[string]any{"khagen_secrets": secrets})
	if err != nil {
		t.Fatal(err)
	}
	playbook := fmt.Sprintf(`
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.template:
        src: "{{ playbook_dir }}/{{ item }}.j2"
        dest: "{{ playbook_dir }}/{{ item }}"
        mode: "0600"
        trim_blocks: "{{ omit if item < %d else false }}"
      loop: "{{ range(%d) | list }}"
      no_log: true
      diff: false
`, untrimmed, len(templates))
	for name, content := range map[string]string{"vars.json": string(vars), "play.yml": playbook} {
		if err := write(filepath.Join(dir, name), []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), program, "--inventory", "localhost,", "--connection", "local", "--extra-vars", "@vars.json", "play.yml")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8", "ANSIBLE_LOCALHOST_WARNING=false", "ANSIBLE_PIPELINING=true", "ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	made := make([]string, len(templates))
	for i := range templates {
		content, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		made[i] = string(content)
	}
	return made
}
