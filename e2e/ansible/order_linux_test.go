package ansible

import (
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/topology"
)

// order holds what the stubs were told to docs/tree.md: each phase on all hosts before the next, backups before the host that
// gets the virtual address, and on each host systemd's units read before anything starts.
func (f *fleet) order(t *testing.T) {
	t.Helper()
	all := f.events(t)
	steps := []struct {
		name  string
		units []string
		hosts []*topology.Host // nil: those that have the units
	}{
		{"prerequisites", []string{"systemctl restart containerd.service"}, nil},
		{"etcd", []string{"systemctl restart --no-block etcd.service"}, nil},
		{"backups' balancers", balancing, f.backups()},
		{"the holder's balancer", balancing, f.holders()},
		{"API servers", []string{"systemctl restart kube-apiserver.service"}, nil},
	}
	if f.cluster.Binaries() {
		steps = append(steps, struct {
			name  string
			units []string
			hosts []*topology.Host
		}{"kubelets", []string{"systemctl restart kubelet.service"}, nil})
	}
	last, before := int64(0), ""
	for _, s := range steps {
		var at []int64
		for _, e := range all {
			if slices.Contains(s.units, e.text) && (s.hosts == nil || slices.ContainsFunc(s.hosts, func(h *topology.Host) bool { return h.Name == e.host })) {
				at = append(at, e.at)
			}
		}
		if len(at) == 0 {
			continue
		}
		if slices.Min(at) < last {
			t.Errorf("%s begin before %s are through", s.name, before)
		}
		last, before = slices.Max(at), s.name
	}
	if f.cluster.RunsEtcd() && !slices.ContainsFunc(all, func(e event) bool { return strings.HasSuffix(e.text, "--no-block etcd.service") }) {
		t.Error("no member of etcd was started without waiting for it")
	}
	f.oneAtATime(t, all)
	for _, h := range f.cluster.Hosts {
		f.orderOn(t, h, all)
	}
	if t.Failed() {
		for _, e := range all {
			t.Log(e.at, e.host, e.text)
		}
	}
}

// balancing are the ways in which a balancer and keepalived come up.
var balancing = []string{
	"systemctl restart haproxy.service", "systemctl restart nginx.service", "systemctl restart keepalived.service",
	"systemctl restart khagen-balancer.service",
}

func (f *fleet) holders() []*topology.Host {
	var all []*topology.Host
	for _, h := range f.cluster.VRRPPeers {
		if !slices.ContainsFunc(f.cluster.VRRPPeers, func(o *topology.Host) bool { return o.VRRPPriority > h.VRRPPriority }) {
			all = append(all, h)
		}
	}
	return all
}

func (f *fleet) backups() []*topology.Host {
	return slices.DeleteFunc(slices.Clone(f.cluster.LoadBalancers), func(h *topology.Host) bool { return slices.Contains(f.holders(), h) })
}

// oneAtATime wants what control planes do to end on one host before it begins on the next.
func (f *fleet) oneAtATime(t *testing.T, all []event) {
	t.Helper()
	var hosts []string
	for _, e := range all {
		serial := strings.HasPrefix(e.text, "systemctl restart kube-") && !strings.Contains(e.text, "kube-proxy") || slices.Contains(balancing, e.text)
		if serial && (len(hosts) == 0 || hosts[len(hosts)-1] != e.host) {
			hosts = append(hosts, e.host)
		}
	}
	// The sequence may name a host once as balancer, and once as control plane.
	seen := map[string]int{}
	for _, h := range hosts {
		if seen[h]++; seen[h] > 2 {
			t.Errorf("hosts are changed in turns: %v", hosts)
			return
		}
	}
}

// orderOn wants systemd to read its units before the first start of each phase, and keepalived to come after the balancer.
func (f *fleet) orderOn(t *testing.T, h *topology.Host, all []event) {
	t.Helper()
	var told []string
	for _, e := range all {
		if e.host == h.Name {
			told = append(told, e.text)
		}
	}
	start := slices.IndexFunc(told, func(s string) bool {
		return strings.HasPrefix(s, "systemctl restart ") && !strings.Contains(s, "systemd-modules-load")
	})
	if reload := slices.Index(told, "systemctl daemon-reload"); start < 0 || reload < 0 || reload > start {
		t.Errorf("%s: units start before systemd reads them: %v", h.Name, told)
	}
	proxy := slices.IndexFunc(told, func(s string) bool {
		return s == "systemctl restart haproxy.service" || s == "systemctl restart nginx.service"
	})
	if k := slices.Index(told, "systemctl restart keepalived.service"); k >= 0 && k < proxy {
		t.Errorf("%s: keepalived starts before its balancer: %v", h.Name, told)
	}
	for i, text := range told {
		if strings.HasPrefix(text, "systemctl restart ") && slices.Contains(told[:i], text) {
			t.Errorf("%s: %s twice", h.Name, text)
		}
		if unit, is := strings.CutPrefix(text, "systemctl reload-or-restart "); is {
			t.Errorf("%s: %s is reloaded although its files want it restarted", h.Name, unit)
		}
	}
}
