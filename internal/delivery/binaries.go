package delivery

import (
	"net"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/template"
	"github.com/khagen/khagen/internal/topology"
)

var (
	binaries = template.Embedded(templates, "templates/binaries.md.tmpl")
	running  = template.Embedded(templates, "templates/running.md.tmpl")
)

type (
	// startStep is what is started at the same time.
	startStep struct {
		Units []string
		Hosts string
	}
	// etcdctlPaths are what etcdctl needs on a member.
	etcdctlPaths struct{ Program, Endpoints, CA, Login string }
)

// binariesWay tells how a cluster without kubeadm comes to life, and how it changes later.
func binariesWay(c *topology.Cluster) (string, error) {
	k := c.Spec.Kubernetes
	data := map[string]any{
		"Name": c.Spec.Name, "DockerPackages": usesDockerPackages(c), "Steps": startSteps(c), "Etcd": c.RunsEtcd(),
		"Etcdctl": etcdctlPaths{
			c.Program("etcdctl"), strings.Join(c.EtcdEndpoints(), ","), c.EtcdPKIFile("ca.crt"), c.EtcdPKIFile("healthcheck-client"),
		},
		"Token": "", "Kubeconfig": c.ConfigFile("kubelet.kubeconfig"), "IPv6": c.Primary() == topology.IPv6, "EtcdLocal": "https://" + net.JoinHostPort(c.Loopback().String(), topology.EtcdClientPort),
		"EtcdFlags": c.FlagsFile("etcd"), "EtcdInitial": c.EtcdInitialFile(), "WAL": hasWAL(c),
		"PodCIDRs": podCIDRs(c), "NoProxy": !c.RunsKubeProxy(), "ExternalEtcd": c.Spec.Etcd.Topology == topology.EtcdExternal,
		"Runtime": bringsRuntime(c), "Socket": topology.ContainerdSocket, "Quadlet": usesQuadlet(c),
		"APIServerPort": k.APIServer.Port, "Apart": hostsThat(c, isApart),
	}
	if c.JoinsByToken() {
		data["Token"] = k.Join.TokenSecret
	}
	text, err := binaries().Render(data)
	if err != nil {
		return "", err
	}
	later, err := running().Render(data)
	return strings.TrimSpace(string(text)) + "\n\n" + strings.TrimSpace(string(later)), err
}

// isApart says whether the host is a control plane that no pod's address leads from: neither a CNI nor kube-proxy runs there.
func isApart(h *topology.Host) bool { return h.Is(topology.RoleControlPlane) && !h.IsNode() }

// usesQuadlet says whether podman makes the balancer's unit of a file: started, though never enabled.
func usesQuadlet(c *topology.Cluster) bool { return slices.ContainsFunc(c.LoadBalancers, isQuadlet) }

func isQuadlet(h *topology.Host) bool {
	return h.IsLoadBalancer() && h.UsesQuadlet() && h.Cluster.Spec.LoadBalancer.Runtime == topology.RuntimeContainer
}

func hasWAL(c *topology.Cluster) bool {
	return slices.ContainsFunc(c.EtcdMembers, func(h *topology.Host) bool { return h.EtcdWALDir() != "" })
}

func podCIDRs(c *topology.Cluster) string {
	var all []string
	for _, p := range c.Spec.Kubernetes.Networking.PodCIDRs {
		all = append(all, "`"+p.String()+"`")
	}
	return strings.Join(all, " and ")
}

// startSteps groups the units of components in the order in which they need each other.
func startSteps(c *topology.Cluster) []startStep {
	balancer := []string{
		topology.Unit(c.Spec.LoadBalancer.Proxy), topology.Unit(topology.BalancerContainer), topology.Unit("keepalived"),
	}
	var steps []startStep
	for _, units := range [][]string{
		{topology.Unit("etcd")},
		balancer,
		{topology.Unit("kube-apiserver"), topology.Unit("kube-controller-manager"), topology.Unit("kube-scheduler")},
		{topology.Unit("kubelet"), topology.Unit("kube-proxy")},
	} {
		if s := stepOf(c, units); len(s.Units) > 0 {
			steps = append(steps, s)
		}
	}
	return steps
}

// stepOf has those of the units that some host has.
func stepOf(c *topology.Cluster, units []string) startStep {
	has := map[string]bool{}
	var hosts []string
	for _, h := range c.Hosts {
		own := h.Units
		if isQuadlet(h) {
			own = append(slices.Clone(own), topology.Unit(topology.BalancerContainer))
		}
		concerned := false
		for _, u := range units {
			if slices.Contains(own, u) {
				has[u], concerned = true, true
			}
		}
		if concerned {
			hosts = append(hosts, h.Name)
		}
	}
	s := startStep{Hosts: strings.Join(hosts, ", ")}
	for _, u := range units {
		if has[u] {
			s.Units = append(s.Units, u)
		}
	}
	return s
}
