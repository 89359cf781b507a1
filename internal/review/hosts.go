package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// hosts says which come, go, or are others than before.
func (f *facts) hosts() {
	var groups grouped[string]
	for _, m := range f.before.Hosts {
		if f.after.Host(m.Host) == nil {
			groups.add("goes ("+strings.Join(m.Roles, ", ")+")", m.Host)
		}
	}
	for _, m := range f.after.Hosts {
		if f.before.Host(m.Host) == nil {
			text := "comes (" + strings.Join(m.Roles, ", ") + ")"
			if m.State != "" {
				text += ", " + m.State
			}
			groups.add(text, m.Host)
		}
	}
	for _, host := range f.stays {
		for _, text := range differences(f.before.Host(host), f.after.Host(host)) {
			groups.add(text, host)
		}
		if f.known() {
			for _, text := range moved(member(f.before.Cluster, host), member(f.after.Cluster, host)) {
				groups.add(text, host)
			}
		}
	}
	groups.each(func(text string, hosts []string) { f.review.Hosts = append(f.review.Hosts, HostChange{text, hosts}) })
}

func differences(before, after *tree.Manifest) []string {
	var all []string
	if before.State != after.State {
		all = append(all, fmt.Sprintf("state: %s → %s", cmp.Or(before.State, "active"), cmp.Or(after.State, "active")))
	}
	if !slices.Equal(before.Roles, after.Roles) {
		all = append(all, fmt.Sprintf("roles: %s → %s", strings.Join(before.Roles, ", "), strings.Join(after.Roles, ", ")))
	}
	return all
}

func moved(before, after *tree.Member) []string {
	if before == nil || after == nil {
		return nil
	}
	var all []string
	for _, part := range []struct{ what, from, to string }{
		{"address", before.Address, after.Address},
		{"name of the node", before.NodeName, after.NodeName},
		{"zone", before.Zone, after.Zone},
		{"address of etcd", before.Etcd, after.Etcd},
	} {
		if part.from != part.to {
			all = append(all, fmt.Sprintf("%s: %s → %s", part.what, cmp.Or(part.from, "none"), cmp.Or(part.to, "none")))
		}
	}
	return all
}

// came and gone give the hosts of which something holds in one state alone.
func (f *facts) came(is func(tree.Member) bool) []string {
	return lacking(f.after.Cluster, f.before.Cluster, is)
}

func (f *facts) gone(is func(tree.Member) bool) []string {
	return lacking(f.before.Cluster, f.after.Cluster, is)
}

func lacking(have, lack *tree.Manifest, is func(tree.Member) bool) []string {
	var all []string
	for _, name := range names(have, is) {
		if m := member(lack, name); m == nil || !is(*m) {
			all = append(all, name)
		}
	}
	return all
}

// members gives the hosts of the earlier state of which something holds.
func (f *facts) members(is func(tree.Member) bool) []string { return names(f.before.Cluster, is) }

// nodes are the hosts that were there and stay with a kubelet.
func (f *facts) nodes() []string {
	var all []string
	for _, host := range f.stays {
		if slices.ContainsFunc(f.after.Host(host).Units, func(u tree.Unit) bool { return u.Name == "kubelet.service" }) {
			all = append(all, host)
		}
	}
	return all
}

// stacked says whether kubeadm runs etcd.
func (f *facts) stacked() bool {
	t := f.after.Cluster.Topology
	return t != nil && t.Install == "kubeadm" && t.Etcd != nil && t.Etcd.Topology == "stacked"
}
