package topology

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Ports that no definition changes (https://kubernetes.io/docs/reference/networking/ports-and-protocols/).
const (
	KubeletPort = 10250
	bgpPort     = 179
	ntpPort     = 123
)

// endpointFlows lead to the endpoint, wherever something else than an API server listens there.
func (c *Cluster) endpointFlows(g groups) []Flow {
	f := Flow{
		From: []Group{g.nodes, g.clients}, Protocol: ProtocolTCP, Port: c.LoadBalancerPort, What: "endpoint",
		Why: "the API, by way of a load balancer",
	}
	switch {
	case c.Spec.LoadBalancer.Placement == PlacementExternal:
		f.To, f.Port = []Group{{Name: "the load balancer", Outside: true, Addresses: []string{c.Spec.Endpoint.Host}}}, c.Spec.Endpoint.Port
	case c.BindsVIP():
		f.To = []Group{g.vip}
	case !c.NodeLocal():
		f.To = []Group{g.balancers, g.vip}
	}
	if len(c.LoadBalancers) == 0 && c.Spec.LoadBalancer.Placement != PlacementExternal {
		return nil
	}
	return []Flow{f}
}

// serverFlows lead to API servers, etcd and kubelets. Nodes reach API servers past every balancer: the service "kubernetes"
// leads pods to their own addresses.
func (c *Cluster) serverFlows(g groups) []Flow {
	api := Flow{
		From: []Group{g.nodes, g.balancers, g.administrators}, To: []Group{g.controlPlanes}, Protocol: ProtocolTCP,
		Port: c.Spec.Kubernetes.APIServer.Port, What: "API server", Why: "balancers, pods, and `/readyz` of each",
	}
	switch c.Spec.LoadBalancer.Placement {
	case PlacementExternal:
		api.From = append([]Group{{Name: "the load balancer", Outside: true, Addresses: []string{c.Spec.Endpoint.Host}}}, api.From...)
	case PlacementNone:
		api.From, api.To = append([]Group{g.clients}, api.From...), append(api.To, g.vip)
		api.Why = "the API, for everybody"
	case PlacementNodeLocal:
		api.From = append([]Group{g.clients}, api.From...)
		api.Why = "the API: clients, nodes' own balancers, pods"
	}
	flows := []Flow{api}
	etcd := Flow{From: []Group{g.controlPlanes}, Protocol: ProtocolTCP, What: "etcd", Why: "API servers"}
	if external := c.Spec.Etcd.External; len(c.EtcdMembers) == 0 && external != nil {
		flows = append(flows, outsideEtcd(etcd, external.Endpoints)...)
	}
	member := func(port, what, why string, from ...Group) {
		f := Flow{From: from, To: []Group{g.etcd}, Protocol: ProtocolTCP, What: what, Why: why}
		f.Port, _ = strconv.Atoi(port) // a constant
		flows = append(flows, f)
	}
	member(EtcdClientPort, "etcd", "API servers, `etcdctl` on members", g.controlPlanes, g.etcd)
	member(EtcdPeerPort, "etcd's peers", "members among each other", g.etcd)
	return append(flows, Flow{
		From: []Group{g.controlPlanes}, To: []Group{g.nodes}, Protocol: ProtocolTCP, Port: KubeletPort, What: "kubelet",
		Why: "`kubectl logs`, `exec`, `port-forward`",
	})
}

// outsideEtcd are the flows to someone else's etcd, one for each port.
func outsideEtcd(f Flow, endpoints []string) []Flow {
	at := map[int][]string{}
	for _, e := range endpoints {
		u, err := url.Parse(e)
		if err != nil {
			continue // the schema has URLs only
		}
		port, err := strconv.Atoi(u.Port())
		if err != nil {
			port = 443
		}
		at[port] = append(at[port], u.Hostname())
	}
	var flows []Flow
	for _, port := range slices.Sorted(maps.Keys(at)) {
		f.To, f.Port = []Group{{Name: "someone else's etcd", Outside: true, Addresses: at[port]}}, port
		flows = append(flows, f)
	}
	return flows
}

// vipFlows are those of who carries the virtual address.
func (c *Cluster) vipFlows(g groups) []Flow {
	var flows []Flow
	if len(c.VRRPPeers) > 1 {
		f := Flow{From: []Group{g.vrrp}, To: []Group{g.vrrp}, Protocol: ProtocolVRRP, What: "keepalived", Why: "who carries the virtual address"}
		if c.Spec.VIP.Keepalived.Mode == "multicast" {
			f.To = []Group{{Name: "VRRP peers, by multicast", Hosts: c.VRRPPeers, Addresses: c.vrrpMulticast()}}
		}
		flows = append(flows, f)
	}
	if c.SpeaksBGP() {
		routers := Group{Name: "the routers", Outside: true}
		for _, p := range c.Spec.VIP.KubeVIP.BGP.Peers {
			routers.Addresses = append(routers.Addresses, p.Address.String())
		}
		flows = append(flows, Flow{
			From: []Group{g.kubeVIP}, To: []Group{routers}, Protocol: ProtocolTCP, Port: bgpPort, What: "BGP",
			Why: "kube-vip announces the virtual address",
		})
	}
	return flows
}

// vrrpMulticast are VRRP's groups, of the families that the VIP has (RFC 9568, 5.1).
func (c *Cluster) vrrpMulticast() []string {
	var all []string
	for _, v := range c.VIPs {
		all = append(all, map[Family]string{IPv4: "224.0.0.18", IPv6: "ff02::12"}[FamilyOf(v.Address)])
	}
	return all
}

// hostFlows are those of hosts as such: SSH by its port, and time.
func (c *Cluster) hostFlows(g groups) []Flow {
	byPort := map[int]*Group{}
	clocks := Group{Name: "time servers", Outside: true}
	asking := Group{Name: "all hosts"}
	for _, h := range c.Hosts {
		to := byPort[h.Spec.SSH.Port]
		if to == nil {
			to = &Group{Name: "all hosts"}
			byPort[h.Spec.SSH.Port] = to
		}
		to.Hosts = append(to.Hosts, h)
		to.Addresses = append(to.Addresses, h.SSHAddress())
		if len(h.Machine.TimeServers) > 0 {
			asking.Hosts = append(asking.Hosts, h)
			clocks.Addresses = addTo(clocks.Addresses, h.Machine.TimeServers)
		}
	}
	var flows []Flow
	for _, port := range slices.Sorted(maps.Keys(byPort)) {
		to := *byPort[port]
		to.Name = someOf(to.Hosts, c.Hosts)
		flows = append(flows, Flow{
			From: []Group{g.administrators}, To: []Group{to}, Protocol: ProtocolTCP, Port: port, What: "SSH", Why: "delivery",
		})
	}
	if len(asking.Hosts) > 0 {
		asking.Name = someOf(asking.Hosts, c.Hosts)
		flows = append(flows, Flow{
			From: []Group{asking}, To: []Group{clocks}, Protocol: ProtocolUDP, Port: ntpPort, What: "NTP", Why: "chrony sets the clock",
		})
	}
	return flows
}

// someOf names a part of the hosts: each by itself, unless they are all.
func someOf(hosts, all []*Host) string {
	if len(hosts) == len(all) {
		return "all hosts"
	}
	var names []string
	for _, h := range hosts {
		names = append(names, h.Name)
	}
	return strings.Join(names, ", ")
}
