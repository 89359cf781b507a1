// Package systems brings whole reference systems up on real hosts, by the playbooks that are rendered with them.
package systems

import (
	"os"
	"os/exec"
	"testing"

	"github.com/khagen/khagen/e2e/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Run(m.Run)) }

func need(t *testing.T) {
	t.Helper()
	err := lab.Available()
	if err == nil {
		_, err = exec.LookPath("ansible-playbook")
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}
