// Package pki makes and judges what a cluster proves its identities with: authorities, service-account keys, the
// certificates of every host, and the kubeconfigs of its administrators. In come a topology.Cluster, the folder that
// holds them, and the time, which the caller reads; out come files in that folder, or findings about them. Rendering
// never needs this package, and nothing of it is ever part of a rendered tree.
package pki

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/khagen/khagen/internal/topology"
)

// Folder holds all of one cluster:
//
//	ca.crt ca.key etcd-ca.… front-proxy-ca.…      authorities; their keys may be elsewhere
//	sa.key sa.pub                                 what service accounts' tokens are signed and verified with
//	admin.kubeconfig super-admin.kubeconfig       for people, keys included
//	hosts/HOST/rootfs/ABSOLUTE-PATH.{crt,key,conf} what each host has, laid out as there
type Folder struct {
	Root    string // of all clusters: "pki"
	Cluster *topology.Cluster
	Now     time.Time
}

// Dir is the cluster's own folder.
func (f *Folder) Dir() string { return filepath.Join(f.Root, f.Cluster.Spec.Name) }

// name is how messages name a file of the folder.
func (f *Folder) name(path string) string { return filepath.Join(f.Dir(), filepath.FromSlash(path)) }

// initCommand is the command that makes what is missing.
func (f *Folder) initCommand() string { return "khagen pki init " + f.Cluster.Spec.Name }

// Result is what a command did.
type Result struct {
	Written []string  // files, in the order in which they were written
	Notes   []string  // what people have to know besides
	Left    []Finding // what has to be mended and was left as it is
}

// Init makes what is missing. It overwrites nothing; where something that is there can't be used, or what signed it is
// gone, it makes nothing at all.
func (f *Folder) Init(ctx context.Context) (*Result, error) {
	return f.change(func(d *draft) error { return d.makeMissing(ctx) })
}

// Renewal says what to issue again.
type Renewal struct {
	Hosts    []string // whose certificates
	Admin    bool     // the kubeconfigs of administrators
	KeepKeys bool     // for the keys that are there, instead of new ones
}

// Renew issues certificates again, and brings the hosts' copies of the authorities up to date.
func (f *Folder) Renew(ctx context.Context, r Renewal) (*Result, error) {
	return f.change(func(d *draft) error { return d.renew(ctx, r) })
}

// change makes a draft and writes it, if all that is new in it is right. No other run changes the folder from before it is
// read until it is written; one that isn't there after it was read, either, is locked when it is made, and files that appeared
// meanwhile are left.
func (f *Folder) change(make func(*draft) error) (result *Result, err error) {
	unlock, err := lock(f.Dir())
	locked, absent, unopened := err == nil, errors.Is(err, fs.ErrNotExist), (*fs.PathError)(nil)
	switch {
	case locked:
		defer func() { err = errors.Join(err, unlock()) }()
	case !errors.As(err, &unopened): // what can't be opened the draft has better words for
		return nil, err
	}
	d, err := f.draftToWrite()
	if _, statErr := os.Stat(f.Dir()); absent && statErr == nil {
		return f.change(make) // another run made it meanwhile, and half of that may have been read
	}
	if err != nil {
		return nil, err
	}
	d.locked = locked
	if err := make(d); err != nil {
		return nil, err
	}
	left, err := d.verify()
	if err != nil {
		return nil, err
	}
	written, err := d.write()
	return &Result{Written: written, Notes: d.notes, Left: left}, err
}

// Check compares all files with the definition and the clock. What ends within a time from now counts as ended.
func (f *Folder) Check(within time.Duration) ([]Finding, error) {
	d, err := f.draft()
	if err != nil {
		return nil, err
	}
	if len(d.old) == 0 {
		return []Finding{{
			File: f.Dir(), Problem: "nothing is issued yet", Mend: f.initCommand(), Must: true,
		}}, nil
	}
	found, err := d.findings(within)
	if err != nil {
		return nil, err
	}
	open, err := f.unignored()
	return append(open, found...), err
}
