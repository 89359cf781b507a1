package rollout

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// The roles of hosts, and what topologies say.
const (
	roleControlPlane = "control-plane"
	roleEtcd         = "etcd"
	kubeadm          = "kubeadm"
	stacked          = "stacked"
	nodeLocal        = "node-local"
	keepalived       = "keepalived"
	leaving          = "leaving"
	joining          = "joining"
)

// change is what differs between two states of a cluster that both know their topology.
type change struct {
	before, after *tree.Snapshot
	was, is       *tree.Topology
	all           []string // hosts of either state: those of the new one in their order, then those that are gone
	left          map[string]*tree.Left
	diffs         map[string][]tree.Difference
	delivered     map[string][]tree.Phase // by waves that are planned already
	issued        map[string]bool         // hosts whose certificates are brought by waves that are planned already
	installed     map[string][]string     // packages that are
	err           error                   // of reading a file; the first
}

func newChange(before, after *tree.Snapshot) (*change, error) {
	c := &change{
		before: before, after: after, was: before.Cluster.Topology, is: after.Cluster.Topology,
		left: map[string]*tree.Left{}, diffs: map[string][]tree.Difference{},
		delivered: map[string][]tree.Phase{}, issued: map[string]bool{}, installed: map[string][]string{},
	}
	diffs, err := tree.Differences(before, after)
	if err != nil {
		return nil, err
	}
	for _, d := range diffs {
		c.diffs[d.Host] = append(c.diffs[d.Host], d)
	}
	for _, m := range after.Cluster.Members {
		c.all = append(c.all, m.Name)
	}
	for _, m := range before.Cluster.Members {
		if c.has(m.Name) == nil {
			c.all = append(c.all, m.Name)
		}
	}
	for _, l := range tree.LeftBetween(before, after) {
		c.left[l.Host] = &l
	}
	return c, nil
}

func memberOf(s *tree.Snapshot, host string) *tree.Member {
	i := slices.IndexFunc(s.Cluster.Members, func(m tree.Member) bool { return m.Name == host })
	if i < 0 {
		return nil
	}
	return &s.Cluster.Members[i]
}

// had and has are a host's lines of the two states, nil where it has none.
func (c *change) had(host string) *tree.Member { return memberOf(c.before, host) }
func (c *change) has(host string) *tree.Member { return memberOf(c.after, host) }

// stays says whether both states have the host.
func (c *change) stays(host string) bool { return c.had(host) != nil && c.has(host) != nil }

// hosts are those for which a question about both lines is answered with yes. Lines that a state lacks are empty ones.
func (c *change) hosts(wanted func(had, has tree.Member) bool) []string {
	var list []string
	for _, host := range c.all {
		had, has := tree.Member{}, tree.Member{}
		if m := c.had(host); m != nil {
			had = *m
		}
		if m := c.has(host); m != nil {
			has = *m
		}
		if wanted(had, has) {
			list = append(list, host)
		}
	}
	return list
}

func is(m tree.Member, role string) bool { return slices.Contains(m.Roles, role) }

// hasEtcd says whether a host has a member of etcd that the others count.
func hasEtcd(m tree.Member) bool { return m.Etcd != "" }

// kubeadm says whether kubeadm runs the control planes; ownEtcd whether members of etcd are units of khagen's.
func (c *change) kubeadm() bool { return c.is.Install == kubeadm }
func (c *change) ownEtcd() bool { return c.is.Etcd.Ctl != nil }

// upgrades says whether Kubernetes gets another version.
func (c *change) upgrades() bool { return c.was.Kubernetes != c.is.Kubernetes }

// moves says whether the endpoint leads elsewhere.
func (c *change) moves() bool {
	return c.was.Endpoint != c.is.Endpoint || !slices.Equal(c.was.Addresses, c.is.Addresses)
}

// pending says whether the host still has to take files or programs of the phases.
func (c *change) pending(host string, phases ...tree.Phase) bool {
	return slices.ContainsFunc(c.diffs[host], func(d tree.Difference) bool {
		return d.What != tree.WhatPKI && slices.Contains(phases, d.Phase) && !slices.Contains(c.delivered[host], d.Phase)
	})
}

// unissued says whether the host still has to take certificates or keys of khagen pki.
func (c *change) unissued(host string) bool {
	return !c.issued[host] && slices.ContainsFunc(c.diffs[host], func(d tree.Difference) bool { return d.What == tree.WhatPKI })
}

// notifies says whether a phase does an action on the host.
func (c *change) notifies(host string, phase tree.Phase, action string) bool {
	return slices.ContainsFunc(c.diffs[host], func(d tree.Difference) bool {
		return d.What != tree.WhatPKI && d.Phase == phase && slices.Contains(d.Notify, action)
	})
}

// wave fills what follows from hosts and phases, and notes what it delivers. New hosts take all that comes before the phases too,
// the others their prerequisites where these don't move the endpoint.
func (c *change) wave(w Wave, phases ...tree.Phase) Wave {
	isNew := !slices.ContainsFunc(w.Hosts, c.stays)
	if len(phases) > 0 && (isNew || !c.moves() || slices.Contains(phases, tree.PhaseWorker) || slices.Contains(phases, tree.PhaseLoadBalancer)) &&
		slices.ContainsFunc(w.Hosts, func(host string) bool { return c.pending(host, tree.PhasePrerequisites) }) {
		phases = append([]tree.Phase{tree.PhasePrerequisites}, phases...)
	}
	w.Phases = slices.Compact(phases)
	for _, host := range w.Hosts {
		if len(w.Phases) > 0 && c.unissued(host) && !c.late(host) {
			w.PKI = true
		}
		if slices.ContainsFunc(c.diffs[host], func(d tree.Difference) bool {
			return d.What == tree.WhatProgram && slices.Contains(w.Phases, d.Phase)
		}) {
			w.Programs = true
		}
	}
	for _, host := range w.Hosts {
		c.delivered[host] = append(c.delivered[host], w.Phases...)
		if w.PKI {
			c.issued[host] = true
		}
	}
	w.Batch = max(w.Batch, 1)
	for _, steps := range []*[]Step{&w.Before, &w.Steps, &w.After, &w.Back} {
		if *steps == nil {
			*steps = []Step{}
		}
	}
	if w.Hosts == nil {
		w.Hosts = []string{}
	}
	if w.Phases == nil {
		w.Phases = []tree.Phase{}
	}
	return w
}

// read gives a file of a host by its path there; nothing where the state lacks it.
func (c *change) read(s *tree.Snapshot, host, file string) string {
	m := s.Host(host)
	if m == nil {
		return ""
	}
	i := slices.IndexFunc(m.Files, func(f tree.ManifestFile) bool { return f.Path == file && f.Kind != tree.KindBlock })
	if i < 0 {
		return ""
	}
	content, err := s.Read((&tree.File{Host: host, Path: file, Kind: m.Files[i].Kind}).TreePath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) && c.err == nil {
		c.err = err
	}
	return string(content)
}

// fileNamed is the path of the host's file with a name, empty where it has none.
func fileNamed(m *tree.Manifest, name string) string {
	if m == nil {
		return ""
	}
	i := slices.IndexFunc(m.Files, func(f tree.ManifestFile) bool { return path.Base(f.Path) == name })
	if i < 0 {
		return ""
	}
	return m.Files[i].Path
}

// names are those in the certificate of a host's API server.
func apiServerNames(m *tree.Manifest) []string {
	if m == nil {
		return nil
	}
	for _, c := range m.Certificates {
		if path.Base(c.Path) == "apiserver.crt" {
			return c.Names
		}
	}
	return nil
}

// hostOf is the host of an endpoint.
func hostOf(endpoint string) string {
	host := endpoint[:max(strings.LastIndexByte(endpoint, ':'), 0)]
	return strings.Trim(host, "[]")
}

func portOf(endpoint string) string { return endpoint[strings.LastIndexByte(endpoint, ':')+1:] }

// without gives those of a list that another lacks.
func without(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(others, s) })
}
