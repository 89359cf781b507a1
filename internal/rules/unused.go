package rules

import (
	"slices"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
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
	{field{"labels"}, isNoNode, func(h *topology.Host) bool { return len(h.Spec.Labels) > 0 }, noNode},
	{field{"taints"}, isNoNode, func(h *topology.Host) bool { return h.Spec.Taints != nil }, noNode},
	{field{"kubelet"}, isNoNode, func(h *topology.Host) bool { return len(h.Spec.Kubelet.Config)+len(h.Spec.Kubelet.ExtraArgs) > 0 }, noNode},
	{field{"nodeName"}, func(h *topology.Host) bool {
		return isNoNode(h) && !h.Is(topology.RoleControlPlane) && !h.IsEtcdMember()
	}, func(h *topology.Host) bool { return h.Spec.NodeName != "" }, "the host is no node, and no certificate names it"},
	{field{"etcd"}, func(h *topology.Host) bool {
		return !h.IsEtcdMember() && !h.Is(topology.RoleEtcd) // of the role says KH013
	}, func(h *topology.Host) bool {
		return h.Spec.Etcd != schema.HostEtcd{}
	}, "no member of etcd runs on the host"},
	{
		field{"machine", "httpProxy"},
		func(h *topology.Host) bool { return !usesProxy(h) },
		func(h *topology.Host) bool { return h.Spec.Machine.HTTPProxy != nil }, nothingPulls,
	},
	{field{"vrrp"}, func(h *topology.Host) bool { return h.VRRPPriority == 0 }, func(h *topology.Host) bool {
		return h.Spec.VRRP.Priority != nil || h.Spec.VRRP.Interface != "" || h.Spec.VRRP.Address.IsValid()
	}, "the host carries no VIP by VRRP"},
	{field{"bgp"}, func(h *topology.Host) bool {
		return !h.Cluster.SpeaksBGP() || !slices.Contains(h.Cluster.KubeVIPs, h)
	}, func(h *topology.Host) bool { return h.Spec.BGP != schema.HostBGP{} }, "the host announces no VIP by BGP"},
	{field{"vrrp", "address"}, func(h *topology.Host) bool {
		return h.VRRPPriority != 0 && !hasVIP(h.Cluster, topology.FamilyOf(h.Spec.VRRP.Address))
	}, hasVRRPAddress, "there is no VIP of its family"},
	{field{"vrrp", "address"}, func(h *topology.Host) bool {
		return h.VRRPPriority != 0 && isMulticast(h.Cluster) && topology.FamilyOf(h.Spec.VRRP.Address) == topology.IPv6 && hasVIP(h.Cluster, topology.IPv6)
	}, hasVRRPAddress, "multicast VRRP of IPv6 comes from the interface's link-local address"},
}

func hasVRRPAddress(h *topology.Host) bool { return h.Spec.VRRP.Address.IsValid() }

// hasVIP says whether the cluster has a virtual address of a family.
func hasVIP(c *topology.Cluster, f topology.Family) bool {
	return slices.ContainsFunc(c.VIPs, func(v topology.VIP) bool { return topology.FamilyOf(v.Address) == f })
}

// noNode is why settings of a Node have no use.
const noNode = "the host is no node; without kubeadm control planes are nodes only where they are workers too"

// nothingPulls is why a proxy has no use.
const nothingPulls = "nothing that khagen manages pulls images"

func usesProxy(h *topology.Host) bool { return len(h.ProxyUnits()) > 0 }

// encryptsBy says whether one of these encrypts.
func encryptsBy(providers ...string) func(*topology.Cluster) bool {
	return func(c *topology.Cluster) bool {
		e := c.Spec.Kubernetes.APIServer.Encryption
		return e != nil && slices.Contains(providers, e.Provider)
	}
}

func isNoNode(h *topology.Host) bool { return !h.IsNode() }

func noBalancer(c *topology.Cluster) bool { return !rendersBalancer(c) }

func keepalivedRuntime(c *topology.Cluster) string {
	if !usesKeepalived(c) {
		return ""
	}
	return c.Spec.VIP.Keepalived.Runtime
}

var unusedFields = slices.Concat(belowBalancer(), belowEtcd(), belowNginx, kubeadmAlone(), []unused{
	{
		field{"vip"},
		func(c *topology.Cluster) bool { return c.Spec.LoadBalancer.Placement == topology.PlacementExternal },
		func(c *topology.Cluster) bool { return c.Spec.VIP != nil }, "the balancer is someone else's, and so is its address",
	},
	{
		field{"vip"},
		(*topology.Cluster).NodeLocal,
		func(c *topology.Cluster) bool { return c.Spec.VIP != nil }, "each worker has a balancer of its own, and nobody connects to a virtual address",
	},
	{
		field{"loadBalancer", "bind"},
		(*topology.Cluster).NodeLocal, nil,
		"balancers on workers listen on the loopback",
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
		field{"vip", "kubeVIP", "lease"},
		(*topology.Cluster).SpeaksBGP, nil, "by BGP all control planes announce the VIP, and none is elected",
	},
	{
		field{"vip", "kubeVIP", "bgp"},
		(*topology.Cluster).AnswersARP,
		func(c *topology.Cluster) bool { return c.Spec.VIP.KubeVIP.BGP != nil }, `kubeVIP.mode is "arp"`,
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
		field{"vip", "keepalived", "authSecret"},
		func(c *topology.Cluster) bool { return usesKeepalived(c) && !hasVIP(c, topology.IPv4) },
		func(c *topology.Cluster) bool { return c.Spec.VIP.Keepalived.AuthSecret != "" },
		"VRRPv3, by which an IPv6 address is carried, knows no authentication",
	},
	{
		field{"vip", "keepalived", "check", "weight"},
		func(c *topology.Cluster) bool { return usesKeepalived(c) && !c.Spec.VIP.Keepalived.Preempt },
		func(c *topology.Cluster) bool { return c.Spec.VIP.Keepalived.Check.Weight != nil }, "without preemption a host whose check fails gives the VIP up by itself",
	},
	{field{"loadBalancer", "image"}, func(c *topology.Cluster) bool {
		return rendersBalancer(c) && c.Spec.LoadBalancer.Runtime == topology.RuntimeSystemd
	}, func(c *topology.Cluster) bool { return c.Spec.LoadBalancer.Image != "" }, "the balancer runs as the package's service"},
	{
		field{"loadBalancer", "engine"},
		func(c *topology.Cluster) bool { return rendersBalancer(c) && !runsContainers(c) }, nil,
		"neither the balancer nor keepalived runs in a container of its own",
	},
	{field{"loadBalancer", "containerPort"}, noContainer, func(c *topology.Cluster) bool { return c.Spec.LoadBalancer.ContainerPort != 0 }, "the balancer runs in no container of its own"},
	{
		field{"loadBalancer", "accessLog", "path"},
		func(c *topology.Cluster) bool {
			lb := c.Spec.LoadBalancer
			return rendersBalancer(c) && (lb.Proxy == "haproxy" || lb.Runtime != topology.RuntimeSystemd)
		},
		nil, "haproxy, and nginx in a container, write to their output, which the journal or the pod's log has",
	},
	{
		field{"loadBalancer", "accessLog", "format"},
		func(c *topology.Cluster) bool { return rendersBalancer(c) && !c.Spec.LoadBalancer.AccessLog.Enabled },
		nil, "accessLog.enabled is false",
	},
	{field{"loadBalancer", "extraConfig", "haproxy"}, balancesWithNginx, nil, `the proxy is "nginx"`},
	{field{"loadBalancer", "extraConfig", "nginx"}, (*topology.Cluster).BalancesByHAProxy, nil, `the proxy is "haproxy"`},
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
	{
		field{"etcd", "paths"},
		func(c *topology.Cluster) bool { return len(c.EtcdMembers) > 0 && !c.RunsEtcd() }, nil,
		`kubeadm runs etcd, and has its own folders`,
	},
	{field{"kubernetes", "paths"}, runsKubeadm, nil, "kubeadm has its own folders"},
	{
		field{"kubernetes", "apiServer", "encryption", "keys"},
		encryptsBy("kms"),
		func(c *topology.Cluster) bool { return len(c.Spec.Kubernetes.APIServer.Encryption.Keys) > 0 }, "the KMS plugin has its own key",
	},
	{
		field{"kubernetes", "apiServer", "encryption", "kms"},
		encryptsBy("secretbox", "aescbc"),
		func(c *topology.Cluster) bool { return c.Spec.Kubernetes.APIServer.Encryption.KMS != nil }, `encryption.provider is not "kms"`,
	},
	{
		field{"kubernetes", "apiServer", "oidc", "groupsPrefix"},
		func(c *topology.Cluster) bool {
			o := c.Spec.Kubernetes.APIServer.OIDC
			return o != nil && o.GroupsClaim == ""
		},
		func(c *topology.Cluster) bool { return c.Spec.Kubernetes.APIServer.OIDC.GroupsPrefix != "" }, "no groupsClaim is named",
	},
	{
		field{"machine", "httpProxy"},
		func(c *topology.Cluster) bool {
			return c.Spec.Machine.HTTPProxy != nil && !slices.ContainsFunc(c.Hosts, usesProxy)
		},
		func(*topology.Cluster) bool { return true }, nothingPulls,
	},
	{
		field{"kubernetes", "join", "caCertHashes"},
		func(c *topology.Cluster) bool { return c.Binaries() || !c.JoinsByToken() },
		func(c *topology.Cluster) bool { return len(c.Spec.Kubernetes.Join.CACertHashes) > 0 }, "hosts have the CA itself: in the discovery file, or without kubeadm from khagen pki",
	},
	{
		field{"kubernetes", "join", "tokenSecret"},
		func(c *topology.Cluster) bool { return !c.JoinsByToken() },
		func(c *topology.Cluster) bool { return c.Spec.Kubernetes.Join.TokenSecret != "" }, `join.discovery is not "token"`,
	},
	{
		field{"kubernetes", "kubeProxy", "config"},
		func(c *topology.Cluster) bool { return !c.RunsKubeProxy() },
		func(c *topology.Cluster) bool { return len(c.Spec.Kubernetes.KubeProxy.Config) > 0 }, "kubeProxy.mode is none",
	},
	{
		field{"kubernetes", "networking", "nodeCIDRMaskSizes", "ipv6"},
		func(c *topology.Cluster) bool { return !c.Has(topology.IPv6) }, nil, "there is no IPv6 pod network",
	},
	{
		field{"kubernetes", "networking", "nodeCIDRMaskSizes", "ipv4"},
		func(c *topology.Cluster) bool { return !c.Has(topology.IPv4) }, nil, "there is no IPv4 pod network",
	},
	{field{"machine", "etcHosts", "endpoint"}, func(c *topology.Cluster) bool {
		e := c.Spec.Machine.EtcHosts
		return e != nil && e.Endpoint && len(c.EndpointAddresses) == 0 && !c.NodeLocal()
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

// kubeadmAlone are the fields that have no use without kubeadm.
func kubeadmAlone() []unused {
	binaries := (*topology.Cluster).Binaries
	volumes := "without kubeadm components see the host's files as they are"
	return []unused{
		{
			field{"bootstrapHost"},
			binaries, func(c *topology.Cluster) bool { return c.Spec.BootstrapHost != "" },
			"without kubeadm nobody runs kubeadm init",
		},
		{
			field{"kubernetes", "featureGates"},
			binaries,
			func(c *topology.Cluster) bool { return len(c.Spec.Kubernetes.FeatureGates) > 0 },
			"these are kubeadm's own; gates of Kubernetes belong into extraArgs: feature-gates",
		},
		{
			field{"kubernetes", "apiServer", "extraVolumes"},
			binaries,
			func(c *topology.Cluster) bool { return len(c.Spec.Kubernetes.APIServer.ExtraVolumes) > 0 }, volumes,
		},
		{
			field{"kubernetes", "controllerManager", "extraVolumes"},
			binaries,
			func(c *topology.Cluster) bool { return len(c.Spec.Kubernetes.ControllerManager.ExtraVolumes) > 0 }, volumes,
		},
		{
			field{"kubernetes", "scheduler", "extraVolumes"},
			binaries,
			func(c *topology.Cluster) bool { return len(c.Spec.Kubernetes.Scheduler.ExtraVolumes) > 0 }, volumes,
		},
	}
}

// belowEtcd are the fields that have no use where etcd is someone else's.
func belowEtcd() []unused {
	external := func(c *topology.Cluster) bool { return c.Spec.Etcd.Topology == topology.EtcdExternal }
	why := "etcd is someone else's (etcd.topology)"
	all := []unused{{
		field{"etcd", "extraArgs"},
		external,
		func(c *topology.Cluster) bool { return len(c.Spec.Etcd.ExtraArgs) > 0 }, why,
	}}
	for _, name := range []string{"version", "dataDir", "walDir", "token", "heartbeatInterval", "electionTimeout", "quotaBackendGiB", "paths"} {
		all = append(all, unused{field{"etcd", name}, external, nil, why})
	}
	return all
}

// belowBalancer are the fields that have no use where khagen renders no balancer.
func belowBalancer() []unused {
	why := "khagen renders no balancer here (loadBalancer.placement)"
	var all []unused
	for _, name := range []string{
		"port", "bind", "proxy", "runtime", "image", "version", "containerPort", "balance", "healthCheck", "timeouts",
		"maxConnections", "accessLog", "stats", "extraConfig",
	} {
		all = append(all, unused{field{"loadBalancer", name}, noBalancer, nil, why})
	}
	return append(all, unused{
		field{"loadBalancer", "engine"}, func(c *topology.Cluster) bool { return noBalancer(c) && !runsContainers(c) }, nil, why,
	})
}
