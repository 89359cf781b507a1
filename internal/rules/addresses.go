package rules

import (
	"maps"
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
		ID: "KH023", Severity: Error,
		Title:   "an endpoint that is an address is the VIP's, or else a balancer's",
		Reason:  "Kubelets and clients connect to the endpoint; where nothing listens they have no cluster.",
		Hint:    "make them the same, or give the endpoint a DNS name",
		Source:  "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/high-availability/",
		cluster: endpointIsVIP,
	},
	{
		ID: "KH024", Severity: Error,
		Title:   "the endpoint's port is the one that answers there",
		Reason:  "Kubelets and clients connect to the endpoint; where nothing listens they have no cluster.",
		Hint:    "make the ports agree",
		Source:  "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/high-availability/",
		cluster: endpointPort,
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
		ID: "KH026", Severity: Error,
		Title:   "the endpoint of several control planes is not one of them",
		Reason:  "All kubelets would connect to this one host, and lose the cluster with it, however many others run. kubeadm can't change the endpoint later.",
		Hint:    "give the endpoint the balancer's name or address",
		Source:  "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/create-cluster-kubeadm/#considerations-about-apiserver-advertise-address-and-controlplaneendpoint",
		cluster: endpointNoHost,
	},
	{
		ID: "KH027", Severity: Error,
		Title:   "/etc/hosts says of the endpoint and of hosts what the definition says",
		Reason:  "The first line that names a host wins, and kubelets would connect to another address.",
		Hint:    "delete the name there: machine.etcHosts.endpoint and members write it",
		Source:  "hosts(5)",
		cluster: etcHostsAgree,
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
	vip := c.Spec.VIP
	if vip == nil {
		return
	}
	for _, h := range c.Hosts {
		for _, a := range addressesOf(h) {
			if a.address == vip.Address {
				f.add(c, field{"vip", "address"}, "%s is the address of host %s", vip.Address, h.Name)
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
	vip := c.Spec.VIP
	if vip == nil {
		if a, err := netip.ParseAddr(c.Spec.Endpoint.Host); err == nil && unusable(a, nil) != "" {
			f.add(c, field{"endpoint", "host"}, "the endpoint %s is %s", a, unusable(a, nil))
		}
		return
	}
	networks := slices.Clone(c.Spec.HostNetworks)
	if vip.Prefix != nil && *vip.Prefix <= vip.Address.BitLen() {
		networks = append(networks, netip.PrefixFrom(vip.Address, *vip.Prefix))
	}
	if problem := unusable(vip.Address, networks); problem != "" {
		f.add(c, field{"vip", "address"}, "the VIP %s is %s", vip.Address, problem)
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
		if !a.Is4() || !n.Contains(a) || n.Bits() > 30 {
			continue
		}
		if a == n.Masked().Addr() {
			return "the address of the network " + n.Masked().String() + " itself"
		}
		if a == lastAddress(n) {
			return "the broadcast address of " + n.Masked().String()
		}
	}
	return ""
}

func endpointIsVIP(c *topology.Cluster, f *found) {
	endpoint, err := netip.ParseAddr(c.Spec.Endpoint.Host)
	if err != nil {
		return // a DNS name: what stands behind it is known to DNS alone
	}
	at := field{"endpoint", "host"}
	if vip := c.Spec.VIP; vip != nil {
		if endpoint != vip.Address {
			f.add(c, at, "the endpoint is %s, the VIP is %s", endpoint, vip.Address).
				mend("write %s, or a DNS name that resolves to it", vip.Address)
		}
		return
	}
	if len(c.LoadBalancers) == 0 || c.Spec.LoadBalancer.Placement == topology.PlacementNodeLocal {
		return
	}
	for _, h := range c.LoadBalancers {
		if h.Spec.Address == endpoint {
			return
		}
	}
	f.add(c, at, "%s is the address of no balancer (%s)", endpoint, names(c.LoadBalancers)).
		mend("write a balancer's address, or a DNS name, or add a vip")
}

func endpointPort(c *topology.Cluster, f *found) {
	endpoint, api := c.Spec.Endpoint.Port, c.Spec.Kubernetes.APIServer.Port
	at := field{"endpoint", "port"}
	switch c.Spec.LoadBalancer.Placement {
	case topology.PlacementControlPlane, topology.PlacementHosts:
		if c.LoadBalancerPort != endpoint {
			f.add(c, at, "the endpoint has port %d, the balancer listens on %d", endpoint, c.LoadBalancerPort).
				mend("make endpoint.port and loadBalancer.port the same, or leave loadBalancer.port out")
		}
	case topology.PlacementNone, topology.PlacementNodeLocal:
		if api != endpoint {
			f.add(c, at, "the endpoint has port %d, the API servers behind it listen on %d", endpoint, api).
				mend("write %d: nothing translates ports here", api)
		}
	}
}

func hostsInNetworks(c *topology.Cluster, f *found) {
	if len(c.Spec.HostNetworks) == 0 {
		return
	}
	for _, h := range c.Hosts {
		if !containsAddr(c.Spec.HostNetworks, h.Spec.Address) {
			f.add(c, field{"hosts", h.Name, "address"}, "%s of host %s lies in none of the host networks %s",
				h.Spec.Address, h.Name, prefixes(c.Spec.HostNetworks))
		}
	}
}

func endpointNoHost(c *topology.Cluster, f *found) {
	if len(c.ControlPlanes) < 2 || c.Spec.VIP != nil {
		return
	}
	for _, h := range c.ControlPlanes {
		if h.IsLoadBalancer() {
			continue // a balancer spreads connections, and availability.tolerate says what its loss means
		}
		if e := c.Spec.Endpoint.Host; e == h.Name || e == h.NodeName || e == h.Spec.Address.String() {
			f.add(c, field{"endpoint", "host"}, "the endpoint %s is the control plane %s, one of %d", e, h.Name, len(c.ControlPlanes))
		}
	}
}

func etcHostsAgree(c *topology.Cluster, f *found) {
	want := map[string]string{}
	for _, h := range c.Hosts {
		want[h.Name], want[h.NodeName] = h.Spec.Address.String(), h.Spec.Address.String()
	}
	if c.EndpointAddress != "" {
		want[c.Spec.Endpoint.Host] = c.EndpointAddress
	}
	check := func(below field, entries map[string][]string) {
		for _, address := range slices.Sorted(maps.Keys(entries)) {
			for _, name := range entries[address] {
				at := append(below[:len(below):len(below)], "etcHosts", "entries", address)
				if right, ok := want[name]; ok && right != address {
					f.add(c, at, "%s is given the address %s, and has %s", name, address, right)
				} else if name == c.Spec.Endpoint.Host && !ok && len(c.ControlPlanes) > 1 && ownerOf(c.ControlPlanes, address) != nil {
					f.add(c, at, "the endpoint %s is given the address of %s, one of %d control planes",
						name, ownerOf(c.ControlPlanes, address).Name, len(c.ControlPlanes)).
						mend("write the balancer's address")
				}
			}
		}
	}
	if e := c.Spec.Machine.EtcHosts; e != nil {
		check(field{"machine"}, e.Entries)
	}
	for _, h := range c.Hosts {
		if e := h.Spec.Machine.EtcHosts; e != nil {
			check(field{"hosts", h.Name, "machine"}, e.Entries)
		}
	}
}

func prefixFits(c *topology.Cluster, f *found) {
	if vip := c.Spec.VIP; vip != nil && vip.Prefix != nil && *vip.Prefix > vip.Address.BitLen() {
		f.add(c, field{"vip", "prefix"}, "%s has no prefix of %d bits", vip.Address, *vip.Prefix)
	}
}

// ownerOf finds the host with an address; nil where none has it.
func ownerOf(hosts []*topology.Host, address string) *topology.Host {
	for _, h := range hosts {
		if h.Spec.Address.String() == address {
			return h
		}
	}
	return nil
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
		if vip := c.Spec.VIP; vip != nil {
			claim(c, vip.Address, "the VIP", field{"vip", "address"})
		}
		for _, h := range c.Hosts {
			for _, a := range addressesOf(h) {
				claim(c, a.address, "host "+h.Name, a.at())
			}
		}
	}
}
