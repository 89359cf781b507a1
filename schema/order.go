package schema

import (
	"slices"
	"strings"
)

// InOrder gives entries in the schema's order of fields. Names in maps, such as those of hosts, stay in the order of their first
// mention, and a comment alone becomes the first in its block.
func InOrder(entries []Entry) []Entry {
	s := theShape()
	s.mu.Lock()
	defer s.mu.Unlock()
	type placed struct {
		place []int
		entry Entry
	}
	mentioned := map[string]int{}
	all := make([]placed, len(entries))
	for i, e := range entries {
		all[i] = placed{s.place(e.Path, mentioned), e}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return slices.Compare(a.place, b.place) })
	sorted := make([]Entry, len(all))
	for i, p := range all {
		sorted[i] = p.entry
	}
	return sorted
}

// place is the number of each name of a path among its neighbours: as the schema has them, or behind these as they were mentioned first.
func (s *shape) place(path []string, mentioned map[string]int) []int {
	place := make([]int, len(path))
	n := s.root
	for i, name := range path {
		at := strings.Join(path[:i+1], "\x00")
		if _, known := mentioned[at]; !known {
			mentioned[at] = len(mentioned)
		}
		place[i] = mentioned[at]
		if n == nil {
			continue
		}
		n = n.block()
		field := slices.IndexFunc(n.fields, func(f *node) bool { return f.name == name })
		switch {
		case field >= 0:
			place[i], n = field, n.fields[field]
		case n.isMap():
			place[i], n = place[i]+len(n.fields), n.element
		default:
			place[i], n = place[i]+len(n.fields), nil
		}
	}
	return place
}
