package systems

import (
	"context"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/playbook"
	"github.com/khagen/khagen/internal/topology"
)

// up brings a cluster up, and says where the time went.
func up(t *testing.T, c *cluster.Cluster, s cluster.Setup) *lab.Lab {
	t.Helper()
	l, runs, err := c.Up(t.Context(), s)
	for i, r := range runs {
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

// conflist is a network of pods on one node, which users bring: a part of the cluster's own.
func conflist(c *cluster.Cluster, h *topology.Host) lab.File {
	const text = `{"cniVersion": "1.0.0", "name": "lab", "plugins": [
{"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true, "ipam": {"type": "host-local",
 "ranges": [[{"subnet": "%s"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
{"type": "portmap", "capabilities": {"portMappings": true}}]}
`
	part := c.Topology.Spec.Kubernetes.Networking.PodCIDRs[0].Masked().Addr().As4()
	part[2] += byte(slices.Index(c.Topology.Hosts, h))
	return lab.File{Path: "/etc/cni/net.d/10-lab.conflist", Content: fmt.Appendf(nil, text, netip.PrefixFrom(netip.AddrFrom4(part), 24))}
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
// Where kubeadm runs control planes, their programs have to be of that version, too.
func nodes(t *testing.T, c *cluster.Cluster, admin string) {
	t.Helper()
	version := "v" + c.Topology.Spec.Kubernetes.Version
	var want, pods []string
	for _, h := range c.Topology.Hosts {
		if h.IsNode() {
			want = append(want, h.NodeName+" "+version+" True")
		}
		if h.Is(topology.RoleControlPlane) {
			pods = append(pods, "kube-apiserver:"+version, "kube-controller-manager:"+version, "kube-scheduler:"+version)
		}
	}
	const form = `jsonpath={range .items[*]}{.metadata.name} {.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}`
	become(t, want, func() []string { return strings.Split(kubectl(t, c, admin, "get", "nodes", "-o", form), "\n") })
	if c.Topology.Binaries() {
		return
	}
	const images = `jsonpath={range .items[*]}{.spec.containers[0].image}{"\n"}{end}`
	become(t, pods, func() []string {
		said := kubectl(t, c, admin, "--namespace", "kube-system", "get", "pods", "-l", "component in (kube-apiserver, kube-controller-manager, kube-scheduler)", "-o", images)
		var names []string
		for image := range strings.FieldsSeq(said) {
			names = append(names, path.Base(image))
		}
		return names
	})
}

// become waits until what is asked for is as wanted, in whatever order.
func become(t *testing.T, want []string, ask func() []string) {
	t.Helper()
	slices.Sort(want)
	var got []string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Second) {
		got = ask()
		if slices.Sort(got); slices.Equal(got, want) {
			return
		}
	}
	t.Errorf("there are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
}

func kubectl(t *testing.T, c *cluster.Cluster, admin string, args ...string) string {
	t.Helper()
	said, err := c.Kubectl(t.Context(), admin, args...)
	if err != nil {
		t.Error(err)
	}
	return said
}
