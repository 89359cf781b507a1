package topology

import (
	"net/netip"
	"slices"
)

// NodeLocal says whether each host that is only a worker balances for itself.
func (c *Cluster) NodeLocal() bool { return c.Spec.LoadBalancer.Placement == PlacementNodeLocal }

// BalancerAddresses are those that balancers listen on; none: all of their host's. Beside a VIP that keepalived carries it
// is the loopback, too: keepalived's check has to reach this host's balancer, and the VIP leads to another's on all but one.
func (c *Cluster) BalancerAddresses() []netip.Addr {
	var all []netip.Addr
	switch vip := c.Spec.VIP; {
	case c.NodeLocal():
		all = append(all, loopback4)
		if c.hasIPv6() {
			all = append(all, netip.IPv6Loopback())
		}
	case c.BindsVIP():
		all = append(all, vip.Address)
		if vip.Address6.IsValid() {
			all = append(all, vip.Address6)
		}
		if len(c.VRRPPeers) > 0 {
			all = append(all, loopback4)
		}
	}
	return all
}

var loopback4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// BindsVIP says whether balancers listen on the virtual address, which is on one of their hosts at a time.
func (c *Cluster) BindsVIP() bool {
	return len(c.LoadBalancers) > 0 && c.Spec.LoadBalancer.Bind == "vip" && c.Spec.VIP != nil && !c.NodeLocal()
}

// hasIPv6 says whether a host has an address of that family.
func (c *Cluster) hasIPv6() bool {
	return slices.ContainsFunc(c.Hosts, func(h *Host) bool { return h.Spec.Address.Is6() || h.Spec.Address6.IsValid() })
}

// SharesAPIPort says whether a balancer beside the host's API server has the same port, on other addresses.
func (h *Host) SharesAPIPort() bool {
	return h.Is(RoleControlPlane) && h.IsLoadBalancer() && h.Cluster.LoadBalancerPort == h.Cluster.Spec.Kubernetes.APIServer.Port
}

// EndpointAddresses are what the endpoint's name leads to on the host, the best first; none where khagen doesn't know. With
// balancers on workers it is the host's own on each: its balancer, or its API server. A control plane has the others', too:
// while kubeadm makes it join, its own doesn't run, and kubeadm asks the endpoint for the members of etcd.
func (h *Host) EndpointAddresses() []string {
	c := h.Cluster
	switch {
	case !c.NodeLocal() && c.EndpointAddress == "":
		return nil
	case !c.NodeLocal():
		return []string{c.EndpointAddress}
	case h.IsLoadBalancer():
		return []string{loopback4.String()}
	case !h.Is(RoleControlPlane):
		return nil // no client of the API
	}
	all := []string{h.Spec.Address.String()}
	for _, b := range c.Backends {
		if b.Name != h.Name {
			all = append(all, b.Address.String())
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
