package ansible

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/playbook"
	"github.com/khagen/khagen/e2e/rendered"
)

// result is what ansible-playbook said.
type result struct {
	code   int
	output string
	recap  map[string]playbook.Recap
}

// play runs a playbook of the cluster on its hosts, without what needs the network: packages, programs, kubeadm.
func (f *fleet) play(t *testing.T, name string, arguments ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	at := filepath.Join(f.out(), "ansible")
	arguments = append([]string{
		"--inventory", filepath.Join(at, "inventory.yml"), "--inventory", f.reach(t),
		"--skip-tags", f.skip, filepath.Join(at, name),
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
	r := result{cmd.ProcessState.ExitCode(), string(output), playbook.Recaps(string(output))}
	t.Logf("%s %s: code %d, %v of CPU", f.cluster.Spec.Name, name, r.code, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	return r
}

// secrets gives the arguments that provide every secret of the cluster.
func (f *fleet) secrets(t *testing.T) []string {
	t.Helper()
	path, err := rendered.LaySecrets(f.dir, f.files)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"--extra-vars", "@" + path}
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
