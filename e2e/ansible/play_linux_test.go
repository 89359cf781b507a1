package ansible

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/tree"
)

// result is what ansible-playbook said.
type result struct {
	code   int
	output string
	recap  map[string]recap
}

type recap struct{ changed, unreachable, failed int }

var recapLine = regexp.MustCompile(`(?m)^(\S+) +: ok=\d+ +changed=(\d+) +unreachable=(\d+) +failed=(\d+)`)

// play runs a playbook of the cluster on its hosts, without what needs the network: packages, programs, kubeadm.
func (f *fleet) play(t *testing.T, playbook string, arguments ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	at := filepath.Join(f.out(), "ansible")
	arguments = append([]string{
		"--inventory", filepath.Join(at, "inventory.yml"), "--inventory", f.reach(t),
		"--skip-tags", f.skip, filepath.Join(at, playbook),
	}, arguments...)
	cmd := exec.CommandContext(ctx, "ansible-playbook", arguments...)
	cmd.Dir = f.dir
	cmd.Env = append(os.Environ(),
		"HOME="+f.dir, "ANSIBLE_CONFIG="+filepath.Join(at, "ansible.cfg"), "ANSIBLE_CONNECTION_PLUGINS="+filepath.Join(f.dir, "plugins"),
		"ANSIBLE_NOCOLOR=1", "ANSIBLE_LOCAL_TEMP="+filepath.Join(f.dir, "tmp"), "LANG=C.UTF-8", "ANSIBLE_FORKS=4", "KUBECONFIG=",
	)
	output, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	r := result{cmd.ProcessState.ExitCode(), string(output), map[string]recap{}}
	for _, m := range recapLine.FindAllStringSubmatch(r.output, -1) {
		number := func(i int) int { n, _ := strconv.Atoi(m[i]); return n }
		r.recap[m[1]] = recap{number(2), number(3), number(4)}
	}
	t.Logf("%s %s: code %d, %v of CPU", f.cluster.Spec.Name, playbook, r.code, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	return r
}

// secrets gives the arguments that provide every secret of the cluster.
func (f *fleet) secrets(t *testing.T) []string {
	t.Helper()
	values := map[string]string{}
	for i := range f.files {
		for _, name := range secretNames(&f.files[i]) {
			values[name] = rendered.Stub(name)
		}
	}
	text, err := json.Marshal(map[string]any{"khagen_secrets": values})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(f.dir, "secrets.json")
	write(t, path, text)
	return []string{"--extra-vars", "@" + path}
}

var secretName = regexp.MustCompile(`khagen_secrets\['([a-z][a-z0-9_]*)'\]`)

func secretNames(f *tree.File) []string {
	var names []string
	if f.Kind == tree.KindSecret {
		for _, m := range secretName.FindAllSubmatch(f.Content, -1) {
			names = append(names, string(m[1]))
		}
	}
	return names
}

// event is what a stub was told on a host.
type event struct {
	at         int64
	host, text string
}

// events are those of all hosts, in the order in which they came.
func (f *fleet) events(t *testing.T) []event {
	t.Helper()
	var all []event
	for name := range f.hosts {
		text, err := os.ReadFile(f.root(name) + "/var/lib/stub.log")
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			stamp, words, _ := strings.Cut(strings.TrimSpace(line), " ")
			at, err := strconv.ParseInt(stamp, 10, 64)
			if err != nil {
				t.Fatal(line, err)
			}
			all = append(all, event{at, name, words})
		}
	}
	slices.SortFunc(all, func(a, b event) int { return int(a.at - b.at) })
	return all
}

// forget drops what the stubs wrote down.
func (f *fleet) forget(t *testing.T) {
	t.Helper()
	for name := range f.hosts {
		if err := os.RemoveAll(f.root(name) + "/var/lib/stub.log"); err != nil {
			t.Fatal(err)
		}
	}
}
