package review

import (
	"cmp"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// component is a part of the system, of which several units can be instances.
type component string

const (
	etcd      component = "etcd"
	apiServer component = "API server"
	manager   component = "controller manager or scheduler"
	balancer  component = "load balancer"
	carrier   component = "holder of the VIP"
	node      component = "kubelet, container runtime or kube-proxy"
	other     component = "other service"
)

// components says what units and static pods are.
var components = map[string]component{
	"etcd.service": etcd, "etcd": etcd,
	"kube-apiserver.service": apiServer, "kube-apiserver": apiServer,
	"kube-controller-manager.service": manager, "kube-controller-manager": manager,
	"kube-scheduler.service": manager, "kube-scheduler": manager,
	"haproxy.service": balancer, "haproxy": balancer, "nginx.service": balancer, "nginx": balancer,
	"khagen-balancer.service": balancer, "docker.service": balancer,
	"keepalived.service": carrier, "keepalived": carrier, "khagen-keepalived.service": carrier, "kube-vip": carrier,
	"kubelet.service": node, "containerd.service": node, "crio.service": node, "kube-proxy.service": node, "kube-proxy": node,
}

func componentOf(unit string) component { return cmp.Or(components[unit], other) }

// packageUnits are units that a package restarts when it gets another version.
var packageUnits = map[string]string{
	"containerd": "containerd.service", "containerd.io": "containerd.service", "cri-o": "crio.service", "docker-ce": "docker.service",
	"docker.io": "docker.service", "haproxy": "haproxy.service", "keepalived": "keepalived.service", "kubelet": "kubelet.service",
	"nginx": "nginx.service",
}

// Verbs beside those of tree.Action.
const (
	verbRestart = string(tree.VerbRestart)
	verbReload  = string(tree.VerbReload)
	verbStart   = string(tree.VerbStart)
)

// verbOrder has the verb first that makes those behind it needless.
var verbOrder = []string{
	verbRestart, string(tree.VerbTry), verbReload, string(tree.VerbSignal), verbStart,
	string(tree.VerbSysctl), string(tree.VerbModules), string(tree.VerbUsers), string(tree.VerbDaemon),
}

// effect is what happens to a unit of one host, and through what.
type effect struct{ host, unit, verb, cause string }

// stops says whether the unit stops for a moment.
func (e effect) stops() bool { return e.verb == verbRestart || e.verb == string(tree.VerbTry) }

// gatherEffects finds what files, programs, keys and packages do to the units of hosts.
func (f *facts) gatherEffects() error {
	others, err := tree.Differences(f.before, f.after)
	if err != nil {
		return err
	}
	for _, c := range f.changed {
		if c.op == tree.OpRemove {
			continue
		}
		f.notified(c.host, c.path, c.notify)
		if pod := staticPod(c.path); pod != "" {
			verb := verbRestart
			if c.op == tree.OpAdd {
				verb = verbStart
			} else if c.op == tree.OpMode || tree.SamePod(c.old, c.new) {
				continue
			}
			f.effects = append(f.effects, effect{c.host, pod, verb, c.path})
		}
	}
	for _, d := range others {
		if slices.Contains(f.stays, d.Host) && d.What != tree.WhatFile { // of files more is known
			f.notified(d.Host, d.Path, d.Notify)
		}
	}
	for _, host := range f.stays {
		before, after := f.before.Host(host), f.after.Host(host)
		for _, p := range after.Packages {
			was := find(before.Packages, func(o tree.Package) bool { return o.Name == p.Name })
			if unit := packageUnits[p.Name]; unit != "" && was != nil && was.Version != p.Version {
				f.effects = append(f.effects, effect{host, unit, verbRestart, "package " + p.Name})
			}
		}
	}
	return nil
}

// notified adds what a manifest wants for something that changed.
func (f *facts) notified(host, cause string, notify []string) {
	for _, action := range notify {
		verb, unit, _ := strings.Cut(action, " ")
		if (verb == verbRestart || verb == verbReload) && !f.ran(host, unit) {
			verb = verbStart
		}
		f.effects = append(f.effects, effect{host, unit, verb, cause})
	}
}

// ran says whether the unit ran on the host before, as far as its manifest tells.
func (f *facts) ran(host, unit string) bool {
	m := f.before.Host(host)
	if !strings.Contains(unit, ".") { // a static pod: kubeadm's have no file in the tree
		return slices.Contains(m.Roles, "control-plane") && strings.HasPrefix(unit, "kube-") ||
			slices.ContainsFunc(m.Files, func(file tree.ManifestFile) bool { return staticPod(file.Path) == unit })
	}
	notifies := func(list []string) bool {
		return slices.ContainsFunc(list, func(action string) bool { return strings.HasSuffix(action, " "+unit) })
	}
	return slices.ContainsFunc(m.Units, func(u tree.Unit) bool { return u.Name == unit }) ||
		slices.ContainsFunc(m.Files, func(file tree.ManifestFile) bool { return notifies(file.Notify) }) ||
		slices.ContainsFunc(m.Programs, func(p tree.Program) bool { return notifies(p.Notify) })
}

// units gives the strongest verb of each unit, with the hosts for which it has the same causes.
func (f *facts) units() []UnitChange {
	type key struct{ unit, verb, causes string }
	strongest := map[[2]string]string{}
	causes := map[[2]string][]string{}
	for _, e := range f.effects {
		if e.verb == string(tree.VerbDaemon) {
			continue
		}
		at := [2]string{e.host, cmp.Or(e.unit, e.verb)}
		if was, ok := strongest[at]; !ok || slices.Index(verbOrder, e.verb) < slices.Index(verbOrder, was) {
			strongest[at] = e.verb
		}
		causes[at] = append(causes[at], e.cause)
	}
	var groups grouped[key]
	for at, verb := range strongest {
		unit := at[1]
		if unit == verb {
			unit = ""
		}
		groups.add(key{unit, verb, strings.Join(natural(causes[at]), "\n")}, at[0])
	}
	list := []UnitChange{}
	groups.each(func(k key, hosts []string) {
		list = append(list, UnitChange{k.unit, k.verb, hosts, strings.Split(k.causes, "\n")})
	})
	slices.SortFunc(list, func(a, b UnitChange) int {
		return cmp.Or(
			cmp.Compare(slices.Index(verbOrder, a.Verb), slices.Index(verbOrder, b.Verb)),
			cmp.Compare(a.Unit, b.Unit), slices.CompareFunc(a.Hosts, b.Hosts, tree.CompareNames), slices.Compare(a.Because, b.Because),
		)
	})
	return list
}

// stopping gives the hosts on which an instance of the component stops for a moment.
func (f *facts) stopping(c component) []string {
	return f.hostsWith(func(e effect) bool { return componentOf(e.unit) == c && e.stops() })
}

func (f *facts) hostsWith(has func(effect) bool) []string {
	var hosts []string
	for _, e := range f.effects {
		if has(e) {
			hosts = append(hosts, e.host)
		}
	}
	return natural(hosts)
}

// unitsWith names the units to which something happens, without the end that systemd gives their names.
func (f *facts) unitsWith(has func(effect) bool) []string {
	var units []string
	for _, e := range f.effects {
		if has(e) {
			units = append(units, strings.TrimSuffix(e.unit, ".service"))
		}
	}
	return natural(units)
}

func find[T any](list []T, is func(T) bool) *T {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return &list[i]
	}
	return nil
}
