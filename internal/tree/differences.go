package tree

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
)

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
