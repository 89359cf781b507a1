package systems

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/internal/topology"
)

// TestKubeadmStacked has three control planes of kubeadm and a worker behind a balancer that someone else runs, whom all know by
// its DNS name. What the definition leaves to others is there: the balancer, as the cluster's README asks for it, and the key that
// the controller manager signs with. flannel is applied and finds no image; the nodes' network of pods is the lab's.
func TestKubeadmStacked(t *testing.T) {
	cluster.NeedLong(t)
	cluster.Need(t)
	const network = "192.168.80.0/24" // the definition has addresses alone
	needs := kubeadmNeeds(network, "registry.k8s.io").And(cluster.Needs{Fields: fmt.Sprintf("cluster: hostNetworks: [%q]\n", network)})
	c := cluster.Reference(t, "kubeadm-stacked", needs)
	at := netip.PrefixFrom(netip.MustParseAddr("192.168.80.100"), c.Client().Bits())

	s := kubeadm(t, c)
	s.Others = []lab.HostSpec{{Name: "balancer", Addresses: []netip.Prefix{at}, Files: externalBalancer(c)}}
	s.Names = map[string]netip.Addr{c.Topology.Spec.Endpoint.Host: at.Addr()}
	bring, authority := s.Adapt, signingKey(t, c)
	s.Adapt = func(h *topology.Host, spec *lab.HostSpec) {
		bring(h, spec)
		spec.Files = append(spec.Files, authority[h.Name]...)
	}
	l := up(t, c, s)
	admin := administrator(t, c, l, address(c, at.Addr()))
	answers(t, c, admin)
	nodes(t, c, admin)

	system := reached(t, c, l, admin)
	system.Notes = append(system.Notes, "The load balancer that someone else runs is "+balancerVersion(t, l)+" on a host of its own: "+
		"it takes one after the other, tests each second whether the port accepts connections, and leaves out whoever failed twice.")
	failSystem(t, system)
}

// externalBalancer is a balancer as the cluster's README asks for it: it passes TCP through, and tests whether ports accept
// connections.
func externalBalancer(c *cluster.Cluster) []lab.File {
	port := c.Topology.Spec.Endpoint.Port
	var text strings.Builder
	fmt.Fprintf(&text, `global
    log stdout format short local0

defaults
    mode tcp
    option redispatch 1 # a refused connection goes to another server at once
    timeout connect 1s
    timeout check 1s
    timeout client 1h
    timeout server 1h
    timeout client-fin 30s

frontend apiserver
    bind :%d
    default_backend control-planes

backend control-planes
    balance roundrobin
    default-server check inter 1s fall 2 rise 2 on-marked-down shutdown-sessions
`, port)
	for _, h := range c.Topology.ControlPlanes {
		fmt.Fprintf(&text, "    server %s %s\n", h.Name, topology.HostPort(h.Address(), c.Topology.Spec.Kubernetes.APIServer.Port))
	}
	return []lab.File{
		{Path: "/etc/haproxy/haproxy.cfg", Content: []byte(text.String())},
		{Path: "/etc/systemd/system/multi-user.target.d/balancer.conf", Content: []byte("[Unit]\nWants=haproxy.service\n")},
	}
}

func balancerVersion(t *testing.T, l *lab.Lab) string {
	t.Helper()
	said, err := l.Host("balancer").Run(t.Context(), "dpkg-query", "--show", "--showformat", "${Package} ${Version}", "haproxy")
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(said, "-") // what Debian adds
	return name
}

const authorityConfig = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: %s}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v%s
certificatesDir: %s
`

// signingKey is what lies on each control plane before kubeadm init: the key of the cluster's authority, where the controller manager
// looks for it. So the authority is made first, as users do, and kubeadm init finds it on the host where it begins.
func signingKey(t *testing.T, c *cluster.Cluster) map[string][]lab.File {
	t.Helper()
	programs, err := lab.Programs("k8s-" + c.Topology.Version.MajorMinor())
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	config := filepath.Join(folder, "config.yaml")
	// With flags alone it looks for a default route, and there is none here.
	text := fmt.Sprintf(authorityConfig, c.Topology.ControlPlanes[0].Address(), c.Topology.Spec.Kubernetes.Version, folder)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(programs, "kubeadm"), "init", "phase", "certs", "ca", "--config", config)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make an authority: %v: %s", err, output)
	}
	read := func(name string) []byte {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	files := map[string][]lab.File{}
	for _, h := range c.Topology.ControlPlanes {
		files[h.Name] = []lab.File{{Path: "/etc/kubernetes/keys/ca.key", Mode: 0o600, Content: read("ca.key")}}
	}
	first := c.Topology.ControlPlanes[0].Name
	files[first] = append(files[first],
		lab.File{Path: "/etc/kubernetes/pki/ca.crt", Content: read("ca.crt")},
		lab.File{Path: "/etc/kubernetes/pki/ca.key", Mode: 0o600, Content: read("ca.key")})
	return files
}
