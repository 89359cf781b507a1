package systems

import (
	"testing"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/failures"
)

// fail has failures happen to a cluster: one of each kind, or all that there are in a long run and where a report is wanted.
// Changes come after them.
func fail(t *testing.T, c *cluster.Cluster, l *lab.Lab, admin string, changes ...failures.Fault) {
	t.Helper()
	client, err := failures.Kubeconfig("/", admin)
	if err != nil {
		t.Fatal(err)
	}
	faults := failures.Faults(c.Topology)
	if failures.ReportFolder() == "" && !cluster.Long() {
		faults = failures.Short(faults)
	}
	failures.Run(t, failures.System{Lab: l, Topology: c.Topology, Client: client}, append(faults, changes...))
}
