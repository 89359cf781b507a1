package systems

import (
	"testing"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/failures"
)

// fail has failures happen to a cluster: one of each kind, or all that there are where a report is wanted.
func fail(t *testing.T, c *cluster.Cluster, l *lab.Lab, admin string) {
	t.Helper()
	happen(t, failures.System{Lab: l, Topology: c.Topology}, admin)
}

// happen does so to a system whose clients are the administrator of a kubeconfig.
func happen(t *testing.T, s failures.System, admin string) {
	t.Helper()
	var err error
	if s.Client, err = failures.Kubeconfig("/", admin); err != nil {
		t.Fatal(err)
	}
	faults := failures.Faults(s.Topology)
	if failures.ReportFolder() == "" {
		faults = failures.Short(faults)
	}
	failures.Run(t, s, faults)
}
