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
	c := cluster.Reference(t, "static-pods", staticPodsNeeds())
	setup := kubeadm(t, c, balancerImages(c))
	l := up(t, c, setup)
	admin := administrator(t, c, l, address(c, c.Topology.VIPs[0].Address))
	answers(t, c, admin)
	nodes(t, c, admin)
	r := &running{c, l, setup, admin}
	fail(t, c, l, admin, r.showStats(t))
}

// TestStaticPodsTuned has the same with khagen's own intervals.
func TestStaticPodsTuned(t *testing.T) {
	cluster.NeedLong(t)
	cluster.Need(t)
	c := cluster.Reference(t, "static-pods", staticPodsNeeds().And(cluster.Needs{Edits: []cluster.Edit{
		{Was: `accept: KH070: "the document's check: ten failures, three seconds apart; the defaults are five times as fast"`},
		{Was: `check: {interval: "3s", timeout: "2s", fall: 10, rise: 2}`},
	}}))
	l := up(t, c, kubeadm(t, c, balancerImages(c)))
	failTuned(t, c, l, "keepalived has khagen's intervals in place of the document's.")
}

func staticPodsNeeds() cluster.Needs {
	return kubeadmNeeds("172.16.0.0/16", "registry.k8s.io", "docker.io", "registry.example.net")
}

// balancerImages are the images of the pods that balance and hold the virtual address.
func balancerImages(c *cluster.Cluster) registry.Versions {
	return registry.Versions{HAProxy: c.Topology.Spec.LoadBalancer.Image, Keepalived: c.Topology.Spec.VIP.Keepalived.Image}
}
