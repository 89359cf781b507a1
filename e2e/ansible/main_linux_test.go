// Package ansible has the real ansible-playbook deliver reference clusters to hosts in sandboxes, with the playbooks that khagen
// renders. systemctl and etcdctl are stubs there that write down what they are told.
package ansible

import (
	"flag"
	"os"
	"os/exec"
	"testing"

	"github.com/khagen/khagen/e2e/sandbox"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// Ansible works on several hosts at a time, and waits little.
	if err := flag.Set("test.parallel", "2"); err != nil {
		panic(err)
	}
	os.Exit(sandbox.Run(m.Run))
}

// need skips a test where the machine lacks what it needs, or fails it in CI.
func need(t *testing.T, programs ...string) {
	t.Helper()
	err := sandbox.Available()
	for _, name := range programs {
		if err == nil {
			_, err = exec.LookPath(name)
		}
	}
	if err == nil && !sandbox.HasUsers() {
		t.Skip("hosts have no users but root here: owners can't be set")
	}
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}
