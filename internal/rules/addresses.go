package rules

import (
	"net/netip"
	"slices"

	"github.com/khagen/khagen/internal/topology"
)

var addressRules = []Rule{
	{
		ID: "KH020", Severity: Error,
		Title:   "addresses of hosts are unique",
		Reason:  "Two hosts of one address take each other's traffic, and etcd refuses two members with the same URL.",
		Hint:    "give each host its own address",
		Source:  "https://etcd.io/docs/latest/op-guide/clustering/",
		cluster: addressesUnique,
	},
	{
		ID: "KH021", Severity: Error,
		Title:   "the VIP is no host's address",
		Reason:  "The address moves between hosts; one that has it for itself answers beside the holder.",
		Hint:    "choose a free address",
		Source:  "https://www.rfc-editor.org/rfc/rfc9568#section-6.4.3",
		cluster: vipNoHost,
	},
	{
		ID: "KH022", Severity: Error,
		Title:   "addresses are ones that a host can have",
		Reason:  "Others can't connect to a loopback, link-local, multicast, network or broadcast address.",
		Hint:    "give the address that the host has on its network",
		Source:  "https://www.iana.org/assignments/iana-ipv4-special-registry/",
		cluster: addressesUsable,
	},
	{
		ID: "KH025", Severity: Error,
		Title:   "hosts live in the host networks",
		Reason:  "The host networks tell whether the VIP is on link and whether pods overlap with hosts; a host outside makes them wrong.",
		Hint:    "correct the address, or add its network to hostNetworks",
		Source:  "the field hostNetworks: khagen explain hostNetworks",
		cluster: hostsInNetworks,
	},
	{
		ID: "KH028", Severity: Error,
		Title:  "no two clusters of one site have the same address",
		Reason: "One host can't be a node of two clusters, and a VIP that another cluster has makes both unreachable.",
		Hint:   "correct the address, or give the clusters different sites if their networks never meet",
		Source: "the field site: khagen explain site",
		fleet:  addressesApart,
	},
	{
		ID: "KH029", Severity: Error,
		Title:   "the VIP's prefix length is one of its family",
		Reason:  "IPv4 has 32 bits: keepalived refuses more.",
		Hint:    "write the length that the hosts' interfaces have, such as 24, or leave prefix out: it is 32 then",
		Source:  "keepalived.conf(5), virtual_ipaddress",
		cluster: prefixFits,
	},
}

// hostAddress is one address that a host answers on, and where the definition says so.
type hostAddress struct {
	host    *topology.Host
	field   field
	address netip.Addr
}

func (a hostAddress) at() field { return append(field{"hosts", a.host.Name}, a.field...) }

// addressesOf lists the addresses of a host.
func addressesOf(h *topology.Host) []hostAddress {
	s := h.Spec
	all := []hostAddress{
		{h, field{"address"}, s.Address},
		{h, field{"address6"}, s.Address6},
		{h, field{"vrrp", "address"}, s.VRRP.Address},
		{h, field{"etcd", "address"}, s.Etcd.Address},
	}
	valid := all[:0]
	for _, a := range all {
		if a.address.IsValid() {
			valid = append(valid, a)
		}
	}
	return valid
}

func addressesUnique(c *topology.Cluster, f *found) {
	owner := map[netip.Addr]*topology.Host{}
	for _, h := range c.Hosts {
		for _, a := range addressesOf(h) {
			if other := owner[a.address]; other != nil && other != h {
				f.add(c, a.at(), "the hosts %s and %s have the same address %s", other.Name, h.Name, a.address)
			}
			owner[a.address] = h
		}
	}
}

func vipNoHost(c *topology.Cluster, f *found) {
	for _, v := range c.VIPs {
		for _, h := range c.Hosts {
			for _, a := range addressesOf(h) {
				if a.address == v.Address {
					f.add(c, field{"vip", v.Field}, "%s is the address of host %s", v.Address, h.Name)
				}
			}
		}
	}
}

func addressesUsable(c *topology.Cluster, f *found) {
	for _, h := range c.Hosts {
		for _, a := range addressesOf(h) {
			if problem := unusable(a.address, c.Spec.HostNetworks); problem != "" {
				f.add(c, a.at(), "%s of host %s is %s", a.address, h.Name, problem)
			}
		}
	}
	if len(c.VIPs) == 0 {
		if a, err := netip.ParseAddr(c.Spec.Endpoint.Host); err == nil && unusable(a, nil) != "" {
			f.add(c, field{"endpoint", "host"}, "the endpoint %s is %s", a, unusable(a, nil))
		}
	}
	for _, v := range c.VIPs {
		networks := slices.Clone(c.Spec.HostNetworks)
		if v.Prefix != nil && *v.Prefix <= v.Address.BitLen() {
			networks = append(networks, netip.PrefixFrom(v.Address, *v.Prefix))
		}
		if problem := unusable(v.Address, networks); problem != "" {
			f.add(c, field{"vip", v.Field}, "the VIP %s is %s", v.Address, problem)
		}
	}
}

// unusable says what an address is that no host can have; empty where one can.
func unusable(a netip.Addr, networks []netip.Prefix) string {
	switch {
	case a.IsUnspecified():
		return "no address"
	case a.IsLoopback():
		return "a loopback address"
	case a.IsMulticast():
		return "a multicast address"
	case a.IsLinkLocalUnicast():
		return "a link-local address"
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "the broadcast address"
	}
	for _, n := range networks {
		if !n.Contains(a) || n.Bits() > a.BitLen()-2 {
			continue
		}
		if a == n.Masked().Addr() {
			return "the address of the network " + n.Masked().String() + " itself"
		}
		if a.Is4() && a == lastAddress(n) {
			return "the broadcast address of " + n.Masked().String()
		}
	}
	return ""
}

func hostsInNetworks(c *topology.Cluster, f *found) {
	for _, h := range c.Hosts {
		for _, a := range []hostAddress{{h, field{"address"}, h.Spec.Address}, {h, field{"address6"}, h.Spec.Address6}} {
			if networks := ofFamily(c.Spec.HostNetworks, a.address); len(networks) > 0 && !containsAddr(networks, a.address) {
				f.add(c, a.at(), "%s of host %s lies in none of the host networks %s", a.address, h.Name, prefixes(networks))
			}
		}
	}
}

func prefixFits(c *topology.Cluster, f *found) {
	for _, v := range c.VIPs {
		if v.Bits() > v.Address.BitLen() {
			f.add(c, field{"vip", v.PrefixField}, "%s has no prefix of %d bits", v.Address, v.Bits())
		}
	}
}

func addressesApart(fleet Fleet, f *found) {
	type place struct {
		site    string
		address netip.Addr
	}
	type owner struct {
		cluster *topology.Cluster
		what    string
		at      field
	}
	owners := map[place]owner{}
	claim := func(c *topology.Cluster, a netip.Addr, what string, at field) {
		key := place{c.Spec.Site, a}
		first, taken := owners[key]
		if !taken {
			owners[key] = owner{c, what, at}
			return
		}
		if first.cluster != c {
			f.add(c, at, "%s is %s here and %s of cluster %s (%s) at site %s",
				a, what, first.what, first.cluster.Spec.Name, first.cluster.Spec.Position(first.at...), c.Spec.Site)
		}
	}
	for _, c := range fleet.Clusters {
		for _, v := range c.VIPs {
			claim(c, v.Address, "the VIP", field{"vip", v.Field})
		}
		for _, h := range c.Hosts {
			for _, a := range addressesOf(h) {
				claim(c, a.address, "host "+h.Name, a.at())
			}
		}
	}
}
