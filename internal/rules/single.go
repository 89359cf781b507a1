package rules

import (
	"slices"

	"github.com/khagen/khagen/internal/topology"
)

var singleRules = []Rule{
	{
		ID: "KH054", Severity: Warning,
		Title:   "without kubeadm, the endpoint of several control planes is one of them for a while only",
		Reason:  "All kubelets connect to this one host, and lose the cluster with it, however many others run. It is the state before balancers are used, and the way back to it.",
		Hint:    "give the endpoint the name or address of the VIP or of a balancer; or accept this until then",
		Source:  "https://github.com/kubernetes/kubeadm/blob/main/docs/ha-considerations.md",
		cluster: endpointOneOfMany,
	},
	{
		ID: "KH055", Severity: Warning,
		Title:   "several control planes are reached through more than one host",
		Reason:  "A single balancer is a single point of failure: with it goes the API, although API servers run.",
		Hint:    "add a second balancer and a vip; or accept this where the cluster may live without its API until the host is back",
		Source:  "https://github.com/kubernetes/kubeadm/blob/main/docs/ha-considerations.md",
		cluster: singleBalancer,
	},
	{
		ID: "KH056", Severity: Warning,
		Title:   "no zone takes the cluster with it",
		Reason:  "Hosts that were spread over zones look as if the loss of one could be survived: where a majority of etcd, all API servers or all balancers are in one zone, it can't.",
		Hint:    "spread over three zones; or claim availability: tolerate: zones: 0, which says that it is known",
		Source:  "https://kubernetes.io/docs/setup/best-practices/multiple-zones/",
		cluster: zoneTakesAll,
	},
}

func endpointOneOfMany(c *topology.Cluster, f *found) {
	if h := passedBy(c); h != nil {
		f.add(c, field{"endpoint", "host"}, "the endpoint %s is the control plane %s, one of %d", c.Spec.Endpoint.Host, h.Name, len(c.ControlPlanes))
	}
}

func singleBalancer(c *topology.Cluster, f *found) {
	placement := c.Spec.LoadBalancer.Placement
	between := placement == topology.PlacementHosts || placement == topology.PlacementControlPlane
	if len(c.ControlPlanes) < 2 || !between || toleratedHosts(c) > 0 || passedBy(c) != nil {
		return // KH052 holds those to their claim that make one
	}
	switch n := len(c.LoadBalancers); {
	case n == 1:
		f.add(c, field{"loadBalancer", "placement"}, "%s is the only balancer of %d control planes: without this host nobody reaches the API", c.LoadBalancers[0].Name, len(c.ControlPlanes))
	case n > 1 && c.Spec.VIP == nil && len(c.EndpointAddresses) > 0:
		h := ownerOf(c.LoadBalancers, c.EndpointAddresses[0])
		if h == nil {
			return
		}
		f.add(c, field{"endpoint", "host"}, "the endpoint %s is the balancer on %s, one of %d: without this host nobody reaches the API", c.EndpointAddresses[0], h.Name, n).
			mend("add a vip that all of %s can carry", names(c.LoadBalancers))
	}
}

func zoneTakesAll(c *topology.Cluster, f *found) {
	if t := c.Spec.Availability.Tolerate; t != nil && t.Zones != nil {
		return // KH053 holds those to their claim that make one
	}
	if zones, all := zonesOf(c.ControlPlanes); !all || len(zones) < 2 {
		if zones, all = zonesOf(c.EtcdMembers); !all || len(zones) < 2 {
			return // nothing is spread
		}
	}
	for _, check := range zoneChecks(c) {
		zones, all := zonesOf(check.hosts)
		if !all || len(check.hosts) < 2 {
			continue
		}
		if lost, left := worstZones(zones, 1, len(check.hosts)); left < check.least {
			first := slices.IndexFunc(check.hosts, func(h *topology.Host) bool { return h.Spec.Zone == lost[0] })
			f.add(c, field{"hosts", check.hosts[first].Name, "zone"}, "without zone %s, %d of %d %s are left, and %s needed", lost[0], left, len(check.hosts), check.what, isAre(check.least))
		}
	}
}

// zonesOf counts hosts by their zones; all is false where a host is in none.
func zonesOf(hosts []*topology.Host) (zones map[string]int, all bool) {
	zones, all = map[string]int{}, true
	for _, h := range hosts {
		all = all && h.Spec.Zone != ""
		zones[h.Spec.Zone]++
	}
	return zones, all
}
