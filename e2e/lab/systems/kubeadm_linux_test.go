package systems

import (
	"os"
	"path/filepath"
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
	c := cluster.Reference(t, "kubespray-haproxy", cluster.Nodes.And(cluster.Kubeadm, cluster.Mirror("http://10.10.10.254:"+registryPort, "registry.k8s.io")))
	l := up(t, c, kubeadm(t, c))
	admin := administrator(t, c, l)
	answers(t, c, admin)
	nodes(t, c, admin)
	fail(t, c, l, admin)
}

// kubeadm is what clusters of kubeadm find: packages, images, and a network of pods on each node.
func kubeadm(t *testing.T, c *cluster.Cluster) cluster.Setup {
	t.Helper()
	minor := c.Topology.Version.MajorMinor()
	images, err := registry.Make(t.Context(), registry.Versions{Kubernetes: "k8s-" + minor, Etcd: "etcd-3.6"})
	if err != nil {
		t.Fatal(err)
	}
	serve(t, images)
	packages, err := repository.Make(t.Context(), minor)
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
