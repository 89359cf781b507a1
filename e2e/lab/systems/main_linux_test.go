// Package systems brings whole reference systems up on real hosts, by the playbooks that are rendered with them.
package systems

import (
	"os"
	"testing"

	"github.com/khagen/khagen/e2e/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Run(m.Run)) }

// long says whether all is to be run that takes its time.
func long() bool { return os.Getenv("LAB") == "all" }

// needLong skips a test of a short run.
func needLong(t *testing.T) {
	t.Helper()
	if !long() {
		t.Skip("make e2e-all runs it, which sets LAB=all")
	}
}
