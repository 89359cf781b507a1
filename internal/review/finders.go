package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

func (f *facts) activeControlPlanes() []string {
	if !f.known() { // manifests of hosts have roles and states in every khagen
		var all []string
		for _, m := range f.before.Hosts {
			if slices.Contains(m.Roles, "control-plane") && m.State == "" {
				all = append(all, m.Host)
			}
		}
		return all
	}
	return f.members(inUse)
}

// balancers are the hosts with a balancer; where nothing says so, those on which one stops.
func (f *facts) balancers() []string { return f.membersOr(balances, balancer) }

func (f *facts) carriers() []string {
	return f.membersOr(func(m tree.Member) bool { return m.Carries }, carrier)
}

func (f *facts) membersOr(is func(tree.Member) bool, c component) []string {
	if f.known() {
		return f.members(is)
	}
	return f.stopping(c)
}

func (f *facts) clusterRemoved() []Reason {
	if f.before.Cluster == nil || f.after.Cluster != nil {
		return nil
	}
	var hosts []string
	for _, m := range f.before.Hosts {
		hosts = append(hosts, m.Host)
	}
	return []Reason{{Text: "the tree no longer has the cluster", Hosts: hosts}}
}

func (f *facts) newCluster() []Reason {
	if f.before.Cluster != nil || f.after.Cluster == nil {
		return nil
	}
	return said("the cluster is new, nothing of it runs yet")
}

func (f *facts) unknownBefore() []Reason {
	if f.unknown == "" {
		return nil
	}
	return said("what moves, and which certificates change, can't be told: " + f.unknown)
}

// lastGone finds roles that no host has any more. Where etcd belongs to someone else now, etcd-store says so; balancers that the
// endpoint leaves have nobody who asks them, and balancer-kind and vip-left say the rest.
func (f *facts) lastGone() []Reason {
	if !f.known() {
		return nil
	}
	var all []Reason
	for _, kind := range []struct {
		what string
		is   func(tree.Member) bool
	}{{"control plane", has("control-plane")}, {"load balancer", balances}, {"member of etcd", isMember}} {
		if kind.what == "load balancer" && f.endpointLeaves() {
			continue
		}
		if gone := f.gone(kind.is); len(gone) > 0 && len(names(f.after.Cluster, kind.is)) == 0 {
			all = append(all, one("the last "+kind.what+" goes", gone)...)
		}
	}
	return all
}

func (f *facts) leftAlone() []Reason {
	if !f.known() {
		return nil
	}
	var all []Reason
	for _, kind := range []struct {
		what string
		is   func(tree.Member) bool
	}{{"control plane", inUse}, {"load balancer", balancesNow}} {
		if left := names(f.after.Cluster, kind.is); len(left) == 1 && len(f.members(kind.is)) > 1 {
			all = append(all, one("one "+kind.what+" is left, and no other stands in for it", left)...)
		}
	}
	return all
}

func balancesNow(m tree.Member) bool { return m.Balances && m.State == "" }

func (f *facts) controlPlaneGone() []Reason {
	if !f.known() {
		return nil
	}
	return one("control planes go that were in use, without leaving first", lost(f, inUse))
}

// lost gives the hosts of which something held and that are gone altogether.
func lost(f *facts, is func(tree.Member) bool) []string {
	return slices.DeleteFunc(f.gone(is), func(name string) bool { return member(f.after.Cluster, name) != nil })
}

func (f *facts) controlPlaneComes() []Reason {
	if !f.known() {
		return nil
	}
	still := slices.DeleteFunc(f.gone(inUse), func(name string) bool { return member(f.after.Cluster, name) == nil })
	left := lost(f, func(m tree.Member) bool { return has("control-plane")(m) && m.State != "" })
	return slices.Concat(
		one("control planes come", f.came(has("control-plane"))),
		one("control planes are used from now on", without(f.came(inUse), f.came(has("control-plane")))),
		one("control planes are used no more", still),
		one("control planes go that nobody uses any more", left),
	)
}

func (f *facts) balancerComes() []Reason {
	if !f.known() {
		return nil
	}
	carries := func(m tree.Member) bool { return m.Balances || m.Carries }
	leaves := func(m tree.Member) bool { return carries(m) && m.State == "" }
	both := slices.Concat(f.gone(carries), f.gone(leaves))
	return slices.Concat(one("load balancers come", f.came(carries)), one("load balancers go or begin to leave", natural(both)))
}

func (f *facts) workerGone() []Reason {
	if !f.known() {
		return nil
	}
	workers := func(m tree.Member) bool { return has("worker")(m) && !has("control-plane")(m) }
	work := func(m tree.Member) bool { return workers(m) && m.State != "leaving" }
	leaving := slices.DeleteFunc(f.gone(work), func(name string) bool {
		m := member(f.after.Cluster, name)
		return m == nil || m.State != "leaving"
	})
	return slices.Concat(one("workers go: drain them first", lost(f, workers)), one("workers begin to leave: drain them", leaving))
}

func (f *facts) hostComes() []Reason {
	if !f.known() {
		return nil
	}
	return one("hosts come", f.came(anyState))
}

func (f *facts) rolesChanged() []Reason {
	var hosts []string
	for _, host := range f.stays {
		if !slices.Equal(f.before.Host(host).Roles, f.after.Host(host).Roles) {
			hosts = append(hosts, host)
		}
	}
	return one("hosts have other roles", hosts)
}

func (f *facts) hostMoved() []Reason {
	if !f.known() {
		return nil
	}
	var addresses, nodes []string
	for _, m := range f.before.Cluster.Members {
		now := member(f.after.Cluster, m.Name)
		if now == nil {
			continue
		}
		if m.Address != now.Address && (has("control-plane")(m) || m.Balances || m.Etcd != "") {
			addresses = append(addresses, m.Name)
		}
		if m.NodeName != now.NodeName && m.NodeName != "" {
			nodes = append(nodes, m.Name)
		}
	}
	return slices.Concat(one("hosts that others rely on have another address", natural(addresses)),
		one("nodes have another name, and have to join anew", natural(nodes)))
}

func (f *facts) keyLost() []Reason {
	if len(f.lost) == 0 {
		return nil
	}
	return said("encryption at rest loses " + strings.Join(f.lost, ", ") + ": write all resources again with another key before")
}

func (f *facts) keyWrites() []Reason {
	if len(f.first) == 0 {
		return nil
	}
	return said("encryption at rest writes with " + strings.Join(f.first, ", ") + ", which other API servers can't read until they restart")
}

func (f *facts) fixedSetting() []Reason {
	if len(f.fixed) == 0 {
		return nil
	}
	return said(strings.Join(f.fixed, "; ") + ": a running cluster doesn't get over it")
}

func (f *facts) nameLost() []Reason {
	if _, others := f.lostNames(); len(others) > 0 {
		return said("certificates lose " + strings.Join(others, ", "))
	}
	return nil
}

func (f *facts) namesOfGone() []Reason {
	if gone, _ := f.lostNames(); len(gone) > 0 {
		return said("certificates lose the names of what is gone: " + strings.Join(gone, ", "))
	}
	return nil
}

func (f *facts) namesGained() []Reason {
	var hosts, names []string
	for _, c := range f.review.Certificates {
		if len(c.Gains) > 0 || c.New {
			hosts = append(hosts, c.Hosts...)
			names = append(names, c.Gains...)
		}
	}
	text := "certificates have to be issued"
	if len(names) > 0 {
		text += " with " + strings.Join(natural(names), ", ")
	}
	return one(text, natural(hosts))
}

func (f *facts) issuerChanged() []Reason {
	var hosts []string
	for _, host := range f.stays {
		for _, c := range f.after.Host(host).Certificates {
			was := find(f.before.Host(host).Certificates, func(o tree.Certificate) bool { return o.Path == c.Path })
			if was != nil && was.Issuer != c.Issuer {
				hosts = append(hosts, host)
			}
		}
	}
	return one("certificates come from another issuer", natural(hosts))
}

func (f *facts) reloads() []Reason {
	return one("services load their configuration anew", f.hostsWith(func(e effect) bool {
		return e.verb == verbReload || e.verb == string(tree.VerbSignal)
	}))
}

func (f *facts) byHand() []Reason {
	var hosts []string
	for _, c := range f.review.Commands {
		hosts = append(hosts, c.Hosts...)
	}
	return one("kubeadm has to be run, the files alone do nothing", natural(hosts))
}

func (f *facts) versionsChanged() []Reason {
	var hosts []string
	for _, v := range slices.Concat(f.review.Packages, f.review.Programs) {
		hosts = append(hosts, v.Hosts...)
	}
	return one("packages or programs change", natural(hosts))
}

func (f *facts) objectsChanged() []Reason {
	if n := len(f.objects); n > 0 {
		return said(fmt.Sprintf("objects of the cluster have to be applied (files: %d)", n))
	}
	return nil
}

func (f *facts) filesChanged() []Reason {
	if len(f.review.Reasons) > 0 {
		return nil
	}
	var hosts []string
	for _, c := range f.changed {
		if c.op != tree.OpRemove {
			hosts = append(hosts, c.host)
		}
	}
	return one("files change", natural(hosts))
}

func (f *facts) leaves() []Reason {
	var hosts []string
	for i := range f.left {
		if !f.left[i].Gone {
			hosts = append(hosts, f.left[i].Host)
		}
	}
	return one("hosts keep what the tree no longer has", natural(hosts))
}
