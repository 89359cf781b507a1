package rollout_test

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/rollout"
	"github.com/khagen/khagen/internal/tree"
)

// simulation is a cluster on its way through waves. It knows trees and commands, and nothing of how they were planned: at every
// moment it asks what runs, and what clients find.
type simulation struct {
	*memory
	before, after *tree.Snapshot
	hosts         map[string]*simulated
	members       map[string]bool // hosts whose member etcd counts
	broken        []string
	at            string
	holder        *simulated // of the virtual address when the wave came
}

// simulated is one host: which files it has by now, and what runs.
type simulated struct {
	name                             string
	has                              map[tree.Phase]bool // files of the new tree
	pki                              bool                // certificates of the new tree
	etcd, api, balancer, vrrp, node  bool                // run
	downEtcd, downAPI, downBalancing bool                // at this moment
	touched                          bool                // balancer or keepalived restart or reload at this moment
}

// memory keeps what was found in files: states are walked often.
type memory struct {
	files map[fileKey]string
	found map[findKey][]string
}

type (
	fileKey struct {
		state      *tree.Snapshot
		host, file string
	}
	findKey struct {
		what *regexp.Regexp
		text string
	}
)

func newMemory() *memory { return &memory{map[fileKey]string{}, map[findKey][]string{}} }

// all gives what the first group of an expression matches, wherever it does.
func (m *memory) all(what *regexp.Regexp, text string) []string {
	key := findKey{what, text}
	found, ok := m.found[key]
	if !ok {
		for _, match := range what.FindAllStringSubmatch(text, -1) {
			found = append(found, match[1])
		}
		m.found[key] = found
	}
	return found
}

// walk gives what breaks on the way, at the wave where it does.
func (m *memory) walk(before, after *tree.Snapshot, waves []rollout.Wave) []string {
	s := &simulation{memory: m, before: before, after: after, hosts: map[string]*simulated{}, members: map[string]bool{}}
	for _, m := range before.Cluster.Members {
		h := s.host(m.Name)
		h.etcd, h.api, h.balancer, h.node = m.Etcd != "", slices.Contains(m.Roles, "control-plane"), m.Balances, m.NodeName != ""
		h.vrrp = m.Priority > 0 && m.State != "joining"
		s.members[m.Name] = m.Etcd != ""
	}
	for _, m := range after.Cluster.Members {
		s.host(m.Name)
	}
	for _, w := range waves {
		s.at = w.ID
		for _, step := range w.Before {
			s.step(step, w.Hosts)
		}
		for hosts := w.Hosts; len(hosts) > 0; hosts = hosts[min(w.Batch, len(hosts)):] {
			s.deliver(w, hosts[:min(w.Batch, len(hosts))])
		}
		for _, step := range w.Steps {
			s.step(step, w.Hosts)
		}
		s.moment()
	}
	s.at = "the end"
	s.arrived()
	return s.broken
}

func (s *simulation) host(name string) *simulated {
	if s.hosts[name] == nil {
		s.hosts[name] = &simulated{name: name, has: map[tree.Phase]bool{}}
	}
	return s.hosts[name]
}

func (s *simulation) breaks(format string, args ...any) {
	s.broken = append(s.broken, s.at+": "+fmt.Sprintf(format, args...))
}

func member(s *tree.Snapshot, host string) tree.Member {
	for _, m := range s.Cluster.Members {
		if m.Name == host {
			return m
		}
	}
	return tree.Member{}
}

// differs gives the actions of what a host would take with a phase, and whether there is anything to take.
func (s *simulation) differs(host string, phase tree.Phase, programs bool) (actions []string, any bool) {
	old, is := s.before.Host(host), s.after.Host(host)
	if is == nil {
		return nil, false
	}
	if old == nil {
		old = new(tree.Manifest)
	}
	for _, f := range is.Files {
		if f.Phase != phase {
			continue
		}
		place := (&tree.File{Host: host, Path: f.Path, Kind: f.Kind}).TreePath()
		now, _ := s.after.Read(place)
		was, err := s.before.Read(place)
		if err != nil || !bytes.Equal(was, now) {
			any = true
			actions = append(actions, f.Notify...)
		}
	}
	for _, p := range is.Programs {
		i := slices.IndexFunc(old.Programs, func(q tree.Program) bool { return q.Path == p.Path && q.Version == p.Version })
		if p.Phase == phase && i < 0 {
			any = true
			if programs {
				actions = append(actions, p.Notify...)
			}
		}
	}
	return actions, any
}

// deliver brings a wave to hosts that take it at the same time.
func (s *simulation) deliver(w rollout.Wave, hosts []string) {
	s.holder = s.holds()
	for _, name := range hosts {
		h := s.host(name)
		if w.PKI {
			h.pki = true
		}
		m := member(s.after, name)
		for _, phase := range w.Phases {
			if h.has[phase] {
				continue
			}
			actions, any := s.differs(name, phase, w.Programs)
			if any {
				s.acts(h, m, phase, actions)
			}
			h.has[phase] = true
			s.starts(h, m, phase, any)
		}
	}
	s.moment()
	for _, h := range s.hosts {
		h.downEtcd, h.downAPI, h.downBalancing, h.touched = false, false, false, false
	}
}

func (s *simulation) acts(h *simulated, m tree.Member, phase tree.Phase, actions []string) {
	for _, a := range actions {
		verb, unit, _ := strings.Cut(a, " ")
		switch strings.TrimSuffix(unit, ".service") {
		case "etcd":
			h.downEtcd = true
		case "kube-apiserver":
			h.downAPI = true
		case "nginx", "haproxy", "khagen-balancer", "keepalived", "khagen-keepalived":
			h.touched = true
			h.downBalancing = h.downBalancing || verb == "restart"
		}
	}
	if phase == tree.PhaseLoadBalancer && (m.Balances || m.Carries) {
		h.touched = true
	}
	if phase == tree.PhaseWorker {
		s.newer(h)
	}
}

// starts says what a host runs for the first time.
func (s *simulation) starts(h *simulated, m tree.Member, phase tree.Phase, any bool) {
	if !any {
		return
	}
	own := s.after.Cluster.Topology.Install == "binaries"
	switch phase {
	case tree.PhaseEtcd:
		if m.Etcd != "" && !h.etcd {
			h.etcd = true
			if !s.members[h.name] {
				s.breaks("etcd of %s starts, and no member knows it", h.name)
			}
			if file := "/etc/sysusers.d/etcd.conf"; s.text(s.before, h.name, file) == "" && !h.has[tree.PhasePrerequisites] && s.text(s.after, h.name, file) != "" {
				s.breaks("etcd of %s starts without its account", h.name)
			}
		}
	case tree.PhaseControlPlane:
		if own && slices.Contains(m.Roles, "control-plane") && !h.api {
			h.api = true
			if !h.pki {
				s.breaks("the API server of %s starts without a certificate", h.name)
			}
		}
	case tree.PhaseLoadBalancer:
		h.balancer = h.balancer || m.Balances
		h.vrrp = h.vrrp || m.Priority > 0 && m.State != "joining"
	case tree.PhaseWorker:
		h.node = h.node || own && m.NodeName != ""
	}
}

// newer minds that no kubelet is newer than an API server.
func (s *simulation) newer(h *simulated) {
	if s.before.Cluster.Topology.Kubernetes == s.after.Cluster.Topology.Kubernetes || s.after.Cluster.Topology.Install != "binaries" {
		return
	}
	for _, other := range s.running(func(h *simulated) bool { return h.api }) {
		if !other.has[tree.PhaseControlPlane] && member(s.after, other.name).Name != "" {
			s.breaks("the kubelet of %s is newer than the API server of %s", h.name, other.name)
		}
	}
}

var (
	sshTo        = regexp.MustCompile(`^ssh -p \d+ \S+@(\S+) `)
	memberAdd    = regexp.MustCompile(`member add (\S+)`)
	memberRemove = regexp.MustCompile(`\$3 == "(\S+)"`)
)

// step does what a command does to the cluster.
func (s *simulation) step(step rollout.Step, hosts []string) {
	on := []string{step.On}
	if step.On == "host" {
		on = hosts
	}
	if m := sshTo.FindStringSubmatch(step.Run); m != nil {
		for _, b := range s.before.Cluster.Members {
			if b.Address == m[1] {
				on = []string{b.Name}
			}
		}
	}
	if m := memberAdd.FindStringSubmatch(step.Run); m != nil {
		s.members[s.named(s.after, m[1])] = true
	} else if m := memberRemove.FindStringSubmatch(step.Run); m != nil {
		s.removed(s.named(s.before, m[1]))
	}
	for _, name := range on {
		if s.hosts[name] != nil {
			s.commands(s.hosts[name], step.Run)
		}
	}
}

func (s *simulation) commands(h *simulated, run string) {
	stops := strings.Contains(run, "systemctl stop") || strings.Contains(run, "disable --now")
	switch {
	case stops:
		s.stops(h, run)
	case strings.Contains(run, "rm -f /etc/kubernetes/manifests/keepalived.yaml"):
		h.vrrp = false
	case strings.Contains(run, "kubeadm reset"):
		h.api, h.node, h.etcd = false, false, false
		delete(s.members, h.name)
		s.unused(h)
	case strings.Contains(run, "kubeadm join"):
		m := member(s.after, h.name)
		h.node, h.api, h.etcd = true, slices.Contains(m.Roles, "control-plane"), m.Etcd != ""
		s.members[h.name] = m.Etcd != ""
	case strings.Contains(run, "kubeadm init phase control-plane"), strings.Contains(run, "kubeadm upgrade apply"),
		strings.Contains(run, "kubeadm upgrade node") && !strings.Contains(run, "phase") && h.api:
		h.downAPI = true
		s.moment()
		h.downAPI = false
	case strings.Contains(run, "kubeadm init phase etcd"):
		h.downEtcd = true
		s.moment()
		h.downEtcd = false
	case strings.Contains(run, "kubeadm init phase certs apiserver"):
		h.pki = true
	}
}

func (s *simulation) stops(h *simulated, run string) {
	for _, unit := range []string{"keepalived", "khagen-keepalived"} {
		h.vrrp = h.vrrp && !strings.Contains(run, " "+unit+".service")
	}
	balancer := s.before.Cluster.Topology.Balancer // the one that runs now
	if h.has[tree.PhaseLoadBalancer] {
		balancer = s.after.Cluster.Topology.Balancer
	}
	h.balancer = h.balancer && !strings.Contains(run, " "+balancer.Unit)
	h.node = h.node && !strings.Contains(run, " kubelet.service")
	if strings.Contains(run, " kube-apiserver.service") {
		h.api = false
		s.unused(h)
	}
	if strings.Contains(run, " etcd.service") {
		h.etcd = false
		if s.members[h.name] {
			s.breaks("etcd of %s stops while the others count it", h.name)
		}
	}
}

// named is the host whose member of etcd has a name.
func (s *simulation) named(state *tree.Snapshot, name string) string {
	for _, m := range state.Hosts {
		for _, f := range m.Files {
			if f.Phase == tree.PhaseEtcd && strings.Contains(s.text(state, m.Host, f.Path), "--name="+name+" ") {
				return m.Host
			}
		}
	}
	return name
}

// removed takes a member out.
func (s *simulation) removed(host string) {
	delete(s.members, host)
	url := member(s.before, host).Etcd
	for _, h := range s.running(func(h *simulated) bool { return h.api }) {
		if h.name != host && strings.Contains(s.config(h, "kube-apiserver.conf", tree.PhaseControlPlane), url) && member(s.after, h.name).Name != "" {
			s.breaks("the API server of %s still uses the member of %s", h.name, host)
		}
	}
}

// unused minds that nobody is sent to an API server that ends.
func (s *simulation) unused(h *simulated) {
	address := member(s.before, h.name).Address
	for _, b := range s.running(func(b *simulated) bool { return b.balancer && b != h }) {
		if member(s.after, b.name).Balances && slices.Contains(s.backends(b), address) {
			s.breaks("the balancer of %s still sends to %s, which ends", b.name, h.name)
		}
	}
}

func (s *simulation) running(what func(*simulated) bool) []*simulated {
	var list []*simulated
	for _, name := range slices.Sorted(maps.Keys(s.hosts)) {
		if what(s.hosts[name]) {
			list = append(list, s.hosts[name])
		}
	}
	return list
}

func (s *simulation) text(state *tree.Snapshot, host, file string) string {
	for _, kind := range []tree.Kind{tree.KindFile, tree.KindSecret} {
		if content, err := state.Read((&tree.File{Host: host, Path: file, Kind: kind}).TreePath()); err == nil {
			return string(content)
		}
	}
	return ""
}

// config is a host's file by its name, as it is there at this moment.
func (s *simulation) config(h *simulated, name string, phase tree.Phase) string {
	state := s.before
	if h.has[phase] {
		state = s.after
	}
	key := fileKey{state, h.name, name}
	text, ok := s.files[key]
	if m := state.Host(h.name); !ok && m != nil {
		for _, f := range m.Files {
			if path.Base(f.Path) == name {
				text = s.text(state, h.name, f.Path)
			}
		}
	}
	s.files[key] = text
	return text
}
