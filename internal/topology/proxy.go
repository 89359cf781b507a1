package topology

import (
	"net/netip"
	"slices"
)

// ProxyUnits are the units on the host that pull images, and do it through the host's proxy: the container runtime, and what
// runs containers of the balancer or keepalived. Kubernetes' own programs speak to nobody outside the cluster.
func (h *Host) ProxyUnits() []string {
	if h.Machine.HTTPProxy == nil {
		return nil
	}
	var units []string
	if h.ManagesRuntime() {
		units = append(units, h.RuntimeUnit())
	}
	for _, name := range h.Containers() {
		if h.Cluster.Spec.LoadBalancer.Engine == "docker" {
			return append(units, Unit("docker")) // its daemon pulls
		}
		units = append(units, Unit(name)) // podman has none
	}
	return units
}

// NoProxy is what the host reaches without its proxy, in the order of the definition and each once: Go's programs take
// names, domains after a dot, addresses and networks. hostNetworks stand for the hosts in them, so that a new host changes
// nothing on the others.
func (h *Host) NoProxy() []string {
	c := h.Cluster
	all := []string{"localhost", "127.0.0.1", "::1"}
	networks := func(prefixes []netip.Prefix) {
		for _, p := range prefixes {
			all = append(all, p.String())
		}
	}
	networks(c.Spec.Kubernetes.Networking.PodCIDRs)
	networks(c.Spec.Kubernetes.Networking.ServiceCIDRs)
	networks(c.Spec.HostNetworks)
	outside := func(addrs ...netip.Addr) {
		for _, a := range addrs {
			within := func(p netip.Prefix) bool { return p.Contains(a) }
			if a.IsValid() && !slices.ContainsFunc(c.Spec.HostNetworks, within) {
				all = append(all, a.String())
			}
		}
	}
	for _, other := range c.Hosts {
		outside(other.Spec.Address, other.Spec.Address6)
	}
	if v := c.Spec.VIP; v != nil {
		outside(v.Address, v.Address6)
	}
	all = append(all, c.Spec.Endpoint.Host, ".svc", "."+c.Spec.Kubernetes.Networking.DNSDomain)
	return addTo(nil, append(all, h.Machine.HTTPProxy.NoProxy...))
}
