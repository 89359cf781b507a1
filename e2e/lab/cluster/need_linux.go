package cluster

import (
	"os"
	"os/exec"
	"testing"

	"github.com/khagen/khagen/e2e/lab"
)

// Need skips a test where there can be no lab, or no playbook can run, and says what is missing. In CI it fails.
func Need(t *testing.T) {
	t.Helper()
	err := lab.Available()
	if err == nil {
		_, err = exec.LookPath("ansible-playbook")
	}
	if err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skip(err)
}
