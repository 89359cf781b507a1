package topology

import (
	"net/netip"
	"slices"
	"strconv"
)

// Flow is a connection that somebody else's firewall has to let through: between hosts, or from and to someone outside.
// What a host asks itself, and what listens on a loopback alone, is none.
type Flow struct {
	From, To []Group
	Protocol string // ProtocolTCP, ProtocolUDP or ProtocolVRRP
	Port     int    // 0 where the protocol has none
	LastPort int    // of a range; Port where it is a single one
	What     string // that listens: "API server"
	Why      string // what connects, and what for
	Optional bool   // the cluster runs without: for monitoring, or for services that are open to the outside
}

// Protocols of flows. VRRP is a protocol of its own above IP, with the number 112.
const (
	ProtocolTCP  = "tcp"
	ProtocolUDP  = "udp"
	ProtocolVRRP = "vrrp"
)

// Group are hosts of the cluster, or someone outside, by the name that people call them.
type Group struct {
	Name      string
	Outside   bool     // no hosts of the cluster
	Hosts     []*Host  //
	Addresses []string // what they are reached at; none where the definition doesn't know
}

// Has says whether the host is one of the groups'.
func Has(groups []Group, h *Host) bool {
	return slices.ContainsFunc(groups, func(g Group) bool { return slices.Contains(g.Hosts, h) })
}

// Monitoring is the group of who watches programs.
const Monitoring = "monitoring"

// groups of a cluster that flows are between.
type groups struct {
	all, nodes, controlPlanes, balancers, etcd, vrrp, kubeVIP, vip Group
	clients, administrators, monitoring                            Group
}

func (c *Cluster) groups() groups {
	own := func(name string, hosts []*Host, addresses func(*Host) []netip.Addr) Group {
		g := Group{Name: name, Hosts: hosts}
		for _, h := range hosts {
			for _, a := range addresses(h) {
				if a.IsValid() {
					g.Addresses = append(g.Addresses, a.String())
				}
			}
		}
		return g
	}
	nodes := slices.DeleteFunc(slices.Clone(c.Hosts), func(h *Host) bool { return !h.IsNode() })
	g := groups{
		all: own("all hosts", c.Hosts, (*Host).Addresses), nodes: own("nodes", nodes, (*Host).Addresses),
		controlPlanes: own("control planes", c.ControlPlanes, (*Host).Addresses),
		balancers:     own("load balancers", c.LoadBalancers, (*Host).Addresses),
		etcd:          own("etcd", c.EtcdMembers, func(h *Host) []netip.Addr { return []netip.Addr{h.EtcdAddress()} }),
		vrrp: own("VRRP peers", c.VRRPPeers, func(h *Host) []netip.Addr {
			return []netip.Addr{h.VRRPAddress(IPv4), h.VRRPAddress(IPv6)}
		}),
		kubeVIP:        own("control planes", c.KubeVIPs, (*Host).Addresses),
		clients:        Group{Name: "clients", Outside: true},        // of the Kubernetes API
		administrators: Group{Name: "administrators", Outside: true}, // who deliver the tree, and look after hosts one by one
		monitoring:     Group{Name: Monitoring, Outside: true},
	}
	g.vip = Group{Name: "virtual address", Hosts: slices.Concat(c.VRRPPeers, c.KubeVIPs)}
	for _, v := range c.VIPs {
		g.vip.Addresses = append(g.vip.Addresses, v.Address.String())
	}
	return g
}

// Flows are what the cluster needs to be let through, in the order of a connection's way: from clients to etcd, then what
// hosts have among each other, then what is optional. A CNI's are its own.
func (c *Cluster) Flows() []Flow {
	g := c.groups()
	all := slices.Concat(c.endpointFlows(g), c.serverFlows(g), c.vipFlows(g), c.hostFlows(g), c.optionalFlows(g))
	for i := range all {
		f := &all[i]
		if f.LastPort == 0 {
			f.LastPort = f.Port
		}
		f.From, f.To = distinct(f.From, g.vip.Addresses), distinct(f.To, g.vip.Addresses)
	}
	return slices.DeleteFunc(all, func(f Flow) bool { return len(f.To) == 0 || f.staysOnHost() })
}

// distinct leaves out groups of the cluster that there are none of, and those whose hosts another one has as well: but not the
// virtual address, which is one more of theirs.
func distinct(all []Group, vip []string) []Group {
	var kept []Group
	for i, g := range all {
		covered := slices.ContainsFunc(all[:i], func(o Group) bool { return covers(o, g) }) ||
			slices.ContainsFunc(all[i+1:], func(o Group) bool { return covers(o, g) && !covers(g, o) })
		if g.Outside || len(g.Hosts) > 0 && (!covered || slices.Equal(g.Addresses, vip)) {
			kept = append(kept, g)
		}
	}
	return kept
}

// covers says whether the first group has all hosts of the second.
func covers(g, other Group) bool {
	return len(g.Hosts) >= len(other.Hosts) &&
		!slices.ContainsFunc(other.Hosts, func(h *Host) bool { return !slices.Contains(g.Hosts, h) })
}

// staysOnHost says whether a single host would connect to itself alone.
func (f *Flow) staysOnHost() bool {
	var ends []*Host
	for _, g := range slices.Concat(f.From, f.To) {
		if g.Outside {
			return false
		}
		ends = append(ends, g.Hosts...)
	}
	return !slices.ContainsFunc(ends, func(h *Host) bool { return h != ends[0] })
}

// PortText is the port or the range, as firewalls have it; empty where the protocol has none.
func (f *Flow) PortText() string {
	switch {
	case f.Port == 0:
		return ""
	case f.LastPort != f.Port:
		return strconv.Itoa(f.Port) + "-" + strconv.Itoa(f.LastPort)
	}
	return strconv.Itoa(f.Port)
}
