package systems

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/failures"
)

// TestNodeLocal has no virtual address: each worker has a haproxy of its own on the loopback, and so have the clients, which are
// on one of them.
func TestNodeLocal(t *testing.T) {
	long(t)
	cluster.Need(t)
	c := defined(t, "node-local", cluster.Mirror("http://10.20.0.254:"+registryPort, "registry.k8s.io"))
	l := up(t, c, kubeadm(t, c))
	admin := administrator(t, c, l)
	outside := leadTo(t, c, admin, netip.AddrPortFrom(c.Topology.ControlPlanes[0].Address(), uint16(c.Topology.Spec.Kubernetes.APIServer.Port)))

	answers(t, c, outside)
	nodes(t, c, outside)
	resolve(t, c, l)
	happen(t, failures.System{
		Lab: l, Topology: c.Topology, From: c.Topology.LoadBalancers[0].Name,
		Notes: []string{"Clients are on a worker, and ask the haproxy there on the loopback, as its kubelet does. No other worker loses anything with that haproxy."},
	}, leadTo(t, c, admin, netip.AddrPortFrom(c.Topology.Loopback(), uint16(c.Topology.LoadBalancerPort))))
}

// TestKubeVIP has three control planes of which one at a time has the virtual address, by a lease of the cluster itself.
func TestKubeVIP(t *testing.T) {
	long(t)
	cluster.Need(t)
	c := defined(t, "kube-vip", cluster.Mirror("http://10.21.0.254:"+registryPort, "registry.k8s.io", "ghcr.io"))
	l := up(t, c, kubeadm(t, c))
	admin := leadTo(t, c, administrator(t, c, l), netip.AddrPortFrom(c.Topology.VIPs[0].Address, uint16(c.Topology.Spec.Endpoint.Port)))

	answers(t, c, admin)
	nodes(t, c, admin)
	resolve(t, c, l)
	lease := c.Topology.Spec.VIP.KubeVIP.Lease
	happen(t, failures.System{
		Lab: l, Topology: c.Topology,
		Notes: []string{"There is no balancer: the address leads to the API server of its holder, who keeps it by a lease of " + lease.Duration.Std().String() + "."},
	}, admin)
}

// defined lays one of the clusters in testdata out, with what the lab's hosts need of it.
func defined(t *testing.T, name string, images cluster.Needs) *cluster.Cluster {
	t.Helper()
	c, err := cluster.Render(t.Context(), t.TempDir(), filepath.Join("testdata", name), cluster.Nodes.And(cluster.Kubeadm, images))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func endpoint(c *cluster.Cluster) string {
	return fmt.Sprintf("https://%s:%d", c.Topology.Spec.Endpoint.Host, c.Topology.Spec.Endpoint.Port)
}

// leadTo copies a kubeconfig, and has the endpoint's name, which only hosts know, lead to an address.
func leadTo(t *testing.T, c *cluster.Cluster, kubeconfig string, address netip.AddrPort) string {
	t.Helper()
	text, err := os.ReadFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	by := "server: " + endpoint(c) + "\n"
	to := "server: https://" + address.String() + "\n    tls-server-name: " + c.Topology.Spec.Endpoint.Host + "\n"
	if strings.Count(string(text), by) != 1 {
		t.Fatalf("%s has no single %s", kubeconfig, by)
	}
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), by, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// resolve asks the API on each node by the endpoint's name, as it leads somewhere there.
func resolve(t *testing.T, c *cluster.Cluster, l *lab.Lab) {
	t.Helper()
	url := endpoint(c) + "/readyz"
	for _, h := range c.Topology.Hosts {
		said, err := l.Host(h.Name).Run(t.Context(), "curl", "--silent", "--show-error", "--max-time", "5", "--cacert", c.Topology.PKIFile("ca.crt"), url)
		if said != "ok" {
			t.Errorf("%s on %s: %q, %v", url, h.Name, said, err)
		}
	}
}
