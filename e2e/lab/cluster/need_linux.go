package cluster

import (
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/khagen/khagen/e2e/lab"
)

// Need skips a test where there can be no lab, or no playbook can run, and says what is missing. In CI it fails.
func Need(t *testing.T) {
	t.Helper()
	_, noAnsible := exec.LookPath("ansible-playbook")
	err := errors.Join(lab.Available(), noAnsible)
	if err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skip(err)
}

// Long says whether all is to be run that takes its time, as make e2e-all has it.
func Long() bool { return os.Getenv("LAB") == "all" }

// NeedLong skips a test that short runs do without.
func NeedLong(t *testing.T) {
	t.Helper()
	if !Long() {
		t.Skip("only in a long run: make e2e-all, which sets LAB=all")
	}
}
