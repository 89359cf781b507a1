package tree

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// Due is an action that a change makes due on a host.
type Due struct {
	Host    string   `json:"host"`
	Phase   Phase    `json:"phase"`
	Action  string   `json:"action"`  // Action.String: "reload haproxy.service"
	Because []string `json:"because"` // what changed, on the host: files, programs, certificates and keys, in the order of their paths
}

// Due gives the actions that the plan makes due, each once for a host and phase: in natural order of the hosts, in the order of
// the phases, and in that in which the host has to do them. It can be called until the plan is committed.
func (p *Plan) Due() ([]Due, error) {
	before, err := p.Before()
	if err != nil {
		return nil, err
	}
	after, err := p.After()
	if err != nil {
		return nil, err
	}
	return DueBetween(before, after)
}

// DueBetween is Plan.Due for two states.
func DueBetween(before, after *Snapshot) ([]Due, error) {
	all, err := Differences(before, after)
	if err != nil {
		return nil, err
	}
	var due []Due
	for len(all) > 0 {
		host := dueOf{host: all[0].Host}
		for len(all) > 0 && all[0].Host == host.host {
			host.add(all[0].Phase, all[0].Path, all[0].Notify)
			all = all[1:]
		}
		due = append(due, host.sorted()...)
	}
	return due, nil
}

// What says what kind of thing a Difference is.
type What string

// The kinds.
const (
	WhatFile    What = "file"
	WhatProgram What = "program"
	WhatPKI     What = "pki" // a certificate or key of khagen pki
)

// Difference is something that a host has to take anew.
type Difference struct {
	Host   string
	Phase  Phase
	What   What
	Path   string   // on the host
	Notify []string // actions, as manifests have them
}

// Differences gives what hosts have to take to come from one state to another: in natural order of the hosts, files before programs
// before certificates and keys, each in the order of their paths. Of a certificate trees know the names alone: one that is issued
// again with the same names differs in none. Packages, and what stays on a host that should go, are no part of it.
func Differences(before, after *Snapshot) ([]Difference, error) {
	var all []Difference
	for _, has := range after.Hosts {
		had := before.Host(has.Host)
		if had == nil {
			had = &Manifest{Host: has.Host}
		}
		add := func(what What, phase Phase, path string, notify []string) {
			all = append(all, Difference{has.Host, phase, what, path, notify})
		}
		for _, f := range has.Files {
			same, err := sameFile(before, after, had, f)
			if err != nil {
				return nil, err
			}
			if !same {
				add(WhatFile, f.Phase, f.Path, f.Notify)
			}
		}
		for _, p := range has.Programs {
			if !slices.ContainsFunc(had.Programs, p.SameAs) {
				add(WhatProgram, p.Phase, p.Path, p.Notify)
			}
		}
		for _, k := range has.PKI {
			if reissued(had, has, k) {
				add(WhatPKI, k.Phase, k.Path, k.Notify)
			}
		}
	}
	return all, nil
}

// SameAs tells whether a host that has the one has the other: the same program, wherever it comes from.
func (p Program) SameAs(q Program) bool {
	return p.Path == q.Path && p.Version == q.Version && p.Mode == q.Mode && p.Member == q.Member
}

// sameFile tells whether the host has the file already as it has to be.
func sameFile(before, after *Snapshot, had *Manifest, f ManifestFile) (bool, error) {
	i := slices.IndexFunc(had.Files, func(g ManifestFile) bool { return g.Path == f.Path && (g.Kind == KindBlock) == (f.Kind == KindBlock) })
	if i < 0 || had.Files[i].Mode != f.Mode || had.Files[i].Owner != f.Owner {
		return false, nil
	}
	was, err := before.Read((&File{Host: had.Host, Path: f.Path, Kind: had.Files[i].Kind}).TreePath())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // someone deleted it from the tree
	} else if err != nil {
		return false, err
	}
	is, err := after.Read((&File{Host: had.Host, Path: f.Path, Kind: f.Kind}).TreePath())
	return bytes.Equal(was, is), err
}

// reissued tells whether the host gets the certificate or key anew, or with other names or rights. Manifests of older khagens
// don't know the names.
func reissued(had, has *Manifest, k PKIFile) bool {
	if !slices.ContainsFunc(had.PKI, func(g PKIFile) bool { return g.Path == k.Path && g.Mode == k.Mode && g.Owner == k.Owner }) {
		return true
	}
	names := func(m *Manifest) []string {
		for _, c := range m.Certificates {
			if strings.TrimSuffix(c.Path, ".crt") == strings.TrimSuffix(strings.TrimSuffix(k.Path, ".crt"), ".key") {
				return c.Names
			}
		}
		return nil
	}
	was := names(had)
	return was != nil && !slices.Equal(was, names(has))
}

// dueOf gathers what is due on one host.
type dueOf struct {
	host string
	all  []Due
}

func (d *dueOf) add(phase Phase, path string, notify []string) {
	for _, action := range notify {
		i := slices.IndexFunc(d.all, func(e Due) bool { return e.Phase == phase && e.Action == action })
		if i < 0 {
			i = len(d.all)
			d.all = append(d.all, Due{Host: d.host, Phase: phase, Action: action})
		}
		if !slices.Contains(d.all[i].Because, path) {
			d.all[i].Because = append(d.all[i].Because, path)
		}
	}
}

// sorted leaves out reloads of what is restarted in the same phase. What others need (units, users, the kernel's settings) is done
// before them; the rest keeps the order of the manifests.
func (d *dueOf) sorted() []Due {
	all := slices.DeleteFunc(slices.Clone(d.all), func(e Due) bool {
		unit, reload := strings.CutPrefix(e.Action, string(VerbReload)+" ")
		return reload && slices.ContainsFunc(d.all, func(other Due) bool {
			return other.Phase == e.Phase && other.Action == string(VerbRestart)+" "+unit
		})
	})
	slices.SortStableFunc(all, func(a, b Due) int {
		return cmp.Or(
			cmp.Compare(slices.Index(Phases, a.Phase), slices.Index(Phases, b.Phase)),
			cmp.Compare(firstOf(a.Action), firstOf(b.Action)),
		)
	})
	for i := range all {
		slices.Sort(all[i].Because)
	}
	return all
}

// firstOf ranks an action by what others need of it.
func firstOf(action string) int {
	first := []Verb{VerbUsers, VerbDaemon, VerbModules, VerbSysctl}
	if i := slices.Index(first, Verb(action)); i >= 0 {
		return i
	}
	return len(first)
}
