package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// Touch is a question that a policy can ask of a change, whatever its grade.
type Touch struct {
	ID    string
	Means string
	holds func(*facts) bool
}

// Touches are all such questions. A cluster that comes or goes as a whole, and one whose manifests don't say what it is, has none.
var Touches = []Touch{
	{"etcd-quorum", "More members of etcd restart, come, go or move than etcd can do without.", func(f *facts) bool {
		n := len(natural(slices.Concat(f.stopping(etcd), f.etcdMoves())))
		return n > 0 && n > quorumOf(f.before.Cluster).tolerated
	}},
	{"all-load-balancers", "On every balancer, the proxy or what holds the virtual address reloads, restarts, goes, or others take its place.", func(f *facts) bool {
		if len(f.change("load balancer", "proxy", "balancer's port", "VIP", "VIP by", "VRRP router id")) > 0 && len(f.members(balances)) > 0 {
			return true
		}
		touched := f.hostsWith(func(e effect) bool { return e.changes(balancer) || e.changes(carrier) })
		return covers(slices.Concat(touched, f.gone(anyState)), f.members(balances))
	}},
	{"all-control-planes", "On every control plane, the API server, a controller, etcd, the kubelet or the runtime restarts, or it goes.", func(f *facts) bool {
		touched := f.hostsWith(func(e effect) bool { return e.stops() && components[e.unit] != "" })
		return covers(slices.Concat(touched, f.gone(anyState)), f.members(inUse))
	}},
}

// changes says whether an instance of the component reloads or restarts.
func (e effect) changes(c component) bool {
	return componentOf(e.unit) == c && (e.stops() || e.verb == verbReload || e.verb == string(tree.VerbSignal))
}

// anyState holds for every host of a definition.
func anyState(tree.Member) bool { return true }

func balances(m tree.Member) bool { return m.Balances }

// unknownID is the risk of a change whose earlier state nobody can tell.
const unknownID = "unknown"

// Policy is what a change may not do.
type Policy struct {
	Most   Grade    // the worst grade that passes
	Forbid []string // IDs of Touches and Risks
}

// ParseForbidden checks the names of a policy.
func ParseForbidden(names []string) error {
	known := Forbiddable()
	for _, name := range names {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%q is nothing that can be forbidden: want some of %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}

// Forbiddable are the names that a policy can have.
func Forbiddable() []string {
	var known []string
	for _, t := range Touches {
		known = append(known, t.ID)
	}
	for _, r := range Risks {
		known = append(known, r.ID)
	}
	return known
}

// Broken says how a change breaks the policy, a line each; nothing where it doesn't.
func (p *Policy) Broken(r *Review) []string {
	var broken []string
	for _, reason := range r.Reasons {
		switch {
		case reason.Grade > p.Most:
			broken = append(broken, fmt.Sprintf("%s: %s: %s (%s is above %s)", r.Cluster, reason.ID, reason.sentence(), reason.Grade, p.Most))
		case slices.Contains(p.Forbid, reason.ID):
			broken = append(broken, fmt.Sprintf("%s: %s: %s (forbidden)", r.Cluster, reason.ID, reason.sentence()))
		}
	}
	unknown := slices.ContainsFunc(r.Reasons, func(reason Reason) bool { return reason.ID == unknownID })
	for _, t := range Touches {
		switch {
		case !slices.Contains(p.Forbid, t.ID):
		case slices.Contains(r.Touches, t.ID):
			broken = append(broken, fmt.Sprintf("%s: %s (forbidden)", r.Cluster, t.ID))
		case unknown: // a gate that can't see is closed
			broken = append(broken, fmt.Sprintf("%s: %s: nobody can tell (forbidden)", r.Cluster, t.ID))
		}
	}
	return broken
}

// sentence is a reason with its hosts.
func (r *Reason) sentence() string {
	if len(r.Hosts) == 0 {
		return r.Text
	}
	return r.Text + " (" + tree.ListHosts(r.Hosts) + ")"
}
