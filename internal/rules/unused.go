package rules

import (
	"slices"

	"github.com/khagen/khagen/internal/topology"
)

var unusedRules = []Rule{{
	ID: "KH006", Severity: Error,
	Title:   "every block of the definition has a use",
	Reason:  "What the chosen provider, placement or runtime doesn't read changes nothing, while it looks as if it did. Values that equal their defaults are fine, and so are the settings of what enabled: false switches off.",
	Hint:    "delete it",
	Source:  "the fields' documentation: khagen explain",
	cluster: checkUnused,
}}

// unused is a field that has no use in some clusters.
type unused struct {
	at   field
	when func(*topology.Cluster) bool // it has no use
	has  func(*topology.Cluster) bool // the definition has it; nil: whether its value is another than the default
	why  string                       // "has no use: …"
}

// unusedHost is the same for a field of a host; its way begins below the host.
type unusedHost struct {
	at   field
	when func(*topology.Host) bool
	has  func(*topology.Host) bool
	why  string
}

func checkUnused(c *topology.Cluster, f *found) {
	for _, u := range unusedFields {
		if !u.when(c) {
			continue
		}
		if u.has != nil && u.has(c) || u.has == nil && changed(c, u.at) {
			f.add(c, u.at, "has no use: %s", u.why)
		}
	}
	for _, h := range c.Hosts {
		for _, u := range unusedHostFields {
			if u.has(h) && u.when(h) {
				f.add(c, slices.Concat(field{"hosts", h.Name}, u.at), "has no use: %s", u.why)
			}
		}
	}
}

var unusedHostFields = []unusedHost{
	{field{"labels"}, isNoNode, func(h *topology.Host) bool { return len(h.Spec.Labels) > 0 }, "the host is no node"},
	{field{"taints"}, isNoNode, func(h *topology.Host) bool { return h.Spec.Taints != nil }, "the host is no node"},
	{field{"nodeName"}, isNoNode, func(h *topology.Host) bool { return h.Spec.NodeName != "" }, "the host is no node"},
	{field{"kubelet"}, isNoNode, func(h *topology.Host) bool { return len(h.Spec.Kubelet.Config)+len(h.Spec.Kubelet.ExtraArgs) > 0 }, "the host is no node"},
	{field{"vrrp"}, func(h *topology.Host) bool { return h.VRRPPriority == 0 }, func(h *topology.Host) bool {
		return h.Spec.VRRP.Priority != nil || h.Spec.VRRP.Interface != "" || h.Spec.VRRP.Address.IsValid()
	}, "the host carries no VIP by VRRP"},
}

func isNoNode(h *topology.Host) bool { return !h.IsNode() }

func noBalancer(c *topology.Cluster) bool { return !rendersBalancer(c) }

func keepalivedRuntime(c *topology.Cluster) string {
	if !usesKeepalived(c) {
		return ""
	}
	return c.Spec.VIP.Keepalived.Runtime
}

var unusedFields = slices.Concat(belowBalancer(), []unused{
	{
		field{"vip"},
		func(c *topology.Cluster) bool { return c.Spec.LoadBalancer.Placement == topology.PlacementExternal },
		func(c *topology.Cluster) bool { return c.Spec.VIP != nil }, "the balancer is someone else's, and so is its address",
	},
	{
		field{"vip", "keepalived"},
		func(c *topology.Cluster) bool {
			return c.Spec.VIP != nil && c.Spec.VIP.Provider == topology.ProviderKubeVIP
		},
		func(c *topology.Cluster) bool { return c.Spec.VIP.Keepalived != nil }, "the provider is kube-vip",
	},
	{
		field{"vip", "kubeVIP"},
		func(c *topology.Cluster) bool {
			return c.Spec.VIP != nil && c.Spec.VIP.Provider == topology.ProviderKeepalived
		},
		func(c *topology.Cluster) bool { return c.Spec.VIP.KubeVIP != nil }, "the provider is keepalived",
	},
	{
		field{"vip", "prefix6"},
		func(c *topology.Cluster) bool { return c.Spec.VIP != nil && !c.Spec.VIP.Address6.IsValid() },
		func(c *topology.Cluster) bool { return c.Spec.VIP.Prefix6 != nil }, "there is no address6",
	},
	{
		field{"vip", "keepalived", "image"},
		func(c *topology.Cluster) bool { return keepalivedRuntime(c) == topology.RuntimeSystemd },
		func(c *topology.Cluster) bool { return c.Spec.VIP.Keepalived.Image != "" }, "keepalived runs as the package's service",
	},
	{
		field{"vip", "keepalived", "check", "weight"},
		func(c *topology.Cluster) bool { return usesKeepalived(c) && !c.Spec.VIP.Keepalived.Preempt },
		func(c *topology.Cluster) bool { return c.Spec.VIP.Keepalived.Check.Weight != nil }, "without preemption a host whose check fails gives the VIP up by itself",
	},
	{field{"loadBalancer", "image"}, func(c *topology.Cluster) bool {
		return rendersBalancer(c) && c.Spec.LoadBalancer.Runtime == topology.RuntimeSystemd
	}, func(c *topology.Cluster) bool { return c.Spec.LoadBalancer.Image != "" }, "the balancer runs as the package's service"},
	{field{"loadBalancer", "engine"}, noContainer, nil, "the balancer runs in no container of its own"},
	{field{"loadBalancer", "containerPort"}, noContainer, func(c *topology.Cluster) bool { return c.Spec.LoadBalancer.ContainerPort != 0 }, "the balancer runs in no container of its own"},
	{
		field{"loadBalancer", "accessLog", "path"},
		func(c *topology.Cluster) bool { return rendersBalancer(c) && c.Spec.LoadBalancer.Proxy == "haproxy" },
		nil, "haproxy logs to the journal, or to the pod's output",
	},
	{
		field{"loadBalancer", "accessLog", "format"},
		func(c *topology.Cluster) bool { return rendersBalancer(c) && !c.Spec.LoadBalancer.AccessLog.Enabled },
		nil, "accessLog.enabled is false",
	},
	{field{"loadBalancer", "stats", "user"}, noStats, nil, "stats.enabled is false"},
	{field{"loadBalancer", "stats", "passwordSecret"}, noStats, nil, "stats.enabled is false"},
	{field{"loadBalancer", "stats", "metrics"}, noStats, nil, "stats.enabled is false"},
	{field{"loadBalancer", "stats", "address"}, noStats, nil, "stats.enabled is false"},
	{field{"loadBalancer", "stats", "port"}, noStats, nil, "stats.enabled is false"},
	{field{"loadBalancer", "stats", "path"}, noStats, nil, "stats.enabled is false"},
	{
		field{"etcd", "external"},
		func(c *topology.Cluster) bool { return c.Spec.Etcd.Topology != topology.EtcdExternal },
		func(c *topology.Cluster) bool { return c.Spec.Etcd.External != nil }, "etcd.topology is not external",
	},
	{field{"etcd", "paths"}, runsKubeadm, nil, "kubeadm has its own folders"},
	{field{"kubernetes", "paths"}, runsKubeadm, nil, "kubeadm has its own folders"},
	{
		field{"kubernetes", "join", "caCertHashes"},
		joinsByFile,
		func(c *topology.Cluster) bool { return len(c.Spec.Kubernetes.Join.CACertHashes) > 0 }, "the discovery file holds the CA itself",
	},
	{
		field{"kubernetes", "join", "tokenSecret"},
		joinsByFile,
		func(c *topology.Cluster) bool { return c.Spec.Kubernetes.Join.TokenSecret != "" }, "hosts join by the discovery file",
	},
	{
		field{"kubernetes", "kubeProxy", "config"},
		func(c *topology.Cluster) bool { return c.Spec.Kubernetes.KubeProxy.Mode == "none" },
		func(c *topology.Cluster) bool { return len(c.Spec.Kubernetes.KubeProxy.Config) > 0 }, "kubeProxy.mode is none",
	},
	{
		field{"kubernetes", "networking", "nodeCIDRMaskSizes", "ipv6"},
		func(c *topology.Cluster) bool { return !anyIPv6(c.Spec.Kubernetes.Networking.PodCIDRs) }, nil,
		"there is no IPv6 pod network",
	},
	{field{"machine", "etcHosts", "endpoint"}, func(c *topology.Cluster) bool {
		e := c.Spec.Machine.EtcHosts
		return e != nil && e.Endpoint && c.EndpointAddress == ""
	}, func(c *topology.Cluster) bool { return c.Spec.Wrote("machine", "etcHosts", "endpoint") }, "khagen doesn't know the address behind the endpoint; write it into entries"},
})

func noContainer(c *topology.Cluster) bool {
	return rendersBalancer(c) && c.Spec.LoadBalancer.Runtime != topology.RuntimeContainer
}

func noStats(c *topology.Cluster) bool {
	return rendersBalancer(c) && !c.Spec.LoadBalancer.Stats.Enabled
}

func runsKubeadm(c *topology.Cluster) bool {
	return c.Spec.Kubernetes.Install == topology.InstallKubeadm
}

func joinsByFile(c *topology.Cluster) bool {
	return c.Spec.Kubernetes.Join.Discovery == "file"
}

// belowBalancer are the fields that have no use where khagen renders no balancer.
func belowBalancer() []unused {
	var all []unused
	for _, name := range []string{
		"port", "bind", "proxy", "runtime", "image", "version", "engine", "containerPort", "balance", "healthCheck", "timeouts",
		"maxConnections", "accessLog", "stats",
	} {
		all = append(all, unused{field{"loadBalancer", name}, noBalancer, nil, "khagen renders no balancer here (loadBalancer.placement)"})
	}
	return all
}
