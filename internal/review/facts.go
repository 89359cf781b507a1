package review

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// facts are what a review is made of: both states, and what happens on hosts that are in both.
type facts struct {
	review        *Review
	before, after *tree.Snapshot
	unknown       string   // why nobody can tell what moves; empty where it can be told
	stays         []string // hosts that were there and stay
	left          []tree.Left
	changed       []changed
	objects       []tree.Change
	effects       []effect
	lost, first   []string // keys of encryption at rest that go, and one that writes before others know it
	fixed         []string // settings that a running cluster can't change, "what: from → to"
}

// changed is a file of a host that was there and stays.
type changed struct {
	host, path string
	op         tree.Op
	notify     []string
	kind       tree.Kind
	old, new   []byte
}

// gather reads both states of a plan. An earlier state that can't be read is taken to be as the new one, but for the files.
func gather(p *tree.Plan) (*facts, error) {
	f := &facts{review: &Review{
		Cluster: p.Cluster, Reasons: []Reason{}, Touches: []string{}, Moves: []Move{}, Hosts: []HostChange{},
		Units: []UnitChange{}, Certificates: []Certificate{}, Commands: []Command{}, Packages: []Versioned{},
		Programs: []Versioned{}, Files: []FileChange{}, Objects: []FileChange{}, Notes: []string{},
	}}
	var err error
	if f.after, err = p.After(); err != nil {
		return nil, err
	}
	if f.before, err = p.Before(); err != nil {
		f.unknown = "in the earlier state " + err.Error()
		f.before = f.after
	}
	if f.left, err = p.Left(); err != nil {
		return nil, err
	}
	f.compareTopologies()
	if n := len(p.ForeignDelivered()); n > 0 {
		f.review.Notes = append(f.review.Notes, fmt.Sprintf("hosts would get files that khagen didn't write (%d): %s", n, someOf(p.ForeignDelivered())))
	}
	for _, m := range f.after.Hosts {
		if f.before.Host(m.Host) != nil {
			f.stays = append(f.stays, m.Host)
		}
	}
	if err := f.gatherFiles(p); err != nil {
		return nil, err
	}
	if err := f.gatherEffects(); err != nil {
		return nil, err
	}
	f.gatherSettings()
	return f, nil
}

// compareTopologies notes what keeps the manifests from telling what moves.
func (f *facts) compareTopologies() {
	before, after := f.before.Cluster, f.after.Cluster
	if f.unknown == "" && before != nil && before.Topology == nil {
		f.unknown = "the earlier tree is of an older khagen, and doesn't say what the cluster is"
	}
	if f.runs() && after.Topology != nil && after.Topology.Bootstrap != "" {
		f.review.Notes = append(f.review.Notes,
			fmt.Sprintf("bootstrapHost is %s, as for a cluster that doesn't run yet; this is what the change means to one that runs", after.Topology.Bootstrap))
	}
}

// runs says whether the cluster was there and stays.
func (f *facts) runs() bool { return f.before.Cluster != nil && f.after.Cluster != nil }

// known says whether both manifests tell what the cluster is.
func (f *facts) known() bool {
	return f.unknown == "" && f.runs() && f.before.Cluster.Topology != nil && f.after.Cluster.Topology != nil
}

// gatherFiles sorts the plan's changes by whom they concern.
func (f *facts) gatherFiles(p *tree.Plan) error {
	for i := range p.Changes {
		c := p.Changes[i]
		host := c.Host()
		switch {
		case host == "" && strings.HasPrefix(c.Path, "cluster/"):
			f.objects = append(f.objects, c)
		case slices.Contains(f.stays, host):
			if err := f.gatherFile(&c, host); err != nil {
				return err
			}
		}
	}
	for _, host := range f.stays {
		f.gatherModes(host)
	}
	slices.SortStableFunc(f.changed, func(a, b changed) int {
		return strings.Compare(a.path, b.path)
	})
	return nil
}

func (f *facts) gatherFile(c *tree.Change, host string) error {
	old, err := c.Old()
	if err != nil {
		return err
	}
	one := changed{host: host, op: c.Op, old: old, new: c.New}
	snapshot := f.after
	if c.Op == tree.OpRemove {
		snapshot = f.before
	}
	file := delivered(snapshot.Host(host), c.Path)
	if file == nil {
		return nil
	}
	one.path, one.kind = file.Path, file.Kind
	if c.Op == tree.OpRemove {
		if fileAt(f.after.Host(host), file.Path, file.Kind == tree.KindBlock) != nil {
			return nil // it comes as another kind, at another place in the tree
		}
	} else {
		one.notify = file.Notify
		if c.Op == tree.OpAdd && fileAt(f.before.Host(host), file.Path, file.Kind == tree.KindBlock) != nil {
			one.op = tree.OpChange
		}
	}
	f.changed = append(f.changed, one)
	return nil
}

// gatherModes adds files of which the mode or owner alone changes, which the tree has in manifests.
func (f *facts) gatherModes(host string) {
	before, after := f.before.Host(host), f.after.Host(host)
	for _, file := range after.Files {
		was := fileAt(before, file.Path, file.Kind == tree.KindBlock)
		if was == nil || was.Mode == file.Mode && was.Owner == file.Owner {
			continue
		}
		if !slices.ContainsFunc(f.changed, func(c changed) bool { return c.host == host && c.path == file.Path }) {
			f.changed = append(f.changed, changed{host: host, path: file.Path, op: tree.OpMode, notify: file.Notify, kind: file.Kind})
		}
	}
}

// delivered finds the file of a host by its place in the tree; nil where it is none that the host gets.
func delivered(m *tree.Manifest, place string) *tree.ManifestFile {
	for i := range m.Files {
		f := tree.File{Host: m.Host, Path: m.Files[i].Path, Kind: m.Files[i].Kind}
		if f.TreePath() == place {
			return &m.Files[i]
		}
	}
	return nil
}

// fileAt finds the file of a host by its path there; blocks and whole files are different things.
func fileAt(m *tree.Manifest, path string, block bool) *tree.ManifestFile {
	for i := range m.Files {
		if m.Files[i].Path == path && (m.Files[i].Kind == tree.KindBlock) == block {
			return &m.Files[i]
		}
	}
	return nil
}

// staticPod names the static pod that a file is; empty where it is none.
func staticPod(file string) string {
	name, ok := strings.CutSuffix(path.Base(file), ".yaml")
	if !ok || path.Base(path.Dir(file)) != "manifests" {
		return ""
	}
	return name
}
