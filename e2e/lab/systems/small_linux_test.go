package systems

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/registry"
)

// TestNodeLocal has no virtual address: each worker has a haproxy of its own on the loopback, and so have the clients, which are
// on one of them.
func TestNodeLocal(t *testing.T) {
	cluster.NeedLong(t)
	cluster.Need(t)
	c := defined(t, "node-local", kubeadmNeeds("10.20.0.0/24", "registry.k8s.io"))
	l := up(t, c, kubeadm(t, c))
	outside := administrator(t, c, l, netip.AddrPortFrom(c.Topology.ControlPlanes[0].Address(), uint16(c.Topology.Spec.Kubernetes.APIServer.Port)))
	answers(t, c, outside)
	nodes(t, c, outside)
	resolve(t, c, l)

	s := reached(t, c, l, administrator(t, c, l, netip.AddrPortFrom(c.Topology.Loopback(), uint16(c.Topology.LoadBalancerPort))))
	s.From = c.Topology.LoadBalancers[0].Name
	s.Notes = append(s.Notes, "Clients are on a worker, and ask the haproxy there on the loopback, as its kubelet does. No other worker loses anything with that haproxy.")
	failSystem(t, s)
}

// TestKubeVIP has three control planes of which one at a time has the virtual address, by a lease of the cluster itself.
func TestKubeVIP(t *testing.T) {
	cluster.NeedLong(t)
	cluster.Need(t)
	c := defined(t, "kube-vip", kubeadmNeeds("10.21.0.0/24", "registry.k8s.io", "ghcr.io"))
	spec := c.Topology.Spec.VIP.KubeVIP
	l := up(t, c, kubeadm(t, c, registry.Versions{KubeVIP: "ghcr.io/kube-vip/kube-vip:v" + spec.Version}))
	admin := administrator(t, c, l, address(c, c.Topology.VIPs[0].Address))
	answers(t, c, admin)
	nodes(t, c, admin)
	resolve(t, c, l)

	s := reached(t, c, l, admin)
	s.Notes = append(s.Notes, "There is no balancer: the address leads to the API server of its holder, who keeps it by a lease of "+spec.Lease.Duration.Std().String()+".")
	failSystem(t, s)
}

// defined lays one of the clusters in testdata out, with what the lab's hosts need of it.
func defined(t *testing.T, name string, needs cluster.Needs) *cluster.Cluster {
	t.Helper()
	c, err := cluster.Render(t.Context(), t.TempDir(), filepath.Join("testdata", name), needs)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// resolve asks the API on each node by the endpoint's name, as it leads somewhere there.
func resolve(t *testing.T, c *cluster.Cluster, l *lab.Lab) {
	t.Helper()
	url := fmt.Sprintf("https://%s:%d/readyz", c.Topology.Spec.Endpoint.Host, c.Topology.Spec.Endpoint.Port)
	for _, h := range c.Topology.Hosts {
		said, err := l.Host(h.Name).Run(t.Context(), "curl", "--silent", "--show-error", "--max-time", "5", "--cacert", c.Topology.PKIFile("ca.crt"), url)
		if said != "ok" {
			t.Errorf("%s on %s: %q, %v", url, h.Name, said, err)
		}
	}
}
