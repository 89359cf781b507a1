package tree

import (
	"path"
	"slices"
	"strings"
)

// Left is what a host keeps of what the tree no longer has for it: whoever copies files to hosts takes none away.
type Left struct {
	Cluster  string   `json:"cluster"`
	Host     string   `json:"host"`
	Gone     bool     `json:"gone"`               // the tree no longer has the host
	Units    []string `json:"units,omitempty"`    // systemd units that were to be enabled
	Quadlets []string `json:"quadlets,omitempty"` // units that podman made of some of the files, and that were never enabled
	Files    []string `json:"files,omitempty"`    // whole files, those of secrets included
	Blocks   []string `json:"blocks,omitempty"`   // files that others own, with a block of khagen's
	PKI      []string `json:"pki,omitempty"`      // certificates and keys
	Programs []string `json:"programs,omitempty"` // executables that no package brought
	Packages []string `json:"packages,omitempty"` // distribution packages
}

// Empty tells whether nothing stays.
func (l *Left) Empty() bool {
	return len(l.Units)+len(l.Files)+len(l.Blocks)+len(l.PKI)+len(l.Programs)+len(l.Packages) == 0
}

// Left gives what hosts keep of what the plan takes out of the tree, in natural order of the hosts. It can be called until
// the plan is committed. What somebody else put into the tree is unknown to it.
func (p *Plan) Left() ([]Left, error) {
	var all []Left
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Host() == "" || !isManifest(c.Path) || c.Op != OpChange && c.Op != OpRemove {
			continue
		}
		old, err := c.Old()
		if err != nil {
			return nil, err
		}
		had, _ := ReadManifest(old)
		var has *Manifest
		if c.Op == OpChange {
			has, _ = ReadManifest(c.New)
		}
		if left, stays := leftOn(p.Cluster, c.Host(), had, has); stays {
			all = append(all, left)
		}
	}
	slices.SortFunc(all, func(a, b Left) int { return compareNatural(a.Host, b.Host) })
	return all, nil
}

// LeftBetween is Plan.Left for two states.
func LeftBetween(before, after *Snapshot) []Left {
	var all []Left
	for _, had := range before.Hosts {
		if left, stays := leftOn(after.Name, had.Host, had, after.Host(had.Host)); stays {
			all = append(all, left)
		}
	}
	return all
}

// leftOn is what a host keeps; has is nil where the host is gone. stays is false where there is nothing to say of it.
func leftOn(cluster, host string, had, has *Manifest) (left Left, stays bool) {
	gone := has == nil
	if gone {
		has = new(Manifest)
	}
	left = leftOf(had, has)
	left.Cluster, left.Host, left.Gone = cluster, host, gone
	return left, gone || !left.Empty()
}

// leftOf compares what a host had with what it has.
func leftOf(had, has *Manifest) Left {
	unit := func(u Unit) string { return u.Name }
	whole := func(f ManifestFile) string { return f.Path }
	program := func(p Program) string { return p.Path }
	pki := func(p PKIFile) string { return p.Path }
	name := func(p Package) string { return p.Name }

	files, blocks := parted(had.Files)
	stillFiles, stillBlocks := parted(has.Files)
	leftFiles := without(files, stillFiles, whole)
	return Left{
		Units:    without(had.Units, has.Units, unit),
		Quadlets: quadlets(leftFiles, has.Units),
		Files:    leftFiles,
		Blocks:   without(blocks, stillBlocks, whole),
		PKI:      without(had.PKI, has.PKI, pki),
		Programs: without(had.Programs, has.Programs, program),
		Packages: without(had.Packages, has.Packages, name),
	}
}

// quadlets are the units that podman makes of some of the files, but for those that the host has another file for.
func quadlets(files []string, still []Unit) []string {
	var units []string
	for _, file := range files {
		name, ok := strings.CutSuffix(file, ".container")
		if !ok || path.Dir(file) != "/etc/containers/systemd" {
			continue
		}
		unit := path.Base(name) + ".service"
		if !slices.ContainsFunc(still, func(u Unit) bool { return u.Name == unit }) {
			units = append(units, unit)
		}
	}
	return units
}

// parted tells whole files from blocks of others' files.
func parted(all []ManifestFile) (files, blocks []ManifestFile) {
	for _, f := range all {
		if f.Kind == KindBlock {
			blocks = append(blocks, f)
		} else {
			files = append(files, f)
		}
	}
	return files, blocks
}

// without names those of a list that another lacks, in their order.
func without[T any](had, has []T, name func(T) string) []string {
	still := map[string]bool{}
	for _, item := range has {
		still[name(item)] = true
	}
	var left []string
	for _, item := range had {
		if !still[name(item)] {
			left = append(left, name(item))
		}
	}
	return left
}
