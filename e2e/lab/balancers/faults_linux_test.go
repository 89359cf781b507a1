package balancers

import (
	"testing"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/failures"
	"github.com/khagen/khagen/internal/topology"
)

// TestNginxPair has two hosts of their own balance with nginx, and takes from the one that has the address whatever it needs.
func TestNginxPair(t *testing.T) {
	cluster.NeedLong(t)
	cluster.Need(t)
	c := cluster.Reference(t, "binary-nginx", cluster.Needs{})
	s := start(t, c, func(*topology.Host, *lab.HostSpec) {})
	deliver(t, c, s.Lab)
	s.Name = "binary-nginx-balancers"
	failures.Run(t, s, failures.Of(failures.Faults(s.Topology), failures.Balancer, failures.Address, failures.Host))
}
