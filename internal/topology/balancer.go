package topology

import "net/netip"

// NodeLocal says whether each host that is only a worker balances for itself.
func (c *Cluster) NodeLocal() bool { return c.Spec.LoadBalancer.Placement == PlacementNodeLocal }

// BalancerListens are where balancers listen for clients: on all addresses, of each family that hosts or the VIP have, or on
// single ones.
func (c *Cluster) BalancerListens() []netip.AddrPort {
	addresses := c.BalancerAddresses()
	if len(addresses) == 0 {
		for _, f := range c.usedFamilies() {
			addresses = append(addresses, f.wildcard())
		}
	}
	var listens []netip.AddrPort
	for _, a := range addresses {
		listens = append(listens, netip.AddrPortFrom(a, uint16(c.LoadBalancerPort)))
	}
	return listens
}

// BalancerAddresses are those that balancers listen on; none: all of their host's. Beside a VIP that keepalived carries it
// is the loopback, too: keepalived's check has to reach this host's balancer, and the VIP leads to another's on all but one.
func (c *Cluster) BalancerAddresses() []netip.Addr {
	var all []netip.Addr
	switch {
	case c.NodeLocal():
		for _, f := range c.usedFamilies() {
			all = append(all, f.Loopback())
		}
	case c.BindsVIP():
		for _, v := range c.VIPs {
			all = append(all, v.Address)
		}
		if len(c.VRRPPeers) > 0 {
			all = append(all, c.Loopback())
		}
	}
	return all
}

// usedFamilies are those that a host or the VIP has an address of, IPv4 first.
func (c *Cluster) usedFamilies() []Family {
	used := map[Family]bool{c.Primary(): true}
	for _, v := range c.VIPs {
		used[FamilyOf(v.Address)] = true
	}
	for _, h := range c.Hosts {
		for _, a := range h.Addresses() {
			used[FamilyOf(a)] = true
		}
	}
	var families []Family
	for _, f := range []Family{IPv4, IPv6} {
		if used[f] {
			families = append(families, f)
		}
	}
	return families
}

// BindsVIP says whether balancers listen on the virtual address, which is on one of their hosts at a time.
func (c *Cluster) BindsVIP() bool {
	return len(c.LoadBalancers) > 0 && c.Spec.LoadBalancer.Bind == "vip" && c.Spec.VIP != nil && !c.NodeLocal()
}

// NonlocalBind are the kernel parameters that let balancers listen on a VIP while another host carries it, one for each
// family of the VIP; none where balancers listen elsewhere.
func (c *Cluster) NonlocalBind() []string {
	if !c.BindsVIP() {
		return nil
	}
	var keys []string
	for _, v := range c.VIPs {
		keys = append(keys, map[Family]string{IPv4: "net.ipv4.ip_nonlocal_bind", IPv6: "net.ipv6.ip_nonlocal_bind"}[FamilyOf(v.Address)])
	}
	return keys
}

// SharesAPIPort says whether a balancer beside the host's API server has the same port, on other addresses.
func (h *Host) SharesAPIPort() bool {
	return h.Is(RoleControlPlane) && h.IsLoadBalancer() && h.Cluster.LoadBalancerPort == h.Cluster.Spec.Kubernetes.APIServer.Port
}

// EndpointAddresses are what the endpoint's name leads to on the host, the best first; none where khagen doesn't know. With
// balancers on workers it is the host's own on each: its balancer, or its API server. A control plane has the others', too:
// while kubeadm makes it join, its own doesn't run, and kubeadm asks the endpoint for the members of etcd.
func (h *Host) EndpointAddresses() []netip.Addr {
	c := h.Cluster
	switch {
	case !c.NodeLocal():
		return c.EndpointAddresses
	case h.IsLoadBalancer():
		return c.BalancerAddresses()
	case !h.Is(RoleControlPlane):
		return nil // no client of the API
	}
	all := []netip.Addr{h.Address()}
	for _, b := range c.Backends {
		if b.Name != h.Name {
			all = append(all, b.Address)
		}
	}
	return all
}

// WritesEndpoint says whether the endpoint's name stands in the host's /etc/hosts. With balancers on workers it does unless
// the definition says no: DNS gives all hosts the same answer.
func (h *Host) WritesEndpoint() bool {
	if h.Machine.EtcHosts == nil {
		return h.Cluster.NodeLocal()
	}
	return h.Machine.EtcHosts.Endpoint
}
