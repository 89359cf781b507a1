// Package systems brings whole reference systems up on real hosts, by the playbooks that are rendered with them.
package systems

import (
	"os"
	"testing"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/failures"
)

func TestMain(m *testing.M) { os.Exit(lab.Run(m.Run)) }

// long skips a test that only a run of all systems, or one that measures, has time for.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("LAB") != "all" && failures.ReportFolder() == "" {
		t.Skip("it takes long: LAB=all, or REPORT with a folder for what is measured, runs it")
	}
}
