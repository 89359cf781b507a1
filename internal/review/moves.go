package review

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// moves lists what the hosts of a cluster have in common, where it changes.
func (f *facts) moves() {
	if !f.known() {
		return
	}
	before, after := sharedOf(f.before.Cluster), sharedOf(f.after.Cluster)
	for i, m := range before {
		if to := after[i].To; m.To != to {
			f.review.Moves = append(f.review.Moves, Move{m.What, m.To, to})
		}
	}
}

// sharedOf words a state; always the same things in the same order.
func sharedOf(m *tree.Manifest) []Move {
	t := m.Topology
	api, networks := cmp.Or(t.APIServer, &tree.APIServer{}), cmp.Or(t.Networks, &tree.Networks{})
	lb, vip, store := cmp.Or(t.Balancer, &tree.Balancer{}), cmp.Or(t.VIP, &tree.VIP{}), cmp.Or(t.Etcd, &tree.Etcd{})
	return []Move{
		{What: "Kubernetes", To: t.Kubernetes},
		{What: "installed by", To: t.Install},
		{What: "endpoint", To: t.Endpoint},
		{What: "API servers' port", To: number(api.Port)},
		{What: "pod network", To: strings.Join(networks.Pods, ", ")},
		{What: "service network", To: strings.Join(networks.Services, ", ")},
		{What: "DNS domain", To: networks.Domain},
		{What: "bootstrapHost", To: t.Bootstrap},
		{What: "load balancer", To: lb.Placement},
		{What: "proxy", To: strings.TrimSpace(lb.Proxy + " " + lb.Runtime)},
		{What: "balancer's port", To: number(lb.Port)},
		{What: "balancers", To: listed(m, func(m tree.Member) bool { return m.Balances })},
		{What: "API servers in use", To: listed(m, inUse)},
		{What: "VIP", To: strings.Join(vip.Addresses, ", ")},
		{What: "VIP by", To: vip.Provider},
		{What: "VRRP router id", To: number(vip.RouterID)},
		{What: "VRRP preemption", To: preemption(vip)},
		{What: "VIP's holder", To: holder(m)},
		{What: "VRRP priorities", To: priorities(m)},
		{What: "etcd", To: store.Topology},
		{What: "etcd's version", To: store.Version},
		{What: "etcd's endpoints", To: strings.Join(store.Endpoints, ", ")},
		{What: "etcd's members", To: listed(m, isMember)},
		{What: "etcd's quorum", To: quorumOf(m).String()},
	}
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func preemption(v *tree.VIP) string {
	switch {
	case v.Provider != "keepalived":
		return ""
	case v.Preempt:
		return "on"
	}
	return "off"
}

// names gives the members of which something holds.
func names(m *tree.Manifest, is func(tree.Member) bool) []string {
	var all []string
	for _, one := range m.Members {
		if is(one) {
			all = append(all, one.Name)
		}
	}
	return natural(all)
}

func listed(m *tree.Manifest, is func(tree.Member) bool) string { return tree.ListNames(names(m, is)) }

func has(role string) func(tree.Member) bool {
	return func(m tree.Member) bool { return slices.Contains(m.Roles, role) }
}

func inUse(m tree.Member) bool { return m.State == "" && has("control-plane")(m) }

// isMember says whether etcd counts the host, or will once it has joined. One that leaves is removed first of all.
func isMember(m tree.Member) bool { return m.Etcd != "" && m.State != "leaving" }

// holder names the host that has the VIP while all is well: empty where none can tell.
func holder(m *tree.Manifest) string {
	var best *tree.Member
	for i := range m.Members {
		one := &m.Members[i]
		if one.Carries && one.State == "" && one.Priority > 0 && (best == nil || wins(one, best)) {
			best = one
		}
	}
	if best == nil {
		return ""
	}
	return best.Name
}

// wins says whom VRRP prefers: the higher priority, then the higher address (https://www.rfc-editor.org/rfc/rfc9568#section-6.4.3).
func wins(a, b *tree.Member) bool {
	if a.Priority != b.Priority {
		return a.Priority > b.Priority
	}
	x, _ := netip.ParseAddr(a.Address)
	y, _ := netip.ParseAddr(b.Address)
	return x.Compare(y) > 0
}

func priorities(m *tree.Manifest) string {
	var all []string
	for _, one := range m.Members {
		if one.Priority > 0 {
			all = append(all, fmt.Sprintf("%s %d", one.Name, one.Priority))
		}
	}
	const most = 8
	if rest := len(all) - most; rest > 0 {
		all = append(all[:most], fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(all, ", ")
}

// quorum is how many members etcd has, needs, and can do without.
type quorum struct{ members, needed, tolerated int }

func quorumOf(m *tree.Manifest) quorum {
	n := len(names(m, isMember))
	if n == 0 {
		return quorum{}
	}
	return quorum{n, n/2 + 1, n - n/2 - 1}
}

func (q quorum) String() string {
	if q.members == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d needed, %d may fail", q.needed, q.members, q.tolerated)
}

// member gives a host's line; nil where there is none.
func member(m *tree.Manifest, name string) *tree.Member {
	if m == nil {
		return nil
	}
	return find(m.Members, func(one tree.Member) bool { return one.Name == name })
}
