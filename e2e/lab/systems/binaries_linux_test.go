package systems

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/artifacts"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/repository"
	"github.com/khagen/khagen/e2e/playbook"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/topology"
)

// TestBinaryNginx has programs under systemd, etcd on hosts of mixed roles, and two hosts with nginx and keepalived in front.
func TestBinaryNginx(t *testing.T) {
	cluster.Need(t)
	c := render(t, "binary-nginx", cluster.Nodes)
	l := up(t, c, binaries(t, c))
	admin := c.Kubeconfig("super-admin")

	answers(t, c, admin)
	nodes(t, c, admin)
	members(t, c, l)
	fail(t, c, l, admin)
}

// render lays a reference system out for the lab, with what it needs there.
func render(t *testing.T, name string, needs cluster.Needs) *cluster.Cluster {
	t.Helper()
	repository, err := rendered.Repository()
	if err != nil {
		t.Fatal(err)
	}
	c, err := cluster.Render(t.Context(), t.TempDir(), filepath.Join(repository, "overlays", name), needs)
	if err != nil {
		t.Fatal(err)
	}
	return c
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
				spec.Files = append(spec.Files, conflist(slices.Index(c.Topology.Hosts, h)))
			}
		},
		Variables: variables,
	}
}

// up brings a cluster up, and says where the time went.
func up(t *testing.T, c *cluster.Cluster, s cluster.Setup) *lab.Lab {
	t.Helper()
	l, d, err := c.Up(t.Context(), s)
	for i, r := range []cluster.Result{d.First, d.Second} {
		t.Logf("site.yml, run %d: %v\n%s", i+1, r.Took.Round(time.Second), playbook.Longest(r.Steps, 25))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(cluster.Troubles(context.Background(), l)) // the test's own has ended
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// conflist is a network of pods on one node, which users bring.
func conflist(node int) lab.File {
	const text = `{"cniVersion": "1.0.0", "name": "lab", "plugins": [
{"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true, "ipam": {"type": "host-local",
 "ranges": [[{"subnet": "10.244.%d.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
{"type": "portmap", "capabilities": {"portMappings": true}}]}
`
	return lab.File{Path: "/etc/cni/net.d/10-lab.conflist", Content: fmt.Appendf(nil, text, node)}
}

// answers asks the API through the endpoint, and writes an object that the other API servers then have.
func answers(t *testing.T, c *cluster.Cluster, admin string) {
	t.Helper()
	if said := kubectl(t, c, admin, "get", "--raw", "/readyz"); said != "ok" {
		t.Errorf("/readyz through the endpoint: %s", said)
	}
	kubectl(t, c, admin, "create", "configmap", "written", "--from-literal=through=endpoint")
	for _, h := range c.Topology.ControlPlanes {
		server := "https://" + topology.HostPort(h.Address(), c.Topology.Spec.Kubernetes.APIServer.Port)
		if said := kubectl(t, c, admin, "--server", server, "get", "configmap", "written", "-o", "jsonpath={.data.through}"); said != "endpoint" {
			t.Errorf("%s has %q", h.Name, said)
		}
	}
}

// nodes waits until all nodes of a cluster, and no others, are ready at its version.
func nodes(t *testing.T, c *cluster.Cluster, admin string) {
	t.Helper()
	var want []string
	for _, h := range c.Topology.Hosts {
		if h.IsNode() {
			want = append(want, h.NodeName+" v"+c.Topology.Spec.Kubernetes.Version+" True")
		}
	}
	slices.Sort(want)
	const form = `jsonpath={range .items[*]}{.metadata.name} {.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}`
	var got []string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Second) {
		got = strings.Split(kubectl(t, c, admin, "get", "nodes", "-o", form), "\n")
		if slices.Sort(got); slices.Equal(got, want) {
			return
		}
	}
	t.Errorf("nodes are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
}

// members asks all members of etcd whether they are well, on one of them as READMEs say.
func members(t *testing.T, c *cluster.Cluster, l *lab.Lab) {
	t.Helper()
	first := c.Topology.EtcdMembers[0]
	said, err := l.Host(first.Name).Run(t.Context(), c.Topology.Spec.Etcd.Paths.Binaries+"/etcdctl",
		"--cacert", "/opt/etcd/ssl/ca.crt", "--cert", "/opt/etcd/ssl/healthcheck-client.crt", "--key", "/opt/etcd/ssl/healthcheck-client.key",
		"--endpoints", "https://"+first.EtcdAddress().String()+":2379", "endpoint", "health", "--cluster")
	if well := strings.Count(said, "is healthy"); err != nil || well != len(c.Topology.EtcdMembers) {
		t.Errorf("%d of %d members are healthy: %v\n%s", well, len(c.Topology.EtcdMembers), err, said)
	}
}

func kubectl(t *testing.T, c *cluster.Cluster, admin string, args ...string) string {
	t.Helper()
	said, err := c.Kubectl(t.Context(), admin, args...)
	if err != nil {
		t.Error(err)
	}
	return said
}
