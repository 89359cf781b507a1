package rules

import (
	"net/netip"

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
		Hint:    `write keepalived: virtualRouterID: N with an N from 1 to 255 that nobody on this network uses`,
		Source:  "https://www.rfc-editor.org/rfc/rfc9568#section-5.2.3",
		cluster: keepalivedConfigured,
	},
	{
		ID: "KH062", Severity: Error,
		Title:   "every host that can carry the VIP names its interface",
		Reason:  "keepalived speaks VRRP on one interface and puts the address there; a wrong guess takes another network's.",
		Hint:    `write interface: "eth0", or whatever "ip -br address" shows beside the host's address`,
		Source:  "keepalived.conf(5), vrrp_instance: interface",
		cluster: peersHaveInterface,
	},
	{
		ID: "KH063", Severity: Error,
		Title:   "the VIP is on link for every host that can carry it",
		Reason:  "A host outside the VIP's network answers no ARP request that reaches it: the cluster is gone while this host holds the address.",
		Hint:    "take an address of the hosts' own network, or set vip.prefix or hostNetworks to what the interfaces really have",
		Source:  "keepalived.conf(5), virtual_ipaddress",
		cluster: vipOnLink,
	},
	{
		ID: "KH065", Severity: Error,
		Title:   "VRRP priorities differ",
		Reason:  "With equal ones the higher address wins, and while peers come and go two of them can hold the VIP.",
		Hint:    "space them widely, such as 150, 110, 70, or leave them out: khagen derives them",
		Source:  "keepalived.conf(5), vrrp_instance: priority",
		cluster: prioritiesDiffer,
	},
	{
		ID: "KH066", Severity: Error,
		Title:   "a failed check lowers the priority and does not stop VRRP",
		Reason:  "With weight 0 a failed check takes the host out of VRRP. Before the first API server runs every check fails: nobody holds the VIP, and kubeadm init waits for it in vain.",
		Hint:    "leave weight out: khagen derives one that is large enough",
		Source:  "keepalived.conf(5), vrrp_script: weight",
		cluster: weightNotZero,
	},
	{
		ID: "KH067", Severity: Error,
		Title:   "a failed check takes the VIP away from its holder",
		Reason:  "The VIP moves only if the holder falls below every healthy peer; with a smaller weight it stays where the balancer is dead.",
		Hint:    "leave weight out: khagen derives one that is large enough",
		Source:  "keepalived.conf(5), vrrp_script: weight",
		cluster: weightBridges,
	},
}

// keepalived is the cluster's, where keepalived carries its VIP.
func usesKeepalived(c *topology.Cluster) bool {
	return c.Spec.VIP != nil && c.Spec.VIP.Provider == topology.ProviderKeepalived && c.Spec.VIP.Keepalived != nil
}

func noVRRPInCloud(c *topology.Cluster, f *found) {
	vip := c.Spec.VIP
	if c.Spec.Platform != "cloud" || vip == nil {
		return
	}
	byBGP := vip.Provider == topology.ProviderKubeVIP && vip.KubeVIP != nil && vip.KubeVIP.Mode == "bgp"
	if !byBGP {
		f.add(c, path{"vip", "provider"}, "%s can't move %s in a cloud", vip.Provider, vip.Address)
	}
}

func keepalivedConfigured(c *topology.Cluster, f *found) {
	if vip := c.Spec.VIP; vip != nil && vip.Provider == topology.ProviderKeepalived && vip.Keepalived == nil {
		f.add(c, path{"vip", "keepalived"}, "the provider is keepalived, and the block keepalived is missing")
	}
}

func peersHaveInterface(c *topology.Cluster, f *found) {
	for _, h := range c.VRRPPeers {
		switch h.VRRPInterface() {
		case "":
			f.add(c, path{"hosts", h.Name, "interface"}, "%s can carry the VIP %s and names no interface", h.Name, c.Spec.VIP.Address)
		case "lo":
			f.add(c, path{"hosts", h.Name, "interface"}, "%s would speak VRRP on lo, which keepalived refuses", h.Name)
		}
	}
}

// vipNetworks are those that the VIP is known to be on link in.
func vipNetworks(c *topology.Cluster) []netip.Prefix {
	var networks []netip.Prefix
	vip := c.Spec.VIP
	if vip.Prefix != nil && *vip.Prefix < vip.Address.BitLen() {
		if p, err := vip.Address.Prefix(*vip.Prefix); err == nil {
			networks = append(networks, p)
		}
	}
	for _, p := range c.Spec.HostNetworks {
		if p.Contains(vip.Address) {
			networks = append(networks, p.Masked())
		}
	}
	return networks
}

func vipOnLink(c *topology.Cluster, f *found) {
	if !usesKeepalived(c) {
		return
	}
	networks := vipNetworks(c)
	if len(networks) == 0 {
		if len(c.Spec.HostNetworks) > 0 {
			f.add(c, path{"vip", "address"}, "%s lies in none of the host networks %s", c.Spec.VIP.Address, prefixes(c.Spec.HostNetworks))
		}
		return
	}
	for _, h := range c.VRRPPeers {
		address, err := netip.ParseAddr(h.VRRPAddress())
		if err != nil || containsAddr(networks, address) {
			continue
		}
		f.add(c, path{"vip", "address"}, "%s lies in %s, and %s speaks VRRP from %s outside of it",
			c.Spec.VIP.Address, prefixes(networks), h.Name, address)
	}
}

func prioritiesDiffer(c *topology.Cluster, f *found) {
	owner := map[int]*topology.Host{}
	for _, h := range c.VRRPPeers {
		if other := owner[h.VRRPPriority]; other != nil {
			f.add(c, path{"hosts", h.Name, "vrrp", "priority"}, "the hosts %s and %s have the same priority %d", other.Name, h.Name, h.VRRPPriority)
		}
		owner[h.VRRPPriority] = h
	}
}

func weightNotZero(c *topology.Cluster, f *found) {
	if usesKeepalived(c) && len(c.VRRPPeers) > 0 && c.VRRPWeight == 0 {
		f.add(c, path{"vip", "keepalived", "check", "weight"}, "the weight is 0")
	}
}

func weightBridges(c *topology.Cluster, f *found) {
	if !usesKeepalived(c) || len(c.VRRPPeers) < 2 || c.VRRPWeight == 0 {
		return
	}
	lowest, highest := c.VRRPPeers[0], c.VRRPPeers[0]
	for _, h := range c.VRRPPeers {
		if h.VRRPPriority < lowest.VRRPPriority {
			lowest = h
		}
		if h.VRRPPriority > highest.VRRPPriority {
			highest = h
		}
	}
	spread := highest.VRRPPriority - lowest.VRRPPriority
	if weight := max(c.VRRPWeight, -c.VRRPWeight); weight <= spread {
		f.add(c, path{"vip", "keepalived", "check", "weight"},
			"a weight of %d does not bring %s (priority %d) below %s (%d) when its balancer dies",
			c.VRRPWeight, highest.Name, highest.VRRPPriority, lowest.Name, lowest.VRRPPriority).
			mend("write %d or lower, or leave weight out: khagen derives one", -(spread + 1))
	}
}
