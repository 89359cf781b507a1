package rules

import (
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

var unsupportedRules = []Rule{{
	ID: "KH005", Severity: Error,
	Title:   "khagen renders what the definition asks for",
	Reason:  "The definition's shape is complete, what is rendered from it is not yet: a value that would change nothing must not look as if it did.",
	Hint:    "leave the field out",
	Source:  "docs/rules.md",
	cluster: checkUnsupported,
}}

// unsupported is a value of the definition that nothing renders yet.
type unsupported struct {
	at      field
	used    func(*topology.Cluster) bool
	what    string // "%s is not supported yet"
	instead string
}

// unsupportedHost is the same for a field of a host; its way begins below the host.
type unsupportedHost struct {
	at      field
	used    func(*topology.Host) bool
	what    string
	instead string
}

// unsupportedMachine is the same for a field that a cluster and each host can set.
type unsupportedMachine struct {
	at      field
	used    func(machineFields) bool
	what    string
	instead string
}

// machineFields are what cluster.machine and a host's machine have in common.
type machineFields struct {
	os, runtime string
	registries  map[string]schema.Registry
	proxy       *schema.HTTPProxy
}

func checkUnsupported(c *topology.Cluster, f *found) {
	for _, u := range unsupportedFields {
		if u.used(c) {
			f.add(c, u.at, "%s is not supported yet", u.what).mend("%s", u.instead)
		}
	}
	m := c.Spec.Machine
	checkMachine(c, field{"machine"}, machineFields{m.OS, m.ContainerRuntime.Name, m.Registries, m.HTTPProxy}, f)
	for _, h := range c.Hosts {
		below := field{"hosts", h.Name}
		for _, u := range unsupportedHostFields {
			if u.used(h) {
				f.add(c, slices.Concat(below, u.at), "%s is not supported yet", u.what).mend("%s", u.instead)
			}
		}
		m := h.Spec.Machine
		checkMachine(c, append(below, "machine"), machineFields{m.OS, m.ContainerRuntime.Name, m.Registries, m.HTTPProxy}, f)
	}
}

func checkMachine(c *topology.Cluster, below field, m machineFields, f *found) {
	for _, u := range unsupportedMachineFields {
		if u.used(m) {
			f.add(c, slices.Concat(below, u.at), "%s is not supported yet", u.what).mend("%s", u.instead)
		}
	}
}

var unsupportedMachineFields = []unsupportedMachine{
	{
		field{"os"},
		func(m machineFields) bool { return strings.HasPrefix(m.os, "rhel-") },
		"an operating system of the RHEL family", "use debian-12, debian-13, ubuntu-22.04 or ubuntu-24.04",
	},
	{
		field{"containerRuntime", "name"},
		func(m machineFields) bool { return m.runtime == "cri-o" },
		"cri-o", `use name: "containerd"`,
	},
	{
		field{"httpProxy"},
		func(m machineFields) bool { return m.proxy != nil },
		"an HTTP proxy", "leave the field out; a drop-in of your own for containerd.service can set it",
	},
}

var unsupportedHostFields = []unsupportedHost{
	{
		field{"state"},
		func(h *topology.Host) bool {
			return !h.Cluster.Binaries() && h.Spec.State != "" && h.Spec.State != "active"
		},
		"a host that is joining or leaving, under kubeadm,", "leave state out; add or delete the host's entry",
	},
	{
		field{"bgp"},
		func(h *topology.Host) bool { return h.Spec.BGP != schema.HostBGP{} },
		"BGP", "leave bgp out",
	},
	{field{"etcd"}, func(h *topology.Host) bool {
		return !h.Cluster.Binaries() && h.Spec.Etcd != schema.HostEtcd{}
	}, "an etcd member of its own settings, which kubeadm can't make,", "leave etcd out: the member has the host's address and etcd.dataDir"},
}

var unsupportedFields = []unsupported{
	{
		field{"kubernetes", "version"},
		func(c *topology.Cluster) bool { return !c.Version.AtLeast(1, 31) },
		"Kubernetes before 1.31", "use 1.31 or newer",
	},
	{
		field{"kubernetes", "apiServer", "bind"},
		func(c *topology.Cluster) bool { return !c.Binaries() && c.Spec.Kubernetes.APIServer.Bind == "address" },
		"an API server of kubeadm's that listens on one address", `use bind: "all", and another port for a balancer on the same host`,
	},
	{
		field{"kubernetes", "apiServer", "oidc"},
		func(c *topology.Cluster) bool { return c.Spec.Kubernetes.APIServer.OIDC != nil },
		"OIDC", "leave oidc out",
	},
	{
		field{"kubernetes", "apiServer", "encryption"},
		func(c *topology.Cluster) bool {
			e := c.Spec.Kubernetes.APIServer.Encryption
			return e != nil && !c.Binaries()
		},
		"encryption at rest under kubeadm", "leave encryption out; a file of your own can be named by extraArgs: encryption-provider-config",
	},
	{
		field{"kubernetes", "apiServer", "encryption", "provider"},
		func(c *topology.Cluster) bool {
			e := c.Spec.Kubernetes.APIServer.Encryption
			return e != nil && c.Binaries() && e.Provider == "kms"
		},
		"encryption at rest by a KMS plugin", `use provider: "secretbox"; or leave encryption out and name a file of your own by extraArgs: encryption-provider-config`,
	},
	{
		field{"kubernetes", "join", "discovery"},
		func(c *topology.Cluster) bool { return !c.Binaries() && c.JoinsByToken() },
		"kubeadm's join by token", `use discovery: "file"`,
	},
	{
		field{"kubernetes", "certificates", "caKeyOnHosts"},
		func(c *topology.Cluster) bool { return !c.Binaries() && !c.Spec.Kubernetes.Certificates.CAKeyOnHosts },
		"an external CA of kubeadm's", "leave caKeyOnHosts out",
	},
	{field{"vip", "provider"}, func(c *topology.Cluster) bool {
		return c.Spec.VIP != nil && c.Spec.VIP.Provider == topology.ProviderKubeVIP
	}, "kube-vip", `use provider: "keepalived"`},
	{field{"vip", "keepalived", "runtime"}, func(c *topology.Cluster) bool {
		return c.Spec.VIP != nil && c.Spec.VIP.Keepalived != nil && c.Spec.VIP.Keepalived.Runtime == topology.RuntimeContainer
	}, "keepalived in a container outside Kubernetes", `use runtime: "systemd" or "static-pod"`},
	{field{"loadBalancer", "placement"}, func(c *topology.Cluster) bool {
		return c.Spec.LoadBalancer.Placement == topology.PlacementNodeLocal
	}, "a balancer on every worker", `use placement: "control-plane" or "hosts"`},
	{field{"loadBalancer", "runtime"}, func(c *topology.Cluster) bool {
		lb := c.Spec.LoadBalancer
		return rendersBalancer(c) && lb.Runtime == topology.RuntimeContainer && lb.Proxy == "haproxy"
	}, "haproxy in a container outside Kubernetes", `use runtime: "systemd" or "static-pod", or proxy: "nginx"`},
	{
		field{"loadBalancer", "bind"},
		func(c *topology.Cluster) bool { return rendersBalancer(c) && c.Spec.LoadBalancer.Bind == "vip" },
		"a balancer that listens on the VIP alone", `use bind: "all"`,
	},
	{
		field{"etcd", "topology"},
		func(c *topology.Cluster) bool { return !c.Binaries() && c.Spec.Etcd.Topology != topology.EtcdStacked },
		"etcd outside the control planes, under kubeadm,", `use topology: "stacked"`,
	},
	{
		field{"etcd", "version"},
		func(c *topology.Cluster) bool { return !c.Binaries() && c.Spec.Etcd.Version != "" },
		"an etcd of another version than kubeadm's", "leave version out",
	},
	{
		field{"etcd", "walDir"},
		func(c *topology.Cluster) bool { return !c.Binaries() && c.Spec.Etcd.WALDir != "" },
		"a disk of its own for etcd's log, under kubeadm,", "leave walDir out",
	},
}

// rendersBalancer says whether khagen renders a balancer at all.
func rendersBalancer(c *topology.Cluster) bool {
	p := c.Spec.LoadBalancer.Placement
	return p != topology.PlacementExternal && p != topology.PlacementNone
}
