package rules

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/khagen/khagen/internal/topology"
)

var endpointRules = []Rule{
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
}

// passedBy is the control plane that clients connect to although there are balancers or a VIP, or other control planes; nil
// where there is none. Without kubeadm that is the state before a cluster's balancers are used, and the way back to it.
func passedBy(c *topology.Cluster) *topology.Host {
	if !c.Binaries() || len(c.ControlPlanes) < 2 || c.NodeLocal() {
		return nil
	}
	for _, h := range c.ControlPlanes {
		if !h.IsLoadBalancer() && isHost(h, c.Spec.Endpoint.Host) {
			return h
		}
	}
	return nil
}

// isHost says whether a text names the host or one of its addresses.
func isHost(h *topology.Host, text string) bool {
	a, err := netip.ParseAddr(text)
	return text == h.Name || text == h.NodeName || err == nil && slices.Contains(h.Addresses(), a)
}

func endpointIsVIP(c *topology.Cluster, f *found) {
	endpoint, err := netip.ParseAddr(c.Spec.Endpoint.Host)
	if err != nil {
		return // a DNS name: what stands behind it is known to DNS alone
	}
	at := field{"endpoint", "host"}
	if len(c.VIPs) > 0 {
		isVIP := slices.ContainsFunc(c.VIPs, func(v topology.VIP) bool { return v.Address == endpoint })
		if !isVIP && passedBy(c) == nil {
			f.add(c, at, "the endpoint is %s, the VIP is %s", endpoint, c.VIPs[0].Address).
				mend("write %s, or a DNS name that resolves to it", c.VIPs[0].Address)
		}
		return
	}
	if passedBy(c) != nil || len(c.LoadBalancers) == 0 || c.NodeLocal() { // of the last says KH160
		return
	}
	for _, h := range c.LoadBalancers {
		if slices.Contains(h.Addresses(), endpoint) {
			return
		}
	}
	f.add(c, at, "%s is the address of no balancer (%s)", endpoint, names(c.LoadBalancers)).
		mend("write a balancer's address, or a DNS name, or add a vip")
}

func endpointPort(c *topology.Cluster, f *found) {
	endpoint, api := c.Spec.Endpoint.Port, c.Spec.Kubernetes.APIServer.Port
	at := field{"endpoint", "port"}
	if h := passedBy(c); h != nil {
		if api != endpoint {
			f.add(c, at, "the endpoint has port %d, the API server of %s listens on %d", endpoint, h.Name, api).mend("write %d", api)
		}
		return
	}
	if vip := c.Spec.VIP; vip != nil && c.Spec.LoadBalancer.Placement == topology.PlacementNone && c.Spec.Kubernetes.APIServer.Bind == "address" {
		f.add(c, field{"kubernetes", "apiServer", "bind"}, "API servers listen on their hosts' own addresses alone, and none on the VIP %s", vip.Address).
			mend(`write bind: "all", or a loadBalancer.placement with balancers`)
	}
	switch c.Spec.LoadBalancer.Placement {
	case topology.PlacementControlPlane, topology.PlacementHosts:
		if c.LoadBalancerPort != endpoint {
			f.add(c, at, "the endpoint has port %d, the balancer listens on %d", endpoint, c.LoadBalancerPort).
				mend("make endpoint.port and loadBalancer.port the same, or leave loadBalancer.port out")
		}
	case topology.PlacementNodeLocal:
		if api != endpoint {
			f.add(c, at, "the endpoint has port %d, the API servers listen on %d", endpoint, api).
				mend("make them the same: on control planes the endpoint is the API server itself")
		}
		if c.LoadBalancerPort != endpoint {
			f.add(c, at, "the endpoint has port %d, the balancers on workers listen on %d", endpoint, c.LoadBalancerPort).
				mend("leave loadBalancer.port out")
		}
	case topology.PlacementNone:
		if api != endpoint {
			f.add(c, at, "the endpoint has port %d, the API servers behind it listen on %d", endpoint, api).
				mend("write %d: nothing translates ports here", api)
		}
	}
}

func endpointNoHost(c *topology.Cluster, f *found) {
	if len(c.ControlPlanes) < 2 || c.Spec.VIP != nil || c.Binaries() || c.NodeLocal() {
		return // without kubeadm the endpoint can move, and KH054 warns; of balancers on workers says KH160
	}
	for _, h := range c.ControlPlanes {
		if h.IsLoadBalancer() {
			continue // a balancer spreads connections, and availability.tolerate says what its loss means
		}
		if e := c.Spec.Endpoint.Host; isHost(h, e) {
			f.add(c, field{"endpoint", "host"}, "the endpoint %s is the control plane %s, one of %d", e, h.Name, len(c.ControlPlanes))
		}
	}
}

func etcHostsAgree(c *topology.Cluster, f *found) {
	want := map[string][]netip.Addr{}
	for _, h := range c.Hosts {
		want[h.Name], want[h.NodeName] = h.Addresses(), h.Addresses()
	}
	if len(c.EndpointAddresses) > 0 {
		want[c.Spec.Endpoint.Host] = c.EndpointAddresses
	}
	check := func(below field, entries map[string][]string, here []netip.Addr) {
		for _, text := range slices.Sorted(maps.Keys(entries)) {
			address, _ := netip.ParseAddr(text)
			for _, name := range entries[text] {
				at := append(below[:len(below):len(below)], "etcHosts", "entries", text)
				if c.NodeLocal() && name == c.Spec.Endpoint.Host {
					if !slices.Contains(here, address) {
						f.add(c, at, "the endpoint %s is given the address %s, and leads to another on each host", name, text).
							mend("delete it: khagen writes the line on each host")
					}
					continue
				}
				if right, ok := want[name]; ok && !slices.Contains(right, address) {
					f.add(c, at, "%s is given the address %s, and has %s", name, text, addressTexts(right))
				} else if name == c.Spec.Endpoint.Host && !ok && len(c.ControlPlanes) > 1 && ownerOf(c.ControlPlanes, address) != nil {
					f.add(c, at, "the endpoint %s is given the address of %s, one of %d control planes",
						name, ownerOf(c.ControlPlanes, address).Name, len(c.ControlPlanes)).
						mend("write the balancer's address")
				}
			}
		}
	}
	if e := c.Spec.Machine.EtcHosts; e != nil {
		check(field{"machine"}, e.Entries, nil)
	}
	for _, h := range c.Hosts {
		if e := h.Spec.Machine.EtcHosts; e != nil {
			check(field{"hosts", h.Name, "machine"}, e.Entries, h.EndpointAddresses())
		}
	}
}

// addressTexts lists addresses for a message.
func addressTexts(all []netip.Addr) string {
	texts := make([]string, len(all))
	for i, a := range all {
		texts[i] = a.String()
	}
	return list(texts)
}

// ownerOf finds the host with an address; nil where none has it.
func ownerOf(hosts []*topology.Host, address netip.Addr) *topology.Host {
	for _, h := range hosts {
		if slices.Contains(h.Addresses(), address) {
			return h
		}
	}
	return nil
}
