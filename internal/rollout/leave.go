package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// leave ends what hosts did for the cluster, when nobody relies on them any more.
func (c *change) leave() []Wave {
	var waves []Wave
	hosts := c.hosts(func(had, has tree.Member) bool {
		return had.Name != "" && (has.Name == "" || has.State == leaving && had.State != leaving || c.losesRole(had, has))
	})
	slices.SortStableFunc(hosts, func(a, b string) int { // who asks before whom it asks; backups before the holder
		return cmp.Or(cmp.Compare(asked(*c.had(a)), asked(*c.had(b))), cmp.Compare(c.had(a).Priority, c.had(b).Priority))
	})
	for _, host := range hosts {
		if w := c.leaves(host); len(w.Steps) > 0 {
			waves = append(waves, c.wave(w))
		}
	}
	return waves
}

// asked ranks hosts by who asks them: nobody, nodes by a balancer, nodes.
func asked(m tree.Member) int {
	switch {
	case m.Balances || m.Carries:
		return 3
	case hasEtcd(m):
		return 2
	case is(m, roleControlPlane):
		return 1
	}
	return 0
}

// losesRole says whether a host stays, but no longer has a member of etcd or a control plane.
func (c *change) losesRole(had, has tree.Member) bool {
	return had.Name != "" && has.Name != "" && (hasEtcd(had) && !hasEtcd(has) || is(had, roleControlPlane) && !is(has, roleControlPlane))
}

func (c *change) leaves(host string) Wave {
	had, has := c.had(host), c.has(host)
	w := Wave{
		ID: "leave-" + host, Title: host + " leaves", Hosts: []string{host},
		Why: "Nobody relies on it any more: balancers, nodes and API servers have the new files.",
	}
	gone := has == nil
	if has == nil {
		has = &tree.Member{}
	}
	leaves := gone || has.State == leaving
	if leaves && had.NodeName != "" {
		w.Steps = append(w.Steps, Step{
			Text: "no pod that others can run is on " + had.NodeName, On: onController,
			Run: fmt.Sprintf(`node=$(kubectl get node %s --ignore-not-found --output name) && { test -z "$node" || `+
				`kubectl drain %s --ignore-daemonsets --delete-emptydir-data --timeout 10m; }`, had.NodeName, had.NodeName),
		})
	}
	ownMember := hasEtcd(*had) && had.State != leaving && (!hasEtcd(*has) || has.State == leaving) && c.ownEtcd()
	if ownMember {
		w.Before = append(w.Before, c.healthy()...)
		w.Steps = append(w.Steps,
			check(c.etcdHost(), "take its member out of etcd", c.removeMember(c.setting(c.before, host, memberName))),
			check(onHost, "and stop it", "systemctl disable --now etcd.service"))
	}
	if units := c.unitsThatEnd(host, gone); len(units) > 0 {
		w.Steps = append(w.Steps, check(onHost, "stop what ran for the cluster", stop(units)))
		w.Back = append(w.Back, check(onHost, "start it again", "systemctl enable "+strings.Join(units, " ")+"; systemctl start "+strings.Join(units, " ")))
	}
	if c.kubeadm() && leaves && had.NodeName != "" {
		w.Steps = append(w.Steps, check(onHost, "kubeadm takes its own away; a member of etcd, too", "kubeadm reset --force"))
	}
	if leaves && had.NodeName != "" {
		w.Steps = append(w.Steps, check(onController, "and its node", "kubectl delete node "+had.NodeName+" --ignore-not-found"))
	}
	if ownMember || c.kubeadm() && had.NodeName != "" {
		w.Back = []Step{say("there is no way back: the host has to join again, as a new one")}
	}
	if hasEtcd(*had) && (gone || leaves || ownMember) {
		w.After = append(w.After, c.healthy()...)
	}
	if is(*had, roleControlPlane) {
		w.After = append(w.After, answers(c.is))
	}
	return w
}

// unitsThatEnd are those to stop on a host: what carried the VIP first, what others needed last.
func (c *change) unitsThatEnd(host string, gone bool) []string {
	had := c.before.Host(host)
	order := []string{"keepalived", "khagen-keepalived", "nginx", "haproxy", "khagen-balancer", "kubelet", "kube-proxy", "kube-scheduler", "kube-controller-manager", "kube-apiserver"}
	var units []string
	for _, name := range order {
		unit := name + ".service"
		enabled := slices.ContainsFunc(had.Units, func(u tree.Unit) bool { return u.Name == unit })
		stays := false
		if m := c.after.Host(host); m != nil {
			stays = slices.ContainsFunc(m.Units, func(u tree.Unit) bool { return u.Name == unit })
		}
		leavingNode := !gone && c.has(host).State == leaving && (name == "kubelet" || name == "kube-proxy") && !c.kubeadm()
		if enabled && (gone || !stays || leavingNode) && (!c.kubeadm() || name != "kubelet") {
			units = append(units, unit)
		}
	}
	if l := c.left[host]; l != nil {
		units = append(units, l.Quadlets...)
	}
	return units
}

// stop ends units, those included that podman made and nothing enabled.
func stop(units []string) string {
	all := strings.Join(units, " ")
	return "systemctl stop " + all + " && { systemctl --quiet disable " + all + " || true; }"
}

// tidy says what hosts that stay keep of what they no longer need.
func (c *change) tidy() []Wave {
	var waves []Wave
	for _, host := range c.all {
		l := c.left[host]
		if l == nil || c.has(host) == nil || l.Empty() {
			continue
		}
		w := Wave{
			ID: "tidy-" + host, Title: "What stays on " + host, Hosts: []string{host},
			Why:  "Whoever copies files to hosts takes none away, and what is still enabled comes back with the next boot.",
			Back: []Step{say("bring the old tree to " + host + " again")},
		}
		if units := slices.Concat(l.Units, l.Quadlets); len(units) > 0 {
			w.Steps = append(w.Steps, check(onHost, "stop units", stop(units)))
		}
		if files := slices.Concat(l.Files, l.PKI, l.Programs); len(files) > 0 {
			w.Steps = append(w.Steps, check(onHost, "delete files", "rm -f "+strings.Join(files, " ")+" && systemctl daemon-reload"))
		}
		for _, file := range l.Blocks {
			w.Steps = append(w.Steps, check(onHost, "delete the block of khagen in "+file, `sed -i '/^# BEGIN khagen$/,/^# END khagen$/d' `+file))
		}
		if len(l.Packages) > 0 {
			w.Steps = append(w.Steps, Step{
				Text: "remove the packages " + strings.Join(l.Packages, ", ") + ", if nothing else on the host needs them", On: onHost, Manual: true,
			})
		}
		waves = append(waves, c.wave(w))
	}
	return waves
}
