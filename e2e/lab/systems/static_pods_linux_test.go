package systems

import (
	"testing"

	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/registry"
)

// TestStaticPods has three control planes of kubeadm whose kubelets run haproxy and keepalived, and three workers.
func TestStaticPods(t *testing.T) {
	cluster.NeedLong(t)
	cluster.Need(t)
	c := cluster.Reference(t, "static-pods", kubeadmNeeds("172.16.0.0/16", "registry.k8s.io", "docker.io", "registry.example.net"))
	setup := kubeadm(t, c, registry.Versions{
		HAProxy:    c.Topology.Spec.LoadBalancer.Image,
		Keepalived: c.Topology.Spec.VIP.Keepalived.Image,
	})
	l := up(t, c, setup)
	admin := administrator(t, c, l, address(c, c.Topology.VIPs[0].Address))
	answers(t, c, admin)
	nodes(t, c, admin)
	r := &running{c, l, setup, admin}
	fail(t, c, l, admin, r.showStats(t))
}
