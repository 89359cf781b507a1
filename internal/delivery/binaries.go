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
		"Name": c.Spec.Name, "RuntimePackages": runtimePackages(c), "Steps": startSteps(c), "Etcd": c.RunsEtcd(),
		"Etcdctl": etcdctlOf(c), "VRRP": len(c.VRRPPeers) > 0, "KubeVIP": len(c.KubeVIPs) > 0, "IPv6": c.Primary() == topology.IPv6,
		"Token": "", "Direct": "", "Kubeconfig": c.ConfigFile("kubelet.kubeconfig"),
		"EtcdLocal": etcdLocal(c),
		"EtcdFlags": c.FlagsFile("etcd"), "EtcdInitial": c.EtcdInitialFile(), "WAL": hasWAL(c),
		"PodCIDRs": podCIDRs(c), "NoProxy": !c.RunsKubeProxy(), "ExternalEtcd": c.Spec.Etcd.Topology == topology.EtcdExternal,
		"Runtimes": bringsRuntime(c), "Quadlets": quadlets(c),
		"APIServerPort": k.APIServer.Port, "Apart": hostsThat(c, isApart),
		"Preempts": preempts(c), "Pods": staticPods(c),
	}
	if c.JoinsByToken() {
		data["Token"] = k.Join.TokenSecret
	}
	if c.AnswersARP() && len(c.Backends) > 0 {
		data["Direct"] = "https://" + c.Backends[0].HostPort()
	}
	text, err := binaries().Render(data)
	if err != nil {
		return "", err
	}
	later, err := running().Render(data)
	return strings.TrimSpace(string(text)) + "\n\n" + strings.TrimSpace(string(later)), err
}

func etcdctlOf(c *topology.Cluster) etcdctlPaths {
	return etcdctlPaths{
		c.Program("etcdctl"), strings.Join(c.EtcdEndpoints(), ","), c.EtcdPKIFile("ca.crt"), c.EtcdPKIFile("healthcheck-client"),
	}
}

// isApart says whether the host is a control plane that no pod's address leads from: neither a CNI nor kube-proxy runs there.
func isApart(h *topology.Host) bool { return h.Is(topology.RoleControlPlane) && !h.IsNode() }

// preempts says whether the VIP leaves a host for one with a higher priority.
func preempts(c *topology.Cluster) bool {
	return len(c.VRRPPeers) > 0 && c.Spec.VIP.Keepalived.Preempt
}

// staticPods are the manifests of what carries the VIP and balances, in words and in the order in which they go: who
// balances no longer shouldn't carry the VIP. Empty where the kubelet runs neither.
func staticPods(c *topology.Cluster) string {
	var all []string
	if len(c.VRRPPeers) > 0 && c.Spec.VIP.Keepalived.Runtime == topology.RuntimeStaticPod {
		all = append(all, "`keepalived.yaml`")
	}
	if lb := c.Spec.LoadBalancer; len(c.LoadBalancers) > 0 && lb.Runtime == topology.RuntimeStaticPod {
		all = append(all, "`"+lb.Proxy+".yaml`")
	}
	return strings.Join(all, ", then ")
}

// quadlets are the units that podman makes of files, in words: started, though never enabled. Empty where there are none;
// with names of hosts where others have units of khagen's for the same.
func quadlets(c *topology.Cluster) string {
	var all []string
	for _, name := range []string{topology.BalancerContainer, topology.KeepalivedContainer} {
		unit := topology.Unit(name)
		if slices.ContainsFunc(c.Hosts, func(h *topology.Host) bool { return slices.Contains(quadletsOf(h), unit) }) {
			all = append(all, "`"+unit+"`")
		}
	}
	text := strings.Join(all, " and ")
	with := hostsThat(c, func(h *topology.Host) bool { return len(quadletsOf(h)) > 0 })
	if len(all) > 0 && with != hostsThat(c, func(h *topology.Host) bool { return len(h.Containers()) > 0 }) {
		text += " on " + with
	}
	return text
}

// quadletsOf are those of a host, without quotes.
func quadletsOf(h *topology.Host) []string {
	var units []string
	for _, name := range h.Containers() {
		if h.UsesQuadlet() {
			units = append(units, topology.Unit(name))
		}
	}
	return units
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
		topology.Unit(c.Spec.LoadBalancer.Proxy), topology.Unit(topology.BalancerContainer),
		topology.Unit("keepalived"), topology.Unit(topology.KeepalivedContainer),
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
		own := slices.Concat(h.Units, quadletsOf(h))
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

// etcdLocal is where a member serves the clients of its own host.
func etcdLocal(c *topology.Cluster) string {
	return "https://" + net.JoinHostPort(c.Loopback().String(), topology.EtcdClientPort)
}
