package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
)

var availabilityRules = []Rule{
	{
		ID: "KH050", Severity: Error,
		Title:   "control planes outnumber the failures that the cluster claims to survive",
		Reason:  "When the last API server is gone, so is the cluster.",
		Hint:    "add control planes, or claim less in availability.tolerate.hosts",
		Source:  "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/ha-topology/",
		cluster: controlPlanesSurvive,
	},
	{
		ID: "KH051", Severity: Error,
		Title:   "etcd keeps its majority through the failures that the cluster claims to survive",
		Reason:  "etcd without a majority refuses every write, and the API servers with it.",
		Hint:    "surviving 1 failure takes 3 members, 2 take 5",
		Source:  "https://etcd.io/docs/latest/faq/#what-is-failure-tolerance",
		cluster: etcdSurvives,
	},
	{
		ID: "KH052", Severity: Error,
		Title:   "the endpoint outlives the failures that the cluster claims to survive",
		Reason:  "An API server that nobody reaches is as good as none.",
		Hint:    "add balancers and a vip, or claim less in availability.tolerate.hosts",
		Source:  "https://github.com/kubernetes/kubeadm/blob/main/docs/ha-considerations.md",
		cluster: endpointSurvives,
	},
	{
		ID: "KH053", Severity: Error,
		Title:   "the cluster outlives the zones that it claims to survive",
		Reason:  "Hosts of one zone fail together: a majority in one zone fails with it.",
		Hint:    "spread control planes over at least three zones, or claim less in availability.tolerate.zones",
		Source:  "https://kubernetes.io/docs/setup/best-practices/multiple-zones/",
		cluster: zonesSurvive,
	},
}

// Claims are for a cluster at rest. A host that leaves counts until its entry is gone, so that one can be replaced where
// just enough are there.
var claimedHosts = field{"availability", "tolerate", "hosts"}

func controlPlanesSurvive(c *topology.Cluster, f *found) {
	if claim := toleratedHosts(c); claim > 0 && len(c.ControlPlanes) > 0 && len(c.ControlPlanes) <= claim {
		f.add(c, claimedHosts, "the loss of %s is to be survived, with %s", count(claim, "host"), counted(c.ControlPlanes, "control plane"))
	}
}

// counted gives "2 control planes (cp1, cp2)".
func counted(hosts []*topology.Host, what string) string {
	return fmt.Sprintf("%s (%s)", count(len(hosts), what), names(hosts))
}

func etcdSurvives(c *topology.Cluster, f *found) {
	claim, members := toleratedHosts(c), len(c.EtcdMembers)
	if claim <= 0 || members == 0 {
		return
	}
	if survives := (members - 1) / 2; survives < claim {
		f.add(c, claimedHosts, "the loss of %s is to be survived, and etcd with %s survives %d",
			count(claim, "host"), counted(c.EtcdMembers, "member"), survives).
			mend("make it %d members, or claim %d", 2*claim+1, survives)
	}
}

func endpointSurvives(c *topology.Cluster, f *found) {
	claim, placement := toleratedHosts(c), c.Spec.LoadBalancer.Placement
	if claim <= 0 || placement == topology.PlacementExternal || c.NodeLocal() {
		return
	}
	carriers, what := c.LoadBalancers, "balancer"
	if placement == topology.PlacementNone {
		carriers, what = c.ControlPlanes, "control plane"
	}
	switch {
	case len(carriers) == 0: // KH010 and KH014 say so
	case len(carriers) <= claim && what == "balancer":
		f.add(c, claimedHosts, "the loss of %s is to be survived, with %s", count(claim, "host"), counted(carriers, what))
	case c.Spec.VIP == nil && len(c.EndpointAddresses) > 0:
		f.add(c, claimedHosts, "the loss of %s is to be survived, and the endpoint %s is the address of one host", count(claim, "host"), c.EndpointAddresses[0]).
			mend("add a vip that all of %s can carry, or claim 0", names(carriers))
	}
}

// zoneCheck is one thing that has to outlive zones.
type zoneCheck struct {
	what  string
	hosts []*topology.Host
	least int // hosts that have to be left
}

// zoneChecks are those of a cluster.
func zoneChecks(c *topology.Cluster) []zoneCheck {
	checks := []zoneCheck{{"API servers", c.ControlPlanes, 1}}
	if n := len(c.EtcdMembers); n > 0 {
		checks = append(checks, zoneCheck{"etcd members", c.EtcdMembers, n/2 + 1})
	}
	if n := len(c.LoadBalancers); n > 0 && !c.NodeLocal() { // a worker's balancer is of use to nobody else
		checks = append(checks, zoneCheck{"balancers", c.LoadBalancers, 1})
	}
	return checks
}

func zonesSurvive(c *topology.Cluster, f *found) {
	t := c.Spec.Availability.Tolerate
	if t == nil || t.Zones == nil || *t.Zones == 0 || len(c.ControlPlanes) == 0 {
		return
	}
	at := field{"availability", "tolerate", "zones"}
	if h := endpointHost(c); h != nil {
		f.add(c, at, "the loss of %s is to be survived, and the endpoint %s is the address of %s alone", count(*t.Zones, "zone"), c.Spec.Endpoint.Host, h.Name).
			mend("add a vip that hosts of several zones can carry, or claim 0")
	}
	for _, check := range zoneChecks(c) {
		zones := map[string]int{}
		for _, h := range check.hosts {
			if h.Spec.Zone == "" {
				f.add(c, field{"hosts", h.Name, "zone"}, "the loss of %s is to be survived, and %s is in none", count(*t.Zones, "zone"), h.Name).
					mend(`write zone: "…" for each of %s`, names(check.hosts))
				return
			}
			zones[h.Spec.Zone]++
		}
		lost, left := worstZones(zones, *t.Zones, len(check.hosts))
		if left < check.least {
			f.add(c, at, "without %s, %d of %d %s are left, and %s needed",
				strings.Join(lost, " and "), left, len(check.hosts), check.what, isAre(check.least))
		}
	}
}

// endpointHost is the one host that everybody connects to; nil where a VIP, a balancer of others or one on every worker leads to
// several.
func endpointHost(c *topology.Cluster) *topology.Host {
	placement := c.Spec.LoadBalancer.Placement
	if c.Spec.VIP != nil || placement == topology.PlacementExternal || c.NodeLocal() {
		return nil
	}
	if len(c.EndpointAddresses) == 0 {
		return nil
	}
	return ownerOf(c.Hosts, c.EndpointAddresses[0])
}

func isAre(n int) string {
	if n == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}

// worstZones takes the n largest zones away and counts what is left of all hosts.
func worstZones(zones map[string]int, n, all int) (lost []string, left int) {
	lost = slices.SortedFunc(maps.Keys(zones), func(a, b string) int {
		if zones[a] != zones[b] {
			return zones[b] - zones[a]
		}
		return strings.Compare(a, b)
	})
	lost = lost[:min(n, len(lost))]
	left = all
	for _, z := range lost {
		left -= zones[z]
	}
	return lost, left
}
