package systems

import (
	"maps"
	"strings"
	"testing"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/artifacts"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/repository"
	"github.com/khagen/khagen/internal/topology"
)

// TestBinaryNginx has programs under systemd, etcd on hosts of mixed roles, and two hosts with nginx and keepalived in front.
func TestBinaryNginx(t *testing.T) {
	cluster.Need(t)
	c := cluster.Reference(t, "binary-nginx", cluster.Nodes)
	l := up(t, c, binaries(t, c))
	admin := c.Kubeconfig("super-admin")

	answers(t, c, admin)
	nodes(t, c, admin)
	members(t, c, l)
	fail(t, c, l, admin)
}

// binaries is what clusters of programs find: those that e2e/tools built, and a network of pods on each node.
func binaries(t *testing.T, c *cluster.Cluster) cluster.Setup {
	t.Helper()
	bin, err := lab.Programs("")
	if err != nil {
		t.Fatal(err)
	}
	packages, err := repository.Make(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := artifacts.Lay(folder, bin, c.Programs()); err != nil {
		t.Fatal(err)
	}
	kubectl, err := c.KubectlProgram()
	if err != nil {
		t.Fatal(err)
	}
	variables := packages.Variables()
	maps.Copy(variables, map[string]any{"khagen_artifacts": folder, "khagen_kubectl": kubectl, "khagen_worker_batch": "100%"})
	return cluster.Setup{
		Adapt: func(h *topology.Host, spec *lab.HostSpec) {
			if h.IsNode() {
				spec.Binds = packages.Binds()
				spec.Files = append(spec.Files, conflist(c, h))
			}
		},
		Variables: variables,
		Single:    short(), // e2e/ansible delivers it twice
	}
}

// members asks all members of etcd whether they are well, on one of them as READMEs say.
func members(t *testing.T, c *cluster.Cluster, l *lab.Lab) {
	t.Helper()
	first, client := c.Topology.EtcdMembers[0], c.Topology.EtcdPKIFile("healthcheck-client")
	said, err := l.Host(first.Name).Run(t.Context(), c.Topology.Program("etcdctl"),
		"--cacert", c.Topology.EtcdPKIFile("ca.crt"), "--cert", client+".crt", "--key", client+".key",
		"--endpoints", "https://"+first.EtcdAddress().String()+":2379", "endpoint", "health", "--cluster")
	if well := strings.Count(said, "is healthy"); err != nil || well != len(c.Topology.EtcdMembers) {
		t.Errorf("%d of %d members are healthy: %v\n%s", well, len(c.Topology.EtcdMembers), err, said)
	}
}
