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
	failSystem(t, reached(t, c, l, admin), changes...)
}

// failSystem does the same to a system that there is more to tell of.
func failSystem(t *testing.T, s failures.System, changes ...failures.Fault) {
	t.Helper()
	faults := failures.Faults(s.Topology)
	if short() {
		faults = failures.Short(faults)
	}
	failures.Run(t, s, append(faults, changes...))
}

// reached is a cluster in a lab, as an administrator reaches it. Nothing is done to one that isn't what it should be.
func reached(t *testing.T, c *cluster.Cluster, l *lab.Lab, admin string) failures.System {
	t.Helper()
	if t.Failed() {
		t.FailNow()
	}
	client, err := failures.Kubeconfig("/", admin)
	if err != nil {
		t.Fatal(err)
	}
	return failures.System{Lab: l, Topology: c.Topology, Client: client}
}

// short tells whether this is a run as every change has it: it leaves out what others see, too.
func short() bool { return failures.ReportFolder() == "" && !cluster.Long() }
