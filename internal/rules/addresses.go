package rules

import (
	"net/netip"

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
		Source:  "https://www.rfc-editor.org/rfc/rfc9568#section-5.2.9",
		cluster: vipNoHost,
	},
	{
		ID: "KH023", Severity: Error,
		Title:   "an endpoint that is an address is the VIP's, or else the balancer's",
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
}

// hostAddress is one address that a host answers on, and where the definition says so.
type hostAddress struct {
	host    *topology.Host
	field   path
	address netip.Addr
}

func (a hostAddress) at() path { return append(path{"hosts", a.host.Name}, a.field...) }

// addressesOf lists the addresses of a host.
func addressesOf(h *topology.Host) []hostAddress {
	s := h.Spec
	all := []hostAddress{
		{h, path{"address"}, s.Address},
		{h, path{"address6"}, s.Address6},
		{h, path{"vrrp", "address"}, s.VRRP.Address},
		{h, path{"etcd", "address"}, s.Etcd.Address},
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
				f.add(c, path{"vip", "address"}, "%s is the address of host %s", vip.Address, h.Name)
			}
		}
	}
}

func endpointIsVIP(c *topology.Cluster, f *found) {
	endpoint, err := netip.ParseAddr(c.Spec.Endpoint.Host)
	if err != nil {
		return // a DNS name: what stands behind it is known to DNS alone
	}
	at := path{"endpoint", "host"}
	if vip := c.Spec.VIP; vip != nil {
		if endpoint != vip.Address {
			f.add(c, at, "the endpoint is %s, the VIP is %s", endpoint, vip.Address).
				mend("write %s, or a DNS name that resolves to it", vip.Address)
		}
		return
	}
	if !rendersBalancer(c) || c.Spec.LoadBalancer.Placement == topology.PlacementNodeLocal {
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
	lb, endpoint := c.Spec.LoadBalancer, c.Spec.Endpoint.Port
	at := path{"endpoint", "port"}
	switch lb.Placement {
	case topology.PlacementControlPlane, topology.PlacementHosts:
		if c.LoadBalancerPort != endpoint {
			f.add(c, at, "the endpoint has port %d, the balancer listens on %d", endpoint, c.LoadBalancerPort).
				mend("make endpoint.port and loadBalancer.port the same, or leave loadBalancer.port out")
		}
	case topology.PlacementNone:
		if api := c.Spec.Kubernetes.APIServer.Port; api != endpoint {
			f.add(c, at, "the endpoint has port %d, the API servers behind it listen on %d", endpoint, api).
				mend("write %d: no balancer translates ports here", api)
		}
	}
}
