package systems

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/registry"
	"github.com/khagen/khagen/e2e/lab/repository"
	"github.com/khagen/khagen/internal/topology"
)

// TestKubesprayHaproxy has three control planes of kubeadm with haproxy and keepalived beside, and two more nodes.
func TestKubesprayHaproxy(t *testing.T) {
	cluster.Need(t)
	c := render(t, "kubespray-haproxy", cluster.Nodes.And(cluster.Kubeadm, cluster.Mirror("http://10.10.10.254:"+registryPort, "registry.k8s.io")))
	l := up(t, c, kubeadm(t, c, registry.Versions{}))
	admin := administrator(t, c, l)
	answers(t, c, admin)
	nodes(t, c, admin)
	fail(t, c, l, admin)
}

// registryPort is where the test itself has a registry, on the lab's bridge.
const registryPort = "5000"

// kubeadm is what clusters of kubeadm find: packages, images, and a network of pods on each node.
func kubeadm(t *testing.T, c *cluster.Cluster, also registry.Versions) cluster.Setup {
	t.Helper()
	also.Kubernetes, also.Etcd = "k8s-1.36", "etcd-3.6"
	images, err := registry.Make(t.Context(), also)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", ":"+registryPort)
	if err != nil {
		t.Fatal(err)
	}
	server, err := registry.Serve(listener, images)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		t.Logf("images that the registry hasn't: %v", server.Missed())
		server.Close()
	})
	packages, err := repository.Make(t.Context(), "1.36")
	if err != nil {
		t.Fatal(err)
	}
	variables := packages.Variables()
	variables["khagen_worker_batch"] = "100%" // all at once, to save time
	return cluster.Setup{
		Adapt: func(h *topology.Host, spec *lab.HostSpec) {
			spec.Binds = packages.Binds()
			if h.IsNode() {
				spec.Files = append(spec.Files, conflist(slices.Index(c.Topology.Hosts, h)))
			}
		},
		Variables: variables,
	}
}

// administrator gives the path of the kubeconfig that kubeadm wrote on the host where it began.
func administrator(t *testing.T, c *cluster.Cluster, l *lab.Lab) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(l.Host(c.Topology.ControlPlanes[0].Name).Root(), "etc/kubernetes/admin.conf"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "admin.conf")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
