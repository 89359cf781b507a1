package delivery

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/internal/topology"
)

// More hosts than these are one box: a diagram is read at a glance, and a large cluster's has to be drawn at all.
const (
	mostOfZone = 6  // hosts of a tier that are in one zone
	mostOfTier = 20 // boxes of a tier
)

// tier is a row of the diagram: hosts that do the same for the others. A host may stand in several.
type tier struct {
	id, title string
	noun      string // of several hosts in one box
	hosts     []*topology.Host
	detail    func(*topology.Host) string // the last line of a host's box; empty: none
}

// diagram is the cluster as a flowchart in Mermaid's language, which Git hosting draws: who connects to whom. It has a line
// for each host, under an id made of its name, so that a host that comes changes no other line.
func diagram(c *topology.Cluster) string {
	d := &chart{taken: map[string]bool{}, marks: map[string]bool{}, ids: map[string]bool{}}
	d.text.WriteString("flowchart LR\n")
	d.box("  clients", round, "clients")
	apis := apiTier(c)
	if !c.NodeLocal() {
		d.box("  endpoint", hexagon, endpointLines(c)...)
		d.tier(tier{"load_balancers", balancerTitle(c), "load balancers", c.LoadBalancers, priority})
	}
	d.tier(apis)
	switch {
	case c.Spec.Etcd.Topology == topology.EtcdHosts:
		d.tier(tier{"etcd", "etcd, port " + topology.EtcdClientPort, "members", c.EtcdMembers, nil})
	case len(c.EtcdMembers) == 0:
		d.box("  etcd", cylinder, append([]string{"someone else's etcd"}, few(c.EtcdEndpoints())...)...)
		d.ids["etcd"] = true
	}
	d.tier(workerTier(c))
	d.edges(c)
	for _, m := range []string{topology.StateJoining, topology.StateLeaving} {
		if d.marks[m] {
			fmt.Fprintf(&d.text, "  classDef %s stroke-dasharray: 5 5\n", m)
		}
	}
	return d.text.String()
}

func apiTier(c *topology.Cluster) tier {
	t := tier{"api_servers", fmt.Sprintf("API servers, port %d", c.Spec.Kubernetes.APIServer.Port), "control planes", c.ControlPlanes, nil}
	if c.Spec.Etcd.Topology == topology.EtcdStacked {
		t.title += ", each with etcd"
	}
	t.detail = func(h *topology.Host) string {
		var all []string
		if len(c.LoadBalancers) == 0 && h.IsVRRPPeer() {
			all = append(all, priority(h))
		}
		if h.Is(topology.RoleWorker) {
			all = append(all, "a worker too")
		}
		return strings.Join(all, ", ")
	}
	return t
}

func workerTier(c *topology.Cluster) tier {
	only := slices.DeleteFunc(slices.Clone(c.Workers), func(h *topology.Host) bool { return h.Is(topology.RoleControlPlane) })
	t := tier{"workers", "workers", "workers", only, nil}
	if c.NodeLocal() {
		t.title = fmt.Sprintf("workers, each with its own %s, port %d of the loopback", c.Spec.LoadBalancer.Proxy, c.LoadBalancerPort)
	}
	return t
}

func balancerTitle(c *topology.Cluster) string {
	return fmt.Sprintf("%s as %s, port %d", c.Spec.LoadBalancer.Proxy, asWhat(c.Spec.LoadBalancer.Runtime), c.LoadBalancerPort)
}

func priority(h *topology.Host) string {
	if !h.IsVRRPPeer() {
		return ""
	}
	return "priority " + strconv.Itoa(h.VRRPPriority)
}

// endpointLines say what is behind the address that all connect to.
func endpointLines(c *topology.Cluster) []string {
	lines := []string{c.Endpoint}
	if c.Spec.LoadBalancer.Placement == topology.PlacementExternal {
		return append(lines, "someone else's load balancer")
	}
	if len(c.VIPs) > 0 {
		text := addresses(vipAddresses(c), "") + " by " + c.Spec.VIP.Provider
		if how := howKubeVIP(c); how != "" {
			text += ", " + how
		}
		lines = append(lines, text)
	}
	return lines
}

// few are the first of many.
func few(all []string) []string {
	if len(all) > mostOfZone {
		return append(slices.Clip(all[:mostOfZone-1]), "…")
	}
	return all
}

// edges lead from clients and workers to etcd, by what is there.
func (d *chart) edges(c *topology.Cluster) {
	way := []string{"endpoint", "load_balancers", "api_servers", "etcd"}
	d.ids["endpoint"] = !c.NodeLocal()
	way = slices.DeleteFunc(way, func(id string) bool { return !d.ids[id] })
	from := []string{"clients"}
	if d.ids["workers"] {
		from = append(from, "workers")
	}
	for _, f := range from {
		d.edge(f, way[0])
	}
	for i := range way[1:] {
		d.edge(way[i], way[i+1])
	}
}
