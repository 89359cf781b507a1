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
	client, err := failures.Kubeconfig("/", admin)
	if err != nil {
		t.Fatal(err)
	}
	faults := failures.Faults(c.Topology)
	if failures.ReportFolder() == "" {
		faults = failures.Short(faults)
	}
	failures.Run(t, failures.System{Lab: l, Topology: c.Topology, Client: client}, faults)
}
