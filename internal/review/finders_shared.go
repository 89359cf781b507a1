package review

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// topologies gives what hosts have in common, before and after; ok is false where one of them is unknown.
func (f *facts) topologies() (before, after *tree.Topology, ok bool) {
	if !f.known() {
		return nil, nil, false
	}
	return f.before.Cluster.Topology, f.after.Cluster.Topology, true
}

// change gives the lines of Moves with these names, worded.
func (f *facts) change(what ...string) []Reason {
	var all []string
	for _, m := range f.review.Moves {
		if slices.Contains(what, m.What) {
			all = append(all, m.What+": "+cmp.Or(m.From, "none")+" → "+cmp.Or(m.To, "none"))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return said(strings.Join(all, "; "))
}

func (f *facts) endpointFixed() []Reason {
	before, after, ok := f.topologies()
	if !ok || before.Install != "kubeadm" || after.Install != "kubeadm" {
		return nil
	}
	return f.change("endpoint")
}

func (f *facts) endpointChanged() []Reason {
	if len(f.endpointFixed()) > 0 {
		return nil
	}
	reasons := f.change("endpoint")
	moves := func(e effect) bool {
		return componentOf(e.unit) == node && e.stops() && path.Ext(e.cause) == ".kubeconfig"
	}
	if hosts := f.hostsWith(moves); len(reasons) > 0 && len(hosts) > 0 {
		reasons[0].Text += ", where " + tree.Words(f.unitsWith(moves)) + " go"
		reasons[0].Hosts = hosts
	}
	return reasons
}

// endpointLeaves says whether the endpoint led to the virtual address, as far as the trees tell, and no longer does.
func (f *facts) endpointLeaves() bool {
	before, after, ok := f.topologies()
	if !ok || before.VIP == nil || len(f.endpointChanged()) == 0 || len(before.Addresses) == 0 || len(after.Addresses) == 0 {
		return false
	}
	return len(without(before.VIP.Addresses, before.Addresses)) == 0 && len(without(after.Addresses, before.VIP.Addresses)) == len(after.Addresses)
}

func (f *facts) installChanged() []Reason { return f.change("installed by") }

// balancerKind finds other balancers than before. The first ones are nobody's yet: balancer-hosts says that they come.
func (f *facts) balancerKind() []Reason {
	if before, _, ok := f.topologies(); ok && before.Balancer != nil && before.Balancer.Placement == "none" {
		return nil
	}
	return f.change("load balancer", "proxy", "balancer's port")
}

func (f *facts) vipRemoved() []Reason {
	if f.endpointLeaves() {
		return nil
	}
	return f.vipGoes()
}

func (f *facts) vipLeft() []Reason {
	if !f.endpointLeaves() {
		return nil
	}
	reasons := f.vipGoes()
	if len(reasons) > 0 {
		reasons[0].Text += ", when nodes and administrators have left it; clients of your own have to as well"
	}
	return reasons
}

func (f *facts) vipGoes() []Reason {
	before, after, ok := f.topologies()
	if !ok || before.VIP == nil || after.VIP != nil {
		return nil
	}
	return f.change("VIP")
}

func (f *facts) vipComes() []Reason {
	before, after, ok := f.topologies()
	if !ok || before.VIP != nil || after.VIP == nil {
		return nil
	}
	return f.change("VIP", "VIP's holder")
}

func (f *facts) vipMoves() []Reason {
	before, after, ok := f.topologies()
	if !ok || before.VIP == nil || after.VIP == nil {
		return nil
	}
	reasons := f.change("VIP", "VIP by", "VRRP router id", "VIP's holder")
	if len(reasons) > 0 && !after.VIP.Preempt && after.VIP.RouterID > 0 {
		reasons[0].Text += " (without preemption it moves when the holder stops)"
	}
	return reasons
}

// etcdMoves are the members that come, go or get another address.
func (f *facts) etcdMoves() []string {
	return natural(slices.Concat(f.etcdComes(), f.etcdGoes(), f.etcdAddresses()))
}

func (f *facts) etcdComes() []string {
	if !f.known() {
		return nil
	}
	return f.came(isMember)
}

func (f *facts) etcdGoes() []string {
	if !f.known() {
		return nil
	}
	return f.gone(isMember)
}

func (f *facts) etcdAddresses() []string {
	if !f.known() {
		return nil
	}
	var moved []string
	for _, m := range f.before.Cluster.Members {
		if now := member(f.after.Cluster, m.Name); now != nil && isMember(m) && isMember(*now) && now.Etcd != m.Etcd {
			moved = append(moved, m.Name)
		}
	}
	return moved
}

func (f *facts) etcdMembers() []Reason {
	moved := f.etcdMoves()
	if len(moved) < 2 {
		return nil
	}
	return one(fmt.Sprintf("%d members of etcd come, go or move at once, instead of one at a time; %s", len(moved), f.quorums()), moved)
}

func (f *facts) etcdMember() []Reason {
	if len(f.etcdMoves()) != 1 {
		return nil
	}
	return slices.Concat(
		one("a member of etcd comes; "+f.quorums(), f.etcdComes()),
		one("a member of etcd goes; "+f.quorums(), f.etcdGoes()),
		one("a member of etcd gets another address; "+f.quorums(), f.etcdAddresses()),
	)
}

func (f *facts) quorums() string {
	before, after := quorumOf(f.before.Cluster).String(), quorumOf(f.after.Cluster).String()
	if before == after {
		return before
	}
	return cmp.Or(before, "none") + " → " + cmp.Or(after, "none")
}

func (f *facts) etcdMargin() []Reason {
	if !f.known() {
		return nil
	}
	before, after := quorumOf(f.before.Cluster), quorumOf(f.after.Cluster)
	if after.members == 0 || after.tolerated >= before.tolerated {
		return nil
	}
	return said("etcd can do without " + strconv.Itoa(after.tolerated) + " of its members, before it was " + strconv.Itoa(before.tolerated))
}

func (f *facts) etcdRestart() []Reason {
	text := "members of etcd restart, one at a time"
	if f.known() {
		if q := quorumOf(f.before.Cluster); q.tolerated == 0 {
			text = "members of etcd restart, and none can be done without: the API is away meanwhile"
		}
	}
	return one(text, f.stopping(etcd))
}

func (f *facts) etcdStore() []Reason {
	before, after, ok := f.topologies()
	if !ok || before.Etcd == nil || after.Etcd == nil {
		return nil
	}
	if before.Etcd.Topology == after.Etcd.Topology {
		shared := slices.ContainsFunc(after.Etcd.Endpoints, func(e string) bool { return slices.Contains(before.Etcd.Endpoints, e) })
		if after.Etcd.Topology != "external" || shared {
			return nil
		}
	}
	return f.change("etcd", "etcd's endpoints")
}

// jump says how far apart two versions are.
type jump int

const (
	same jump = iota
	patch
	minor
	unsafe
)

func (f *facts) versionPairs() [][2]string {
	before, after, ok := f.topologies()
	if !ok {
		return nil
	}
	pairs := [][2]string{{before.Kubernetes, after.Kubernetes}}
	if before.Etcd != nil && after.Etcd != nil && before.Etcd.Version != "" && after.Etcd.Version != "" {
		pairs = append(pairs, [2]string{before.Etcd.Version, after.Etcd.Version})
	}
	return pairs
}

func (f *facts) versionJump(is jump) []Reason {
	var reasons []Reason
	for i, pair := range f.versionPairs() {
		if jumpOf(pair[0], pair[1]) == is {
			reasons = append(reasons, said([]string{"Kubernetes", "etcd"}[i]+" "+pair[0]+" → "+pair[1])...)
		}
	}
	return reasons
}

func (f *facts) versionUnsafe() []Reason { return f.versionJump(unsafe) }
func (f *facts) versionMinor() []Reason  { return f.versionJump(minor) }
func (f *facts) versionPatch() []Reason  { return f.versionJump(patch) }

func jumpOf(from, to string) jump {
	if from == to {
		return same
	}
	a, okA := numbers(from)
	b, okB := numbers(to)
	switch {
	case !okA || !okB || a[0] != b[0] || b[1] < a[1] || b[1] > a[1]+1:
		return unsafe
	case b[1] == a[1]+1:
		return minor
	}
	return patch // back or forth
}

// numbers reads a version of three numbers.
func numbers(version string) (n [3]int, ok bool) {
	parts := strings.Split(version, ".")
	if len(parts) != 3 {
		return n, false
	}
	for i, part := range parts {
		v, err := strconv.Atoi(part)
		if err != nil {
			return n, false
		}
		n[i] = v
	}
	return n, true
}
