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
	failNoted(t, reached(t, c, l, admin))
}

// failNoted does the same to a system that has more to tell.
func failNoted(t *testing.T, s failures.System) {
	t.Helper()
	faults := failures.Faults(s.Topology)
	if failures.ReportFolder() == "" {
		faults = failures.Short(faults)
	}
	failures.Run(t, s, faults)
}

// reached is a cluster in a lab, as an administrator reaches it.
func reached(t *testing.T, c *cluster.Cluster, l *lab.Lab, admin string) failures.System {
	t.Helper()
	client, err := failures.Kubeconfig("/", admin)
	if err != nil {
		t.Fatal(err)
	}
	return failures.System{Lab: l, Topology: c.Topology, Client: client}
}
