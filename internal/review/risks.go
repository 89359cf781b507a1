package review

import (
	"cmp"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// Risk is something that a change can do, and how bad that is. A policy names it by its ID.
type Risk struct {
	ID    string
	Grade Grade
	Means string // for people: what it finds and why it matters

	find func(*facts) []Reason // ID and grade are filled in
}

// Risks are all that khagen knows of, the worst first. docs/review.md has the same table.
var Risks = []Risk{
	{"cluster-removed", Critical, "The tree no longer has the cluster.", (*facts).clusterRemoved},
	{"last-gone", Critical, "The last host with a role goes: the last control plane, balancer or member of etcd.", (*facts).lastGone},
	{"etcd-members", Critical, "More than one member of etcd comes, goes or gets another address: one at a time, or the quorum is lost.", (*facts).etcdMembers},
	{"etcd-store", Critical, "API servers get another etcd: what is stored stays in the old one.", (*facts).etcdStore},
	{"endpoint-fixed", Critical, "The endpoint changes under kubeadm, which has no way to do it: kubeconfigs and certificates of all hosts have the old one.", (*facts).endpointFixed},
	{"install", Critical, "Another way to install: all hosts are set up anew.", (*facts).installChanged},
	{"vip-removed", Critical, "The virtual address goes, and nothing says that the endpoint left it: whoever connects to it finds nobody.", (*facts).vipRemoved},
	{"version-unsafe", Critical, "Kubernetes or etcd goes back to an earlier minor version, or leaves one out: neither is supported.", (*facts).versionUnsafe},
	{"name-lost", Critical, "A certificate loses a name that is not a gone host's: who connects by it refuses the certificate.", (*facts).nameLost},
	{"key-lost", Critical, "A key or provider of encryption at rest goes: what it encrypted can't be read, unless all was written again before.", (*facts).keyLost},
	{"fixed-setting", Critical, "A setting changes on which all that is stored relies, such as the service network.", (*facts).fixedSetting},
	{"host-address", Critical, "A host that others rely on has another address, or a node another name, which no rollout does: it leaves, and joins under a new name.", (*facts).hostMoved},

	{unknownID, High, "The earlier state can't be read, or is of an older khagen: nobody can tell what moves.", (*facts).unknownBefore},
	{"etcd-restart", High, "Members of etcd restart: one at a time, the next when all are healthy.", (*facts).etcdRestart},
	{"etcd-member", High, "One member of etcd comes, goes or gets another address.", (*facts).etcdMember},
	{"etcd-margin", High, "etcd can do without fewer members than before.", (*facts).etcdMargin},
	{"key-writes", High, "A key of encryption at rest writes that other API servers can't read until they have it: put it second first.", (*facts).keyWrites},
	{"alone", High, "One control plane or one balancer is left where there were more: no other stands in for it.", (*facts).leftAlone},
	{"control-plane-gone", High, "A control plane goes that others still rely on: it was never leaving.", (*facts).controlPlaneGone},
	{"all-api-servers", High, "All API servers restart.", all(apiServer, (*facts).activeControlPlanes, "all API servers restart")},
	{"all-balancers", High, "All load balancers restart: every connection through them ends.", all(balancer, (*facts).balancers, "all load balancers restart")},
	{"all-carriers", High, "keepalived or kube-vip restarts on all hosts that can hold the virtual address.", all(carrier, (*facts).carriers, "what holds the VIP restarts on all hosts that can hold it")},
	{"all-nodes", High, "The kubelet, the container runtime or kube-proxy restarts on all nodes: pods go on, but a bad setting hits every node.", all(node, (*facts).nodes, "UNITS restart on all nodes")},
	{"balancer-kind", High, "The balancers move, or others take their place: placement, proxy, runtime or port.", (*facts).balancerKind},
	{"vip-moves", High, "The virtual address has another holder, or it, its provider or its router id changes.", (*facts).vipMoves},
	{"vip-left", High, "The virtual address goes, and the endpoint leaves it in the same change: nodes and administrators first.", (*facts).vipLeft},
	{"endpoint", High, "The endpoint changes: certificates need the new name before kubelets use it.", (*facts).endpointChanged},
	{"version-minor", High, "Another minor version of Kubernetes or etcd: back up etcd first.", (*facts).versionMinor},
	{"issuer", High, "Certificates come from another issuer: authorities have to be the same.", (*facts).issuerChanged},

	{"api-servers", Medium, "Some of the API servers restart.", some(apiServer, (*facts).activeControlPlanes, "API servers restart, others go on")},
	{"managers", Medium, "Controller managers or schedulers restart: another takes the lead.", some(manager, nil, "controller managers or schedulers restart")},
	{"balancers", Medium, "Some of the load balancers restart: connections through them end.", some(balancer, (*facts).balancers, "load balancers restart, others go on")},
	{"carriers", Medium, "keepalived or kube-vip restarts on some hosts.", some(carrier, (*facts).carriers, "what holds the VIP restarts, others can take it")},
	{"nodes", Medium, "The kubelet, the container runtime or kube-proxy restarts on some nodes.", some(node, (*facts).nodes, "UNITS restart on some nodes")},
	{"control-plane", Medium, "A control plane comes, begins to leave, or goes after it left.", (*facts).controlPlaneComes},
	{"balancer-hosts", Medium, "A balancer comes, begins to leave, or goes.", (*facts).balancerComes},
	{"vip-comes", Medium, "A virtual address comes: nobody else in its network may have it, nor its VRRP router id.", (*facts).vipComes},
	{"worker-gone", Medium, "Workers go or begin to leave: drain them first.", (*facts).workerGone},
	{"roles", Medium, "A host has other roles.", (*facts).rolesChanged},
	{"names", Medium, "Certificates have to be issued again for more names, before anybody uses these.", (*facts).namesGained},
	{"version-patch", Medium, "Another patch version of Kubernetes or etcd.", (*facts).versionPatch},
	{"commands", Medium, "Somebody has to run kubeadm: the files alone do nothing.", (*facts).byHand},

	{"new-cluster", Low, "A cluster comes: nothing of it runs yet.", (*facts).newCluster},
	{"host-comes", Low, "Hosts come: nobody relies on them yet.", (*facts).hostComes},
	{"names-of-gone", Low, "Certificates lose names of hosts that are gone.", (*facts).namesOfGone},
	{"services", Low, "Services restart that the cluster can do without for a moment.", some(other, nil, "services restart")},
	{"reloads", Low, "Services load their configuration anew; connections go on.", (*facts).reloads},
	{"packages", Low, "Packages or programs come, go or get another version.", (*facts).versionsChanged},
	{"objects", Low, "Objects of the cluster have to be applied.", (*facts).objectsChanged},
	{"files", Low, "Files of hosts change, and nothing of the above comes of it.", (*facts).filesChanged},
	{"left", Low, "Hosts keep what the tree no longer has.", (*facts).leaves},
}

// grade finds the reasons and what the change touches.
func (f *facts) grade() {
	r := f.review
	for i := range Risks {
		for _, reason := range Risks[i].find(f) {
			reason.ID, reason.Grade = Risks[i].ID, Risks[i].Grade
			r.Reasons = append(r.Reasons, reason)
			r.Grade = max(r.Grade, reason.Grade)
		}
	}
	slices.SortStableFunc(r.Reasons, func(a, b Reason) int { return cmp.Compare(b.Grade, a.Grade) })
	for _, t := range Touches {
		if f.known() && t.holds(f) {
			r.Touches = append(r.Touches, t.ID)
		}
	}
}

// one is a reason, or none where no hosts are concerned.
func one(text string, hosts []string) []Reason {
	if len(hosts) == 0 {
		return nil
	}
	return []Reason{{Text: text, Hosts: hosts}}
}

// said is a reason without hosts, or none.
func said(texts ...string) []Reason {
	var all []Reason
	for _, text := range texts {
		all = append(all, Reason{Text: text})
	}
	return all
}

// all finds a component that stops on all hosts of a kind. UNITS in the text are those that do.
func all(c component, kind func(*facts) []string, text string) func(*facts) []Reason {
	return func(f *facts) []Reason {
		stopping := f.stopping(c)
		if !covers(stopping, f.staying(kind)) {
			return nil
		}
		return one(f.withUnits(text, c), stopping)
	}
}

// some finds a component that stops, but not on all hosts of a kind.
func some(c component, kind func(*facts) []string, text string) func(*facts) []Reason {
	return func(f *facts) []Reason {
		stopping := f.stopping(c)
		if kind != nil && covers(stopping, f.staying(kind)) {
			return nil
		}
		return one(f.withUnits(text, c), stopping)
	}
}

// withUnits names the units of a component that stop.
func (f *facts) withUnits(text string, c component) string {
	units := f.unitsWith(func(e effect) bool { return componentOf(e.unit) == c && e.stops() })
	text = strings.Replace(text, "UNITS", tree.Words(units), 1)
	if len(units) == 1 {
		text = strings.Replace(text, " restart ", " restarts ", 1)
	}
	return text
}

// staying gives the hosts of a kind that stay.
func (f *facts) staying(kind func(*facts) []string) []string {
	return slices.DeleteFunc(slices.Clone(kind(f)), func(host string) bool { return !slices.Contains(f.stays, host) })
}

// covers says whether all of some hosts are among others; there has to be one.
func covers(hosts, all []string) bool { return len(all) > 0 && len(without(all, hosts)) == 0 }
