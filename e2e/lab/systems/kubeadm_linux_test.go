package systems

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/failures"
	"github.com/khagen/khagen/e2e/lab/registry"
	"github.com/khagen/khagen/e2e/lab/repository"
	"github.com/khagen/khagen/internal/topology"
)

// TestKubesprayHaproxy has three control planes of kubeadm with haproxy and keepalived beside, and two more nodes.
func TestKubesprayHaproxy(t *testing.T) {
	cluster.NeedLong(t)
	cluster.Need(t)
	c := cluster.Reference(t, "kubespray-haproxy", kubesprayNeeds())
	setup := kubeadm(t, c, registry.Versions{Kubernetes: "k8s-" + upgraded})
	l := up(t, c, setup)
	admin := administrator(t, c, l, address(c, c.Topology.VIPs[0].Address))
	answers(t, c, admin)
	nodes(t, c, admin)
	r := &running{c, l, setup, admin}
	fail(t, c, l, admin, r.upgrade(t))
	nodes(t, c, admin)
}

// TestKubesprayTuned has the same with intervals that keep all promises, and without the last node, which is as the one before.
func TestKubesprayTuned(t *testing.T) {
	cluster.Need(t)
	c := cluster.Reference(t, "kubespray-haproxy", kubesprayNeeds().And(cluster.Needs{Edits: []cluster.Edit{
		{Was: `accept: KH070: "the document's intervals, kept for comparison; the defaults are four times as fast"`},
		{Was: `advertInterval:  "3s"`},
		{Was: `interval: "5s", `},
		{Was: `{interval: "2s", fall: 2, rise: 2}`, Now: `{interval: "500ms", timeout: "1s", fall: 2, rise: 2}`},
		{Was: `node5: address: "10.10.10.15"`},
	}}))
	l := up(t, c, kubeadm(t, c))
	failTuned(t, c, l, "keepalived has khagen's intervals in place of the document's, and haproxy asks more often (`interval: \"500ms\", timeout: \"1s\"`): "+
		"a client that comes from one address always meets the same API server, until that is left out. node5 isn't there.")
}

// failTuned has failures happen to a cluster that isn't tuned as its document has it.
func failTuned(t *testing.T, c *cluster.Cluster, l *lab.Lab, how string) {
	t.Helper()
	admin := administrator(t, c, l, address(c, c.Topology.VIPs[0].Address))
	answers(t, c, admin)
	nodes(t, c, admin)
	s := reached(t, c, l, admin)
	s.Variant, s.Notes = failures.Tuned, append(s.Notes, how)
	failSystem(t, s)
}

func kubesprayNeeds() cluster.Needs { return kubeadmNeeds("10.10.10.0/24", "registry.k8s.io") }

// kubeadmNeeds is what nodes need of a definition where kubeadm makes them: in its first network they find the images of registries.
func kubeadmNeeds(network string, registries ...string) cluster.Needs {
	own := cluster.ClientIn(netip.MustParsePrefix(network)).Addr()
	return cluster.Nodes.And(cluster.Kubeadm, cluster.Mirror("http://"+own.String()+":"+cluster.RegistryPort, registries...))
}

// kubeadm is what clusters of kubeadm find: packages and images of their version, and of those that they go to, other images, and a
// network of pods on each node.
func kubeadm(t *testing.T, c *cluster.Cluster, others ...registry.Versions) cluster.Setup {
	t.Helper()
	wanted := append(others, registry.Versions{Kubernetes: "k8s-" + c.Topology.Version.MajorMinor()})
	var minors []string
	for _, v := range wanted {
		if minor, is := strings.CutPrefix(v.Kubernetes, "k8s-"); is {
			minors = append(minors, minor)
		}
	}
	images, err := registry.Make(t.Context(), wanted...)
	if err != nil {
		t.Fatal(err)
	}
	cluster.Serve(t, images)
	packages, err := repository.Make(t.Context(), minors...)
	if err != nil {
		t.Fatal(err)
	}
	variables := packages.Variables()
	variables["khagen_worker_batch"] = "100%" // all at once, to save time
	return cluster.Setup{
		Adapt: func(h *topology.Host, spec *lab.HostSpec) {
			spec.Binds = packages.Binds()
			if h.IsNode() {
				spec.Files = append(spec.Files, conflist(c, h))
			}
		},
		Variables: variables,
		Single:    short(), // a second run takes a minute; sandboxes get the same files twice in e2e/ansible
	}
}

// administrator gives the path of a copy of the kubeconfig that kubeadm wrote on the host where it began. It leads to the endpoint by
// an address, since nobody here resolves names.
func administrator(t *testing.T, c *cluster.Cluster, l *lab.Lab, endpoint netip.AddrPort) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(l.Host(c.Topology.ControlPlanes[0].Name).Root(), "etc/kubernetes/admin.conf"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "admin.conf")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	kubectl(t, c, path, "config", "set-cluster", c.Topology.Spec.Name, "--tls-server-name", c.Topology.Spec.Endpoint.Host,
		"--server", "https://"+endpoint.String())
	return path
}

// address is where the endpoint's port is at an address.
func address(c *cluster.Cluster, at netip.Addr) netip.AddrPort {
	return netip.AddrPortFrom(at, uint16(c.Topology.Spec.Endpoint.Port))
}
