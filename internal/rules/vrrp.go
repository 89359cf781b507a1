package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

var vrrpRules = []Rule{
	{
		ID: "KH065", Severity: Error,
		Title:   "VRRP priorities differ",
		Reason:  "With equal ones the higher address wins, and while peers come and go two of them can hold the VIP.",
		Hint:    "space them widely, such as 150, 110, 70, or leave them out: khagen derives them",
		Source:  "keepalived.conf(5), vrrp_instance: priority",
		cluster: prioritiesDiffer,
	},
	{
		ID: "KH209", Severity: Warning,
		Title:   "VRRP sends from an address of its interface",
		Reason:  "Peers answer to an address on another network: where the two don't reach each other, each host takes the others for dead, and all of them hold the VIP.",
		Hint:    "write vrrp: {interface: \"…\", address: \"…\"} together",
		Source:  "keepalived.conf(5), vrrp_instance: unicast_src_ip, mcast_src_ip",
		cluster: sourcesFit,
	},
	{
		ID: "KH066", Severity: Error,
		Title:   "a failed check lowers the priority and does not stop VRRP",
		Reason:  "With weight 0 a failed check takes the host out of VRRP. Before the first API server runs every check fails: nobody holds the VIP, and whoever waits for it, such as kubeadm init, waits in vain.",
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
	{
		ID: "KH068", Severity: Error,
		Title:   "keepalived's times are whole seconds where keepalived takes no fractions",
		Reason:  "keepalived ignores a fractional interval of a check and rounds a fractional VRRPv2 advertisement, and keepalived -t fails.",
		Hint:    "write whole seconds, such as 1s",
		Source:  "keepalived.conf(5); keepalived 2.2.7 -t: \"VRRPv2 advertisement interval must be an integer\"",
		cluster: wholeSeconds,
	},
	{
		ID: "KH069", Severity: Error,
		Title:   "unicast VRRP has a peer",
		Reason:  "Without one keepalived falls back to multicast, with a warning in its log.",
		Hint:    `use mode: "multicast" until there is a second host, or leave vip out and give the endpoint the host's address`,
		Source:  "keepalived.conf(5), vrrp_instance: unicast_peer",
		cluster: unicastHasPeer,
	},
	{
		ID: "KH070", Severity: Warning,
		Title:   "by VRRP another host takes the VIP over within ten seconds",
		Reason:  "As long as the VIP leads to a dead host or balancer, no client and no kubelet reaches the cluster. VRRP (keepalived) needs no longer; the lease of kube-vip does: vip.kubeVIP.lease says how long.",
		Hint:    "lower advertInterval, check.interval or check.fall, or leave them out",
		Source:  "https://www.rfc-editor.org/rfc/rfc9568#section-6.1; keepalived.conf(5), vrrp_script",
		cluster: takeoverSlow,
	},
	{
		ID: "KH071", Severity: Error,
		Title:  "no other cluster on the network has the same VRRP id, where either speaks multicast",
		Reason: "All multicast speakers of one id elect a single master: one of the clusters loses its address.",
		Hint:   "choose another virtualRouterID, or give the clusters different sites if their networks never meet",
		Source: "https://www.rfc-editor.org/rfc/rfc9568#section-5.2.3",
		fleet:  func(fleet Fleet, f *found) { idsDiffer(fleet, f, true) },
	},
	{
		ID: "KH072", Severity: Warning,
		Title:  "no other cluster on the network has the same VRRP id, where both speak unicast",
		Reason: "It works as long as the peers know only each other; one host that is set to multicast, or listed with the wrong peers, and the clusters fight for their addresses.",
		Hint:   "choose another virtualRouterID",
		Source: "https://www.rfc-editor.org/rfc/rfc9568#section-5.2.3; keepalived.conf(5), unicast_peer",
		fleet:  func(fleet Fleet, f *found) { idsDiffer(fleet, f, false) },
	},
}

// sourcesFit looks for hosts whose VRRP would send from an address of another interface. Two addresses in one network can be
// those of one interface. In multicast, keepalived takes the interface's own address where none is written.
func sourcesFit(c *topology.Cluster, f *found) {
	for _, h := range c.VRRPPeers {
		own, address := h.Spec.VRRP, h.Address()
		if own.Address.IsValid() {
			address = h.AddressIn(topology.FamilyOf(own.Address))
		}
		elsewhere := own.Interface != "" && own.Interface != h.Spec.Interface
		switch {
		case !own.Address.IsValid() && elsewhere && h.Spec.Interface != "" && !isMulticast(c):
			f.add(c, field{"hosts", h.Name, "vrrp", "interface"}, "VRRP uses %s and sends from %s, the address of %s", own.Interface, address, h.Spec.Interface).
				mend("write vrrp: address as well: the one that %s has", own.Interface)
		case own.Address.IsValid() && address.IsValid() && own.Address != address && !elsewhere && !sameNetwork(c, own.Address, address):
			f.add(c, field{"hosts", h.Name, "vrrp", "address"}, "VRRP sends from %s and uses %s, which has %s", own.Address, h.VRRPInterface(), address).
				mend("write vrrp: interface as well: the one that has %s", own.Address)
		}
	}
}

// sameNetwork says whether a network of hosts, or the VIP's, is known to have both addresses.
func sameNetwork(c *topology.Cluster, a, b netip.Addr) bool {
	known := slices.Clone(c.Spec.HostNetworks)
	for _, v := range c.VIPs {
		known = append(known, vipNetworks(c, v)...)
	}
	return slices.ContainsFunc(known, func(p netip.Prefix) bool { return p.Contains(a) && p.Contains(b) })
}

func prioritiesDiffer(c *topology.Cluster, f *found) {
	owner := map[int]*topology.Host{}
	for _, h := range staying(c.VRRPPeers) {
		if other := owner[h.VRRPPriority]; other != nil {
			f.add(c, field{"hosts", h.Name, "vrrp", "priority"}, "the hosts %s and %s have the same priority %d", other.Name, h.Name, h.VRRPPriority)
		}
		owner[h.VRRPPriority] = h
	}
}

// preempts says whether a healthy backup outbids a failing holder. Without preemption the holder gives the address up by
// itself, and the weight is not used.
func preempts(c *topology.Cluster) bool { return usesKeepalived(c) && c.Spec.VIP.Keepalived.Preempt }

var weightField = field{"vip", "keepalived", "check", "weight"}

func weightNotZero(c *topology.Cluster, f *found) {
	if preempts(c) && len(c.VRRPPeers) > 0 && c.VRRPWeight == 0 {
		f.add(c, weightField, "the weight is 0")
	}
}

func weightBridges(c *topology.Cluster, f *found) {
	if !preempts(c) || len(c.VRRPPeers) < 2 || c.VRRPWeight == 0 {
		return
	}
	lowest, highest := c.VRRPSpread()
	if lowest == nil {
		return // KH185 says so
	}
	spread := highest.VRRPPriority - lowest.VRRPPriority
	finding := func(format string, args ...any) {
		f.add(c, weightField, format, args...).mend("write %d or lower, or leave weight out: khagen derives one", -(spread + 1))
	}
	if weight := max(c.VRRPWeight, -c.VRRPWeight); weight <= spread {
		finding("a weight of %d does not bring %s (priority %d) below %s (%d) when its balancer dies",
			c.VRRPWeight, highest.Name, highest.VRRPPriority, lowest.Name, lowest.VRRPPriority)
	} else if highest.VRRPPriority+c.VRRPWeight > 254 {
		finding("a weight of %d lifts %s from %d past 254, where all that are healthy are equal", c.VRRPWeight, highest.Name, highest.VRRPPriority)
	}
}

func wholeSeconds(c *topology.Cluster, f *found) {
	if !usesKeepalived(c) {
		return
	}
	k := c.Spec.VIP.Keepalived
	for _, t := range []struct {
		at    field
		value schema.Duration
	}{
		{field{"advertInterval"}, k.AdvertInterval},
		{field{"check", "interval"}, k.Check.Interval},
	} {
		at := append(field{"vip", "keepalived"}, t.at...)
		if v := t.value.Std(); v%time.Second != 0 {
			f.add(c, at, "%s is no whole number of seconds", v).mend("write %s", v.Truncate(time.Second)+time.Second)
		}
	}
	most := 255 * time.Second
	for _, v := range c.VIPs {
		if topology.FamilyOf(v.Address) == topology.IPv6 {
			most = 40 * time.Second // VRRPv3 counts hundredths, and to 4095
		}
	}
	if v := k.AdvertInterval.Std(); v > most {
		f.add(c, field{"vip", "keepalived", "advertInterval"}, "%s is more than %gs, which is VRRP's most", short(v), most.Seconds()).mend("write 1s")
	}
}

func unicastHasPeer(c *topology.Cluster, f *found) {
	if usesKeepalived(c) && c.Spec.VIP.Keepalived.Mode == "unicast" && len(c.VRRPPeers) == 1 {
		f.add(c, field{"vip", "keepalived", "mode"}, "%s is the only host that can carry the VIP, and has nobody to send to", c.VRRPPeers[0].Name)
	}
}

// slowTakeover is what clients bear without noticing much: kubelets renew their leases every 10 s.
const slowTakeover = 10 * time.Second

func takeoverSlow(c *topology.Cluster, f *found) {
	if !usesKeepalived(c) || len(c.VRRPPeers) < 2 {
		return
	}
	k := c.Spec.VIP.Keepalived
	detect := time.Duration(k.Check.Fall)*k.Check.Interval.Std() + k.Check.Timeout.Std()
	elect := 4 * k.AdvertInterval.Std() // three missed, and up to one of skew
	total := detect + elect
	if !k.Preempt {
		total = max(detect, elect) // a holder without preemption gives up at once
	}
	if total > slowTakeover {
		f.add(c, field{"vip", "keepalived"}, "after the balancer of the VIP's holder dies, the VIP moves within %s: check %d × %s, timeout %s, up to four advertisements of %s",
			short(total), k.Check.Fall, short(k.Check.Interval.Std()), short(k.Check.Timeout.Std()), short(k.AdvertInterval.Std()))
	}
}

// vrrpNetworks are those that a cluster's VRRP may be heard in.
func vrrpNetworks(c *topology.Cluster) []netip.Prefix {
	var networks []netip.Prefix
	for _, v := range c.VIPs {
		networks = append(networks, vipNetworks(c, v)...)
		for _, h := range c.VRRPPeers {
			address := h.VRRPAddress(topology.FamilyOf(v.Address))
			if address.IsValid() && !containsAddr(networks, address) {
				networks = append(networks, netip.PrefixFrom(address, address.BitLen()))
			}
		}
	}
	return networks
}

// idsDiffer compares clusters of one site and one id in pairs: those that speak multicast, or those that don't.
func idsDiffer(fleet Fleet, f *found, multicast bool) {
	type group struct {
		site string
		id   int
	}
	type member struct {
		cluster  *topology.Cluster
		networks []netip.Prefix
	}
	groups := map[group][]member{}
	for _, c := range fleet.Clusters {
		if !usesKeepalived(c) {
			continue
		}
		key := group{c.Spec.Site, c.Spec.VIP.Keepalived.VirtualRouterID}
		networks := vrrpNetworks(c)
		for _, other := range groups[key] {
			either := isMulticast(c) || isMulticast(other.cluster)
			if either == multicast && anyOverlap(networks, other.networks) {
				at := field{"vip", "keepalived", "virtualRouterID"}
				f.add(c, at, "the clusters %s (%s) and %s have the same VRRP id %d on %s", other.cluster.Spec.Name,
					other.cluster.Spec.Position(at...), c.Spec.Name, key.id, shared(networks, other.networks))
				break
			}
		}
		groups[key] = append(groups[key], member{c, networks})
	}
}

func isMulticast(c *topology.Cluster) bool { return c.Spec.VIP.Keepalived.Mode == "multicast" }

// shared names the first network that two clusters have in common.
func shared(a, b []netip.Prefix) string {
	for _, p := range a {
		for _, q := range b {
			if p.Overlaps(q) {
				return fmt.Sprint(p)
			}
		}
	}
	return ""
}
