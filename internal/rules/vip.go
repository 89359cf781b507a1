package rules

import (
	"net/netip"
	"slices"

	"github.com/khagen/khagen/internal/topology"
)

var vipRules = []Rule{
	{
		ID: "KH060", Severity: Error,
		Title:   "no VRRP and no ARP in a cloud",
		Reason:  "Clouds drop multicast, gratuitous ARP and packets for addresses that they haven't assigned: the VIP would never move.",
		Hint:    `use the cloud's balancer: loadBalancer.placement: "external", and no vip; or platform: "on-premises"`,
		Source:  "https://github.com/kubernetes/kubeadm/blob/main/docs/ha-considerations.md",
		cluster: noVRRPInCloud,
	},
	{
		ID: "KH061", Severity: Error,
		Title:   "a VIP that keepalived carries has its settings",
		Reason:  "The virtual router id has no safe default: two clusters with the same one on one network fight for their addresses.",
		Hint:    "write keepalived: virtualRouterID: N, with an N from 1 to 255 that nobody on this network uses",
		Source:  "https://www.rfc-editor.org/rfc/rfc9568#section-5.2.3",
		cluster: keepalivedConfigured,
	},
	{
		ID: "KH062", Severity: Error,
		Title:   "every host that can carry the VIP names its interface",
		Reason:  "keepalived speaks VRRP on one interface and puts the address there, and kube-vip answers ARP on one; a wrong guess takes another network's.",
		Hint:    `write interface: "eth0", or whatever "ip -br address" shows beside the host's address`,
		Source:  "keepalived.conf(5), vrrp_instance: interface; https://kube-vip.io/docs/installation/flags/",
		cluster: peersHaveInterface,
	},
	{
		ID: "KH063", Severity: Error,
		Title:   "the VIP is on link for every host that can carry it",
		Reason:  "Neighbours look for the VIP in its own network: while a host outside of it holds the address, nobody finds it.",
		Hint:    "take an address of the hosts' own network, or set its prefix or hostNetworks to what the interfaces really have",
		Source:  "keepalived.conf(5), virtual_ipaddress; https://kube-vip.io/docs/modes/arp/",
		cluster: vipOnLink,
	},
	{
		ID: "KH064", Severity: Warning,
		Title:   "the network of the VIP is known",
		Reason:  "Without it nobody can tell whether the hosts that carry the VIP are in its network.",
		Hint:    "write hostNetworks, or its prefix as it is set on the interfaces",
		Source:  "keepalived.conf(5), virtual_ipaddress; https://kube-vip.io/docs/modes/arp/",
		cluster: vipNetworkKnown,
	},
}

// usesKeepalived says whether keepalived carries the VIP.
func usesKeepalived(c *topology.Cluster) bool {
	return c.Spec.VIP != nil && c.Spec.VIP.Provider == topology.ProviderKeepalived && c.Spec.VIP.Keepalived != nil
}

// movesOnLink says whether neighbours find the VIP's holder by ARP; by BGP, routers lead to it.
func movesOnLink(c *topology.Cluster) bool { return usesKeepalived(c) || c.AnswersARP() }

func noVRRPInCloud(c *topology.Cluster, f *found) {
	vip := c.Spec.VIP
	if c.Spec.Platform != "cloud" || vip == nil {
		return
	}
	byBGP := vip.Provider == topology.ProviderKubeVIP && vip.KubeVIP != nil && vip.KubeVIP.Mode == topology.KubeVIPByBGP
	if !byBGP {
		f.add(c, field{"vip", "provider"}, "%s can't move %s in a cloud", vip.Provider, vip.Address)
	}
}

func keepalivedConfigured(c *topology.Cluster, f *found) {
	if vip := c.Spec.VIP; vip != nil && vip.Provider == topology.ProviderKeepalived && vip.Keepalived == nil {
		f.add(c, field{"vip", "keepalived"}, "the provider is keepalived, and the block keepalived is missing")
	}
}

func peersHaveInterface(c *topology.Cluster, f *found) {
	for _, h := range c.VRRPPeers {
		switch h.VRRPInterface() {
		case "":
			f.add(c, field{"hosts", h.Name, "interface"}, "%s can carry the VIP %s and names no interface", h.Name, c.Spec.VIP.Address)
		case "lo":
			f.add(c, field{"hosts", h.Name, "interface"}, "%s would speak VRRP on lo, which keepalived refuses", h.Name)
		}
	}
	if !c.AnswersARP() {
		return
	}
	for _, h := range c.KubeVIPs {
		switch h.Spec.Interface {
		case "":
			f.add(c, field{"hosts", h.Name, "interface"}, "%s can carry the VIP %s and names no interface", h.Name, c.Spec.VIP.Address)
		case "lo":
			f.add(c, field{"hosts", h.Name, "interface"}, "%s would answer ARP on lo, where nobody asks", h.Name)
		}
	}
}

// vipNetworks are those that a VIP is known to be in.
func vipNetworks(c *topology.Cluster, v topology.VIP) []netip.Prefix {
	var networks []netip.Prefix
	if v.Prefix != nil && *v.Prefix < v.Address.BitLen() {
		networks = append(networks, netip.PrefixFrom(v.Address, *v.Prefix).Masked())
	}
	for _, p := range c.Spec.HostNetworks {
		if p.Contains(v.Address) && !slices.Contains(networks, p.Masked()) {
			networks = append(networks, p.Masked())
		}
	}
	return networks
}

const onLinkHint = "take an address of the hosts' own network, or set vip.%s or hostNetworks to what the interfaces really have"

func vipOnLink(c *topology.Cluster, f *found) {
	if !movesOnLink(c) {
		return
	}
	for _, v := range c.VIPs {
		at, networks := field{"vip", v.Field}, vipNetworks(c, v)
		if len(networks) == 0 {
			if known := ofFamily(c.Spec.HostNetworks, v.Address); len(known) > 0 {
				f.add(c, at, "%s lies in none of the host networks %s", v.Address, prefixes(known)).mend(onLinkHint, v.PrefixField)
			}
			continue
		}
		var outside []string
		for _, h := range c.VRRPPeers {
			address := h.VRRPAddress(topology.FamilyOf(v.Address))
			if address.IsValid() && !containsAddr(networks, address) {
				outside = append(outside, h.Name+" ("+address.String()+")")
			}
		}
		for _, h := range c.KubeVIPs {
			if address := h.AddressIn(topology.FamilyOf(v.Address)); address.IsValid() && !containsAddr(networks, address) {
				outside = append(outside, h.Name+" ("+address.String()+")")
			}
		}
		if len(outside) > 0 {
			f.add(c, at, "%s lies in %s, and outside of it are %s", v.Address, prefixes(networks), list(outside)).mend(onLinkHint, v.PrefixField)
		}
	}
}

func vipNetworkKnown(c *topology.Cluster, f *found) {
	if !movesOnLink(c) {
		return
	}
	for _, v := range c.VIPs {
		if len(vipNetworks(c, v)) == 0 && len(ofFamily(c.Spec.HostNetworks, v.Address)) == 0 {
			f.add(c, field{"vip", v.Field}, "%s has no vip.%s, and the definition names no %s", v.Address, v.PrefixField, hostNetworksOf(c, v.Address)).
				mend("write %s, or vip.%s as it is set on the interfaces", hostNetworksOf(c, v.Address), v.PrefixField)
		}
	}
}

// hostNetworksOf names what is missing: host networks at all, or those of the address's family.
func hostNetworksOf(c *topology.Cluster, a netip.Addr) string {
	if len(c.Spec.HostNetworks) == 0 {
		return "hostNetworks"
	}
	return "hostNetworks of " + topology.FamilyOf(a).String()
}
