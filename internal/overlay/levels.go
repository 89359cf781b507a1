package overlay

import (
	"cmp"
	"maps"
	"slices"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// chosen gives the files of the user's own that a host gets, in the order of their paths: the nearer folder wins over the one
// above it, then the host over its roles, and these over all.
func (o *own) chosen(h *topology.Host) []*schema.OwnFile {
	byPath := map[string][]*schema.OwnFile{}
	for i := range o.cluster.Spec.OwnFiles {
		f := &o.cluster.Spec.OwnFiles[i]
		if h.Gets(f) {
			byPath[f.Path] = append(byPath[f.Path], f)
		}
	}
	var all []*schema.OwnFile
	for _, path := range slices.Sorted(maps.Keys(byPath)) {
		candidates := byPath[path]
		slices.SortStableFunc(candidates, compareLevels)
		if len(candidates) > 1 && compareLevels(candidates[0], candidates[1]) == 0 {
			o.twoRoles(h, candidates[0], candidates[1])
		}
		all = append(all, candidates[0])
	}
	return all
}

// compareLevels puts the level that wins first.
func compareLevels(a, b *schema.OwnFile) int {
	return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(width(a), width(b)))
}

// width tells levels of one folder apart, the narrowest first.
func width(f *schema.OwnFile) int {
	switch {
	case f.Host != "":
		return 0
	case f.Role != "":
		return 1
	}
	return 2
}

// twoRoles reports a host that would get one path from two of its roles.
func (o *own) twoRoles(h *topology.Host, a, b *schema.OwnFile) {
	o.reportOnce(a.File+"\x00"+b.File, schema.Error{
		Pos:     schema.Position{File: b.File},
		Problem: "two files for " + a.Path + " at the same level: the host " + h.Name + " has the roles " + a.Role + " and " + b.Role,
		Hint:    "the other one: " + a.File + "; what this host should get may lie in files/hosts/" + h.Name + "/rootfs" + a.Path,
	})
}
