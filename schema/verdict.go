package schema

import (
	"net/netip"
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// verdictKey is a scalar at a place of the schema. Hosts repeat most of their values, and asking CUE costs 10 µs.
type verdictKey struct {
	node    *node
	literal string
}

// maxKnown bounds the memory of verdicts.
const maxKnown = 1 << 14

// open reads a node's parts.
func (s *shape) open(n *node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n.open()
	for _, f := range n.fields {
		f.open()
	}
}

// wants says what is allowed at n, and lists the texts where they can be counted.
func (s *shape) wants(n *node) (text string, enum []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n.describe()
	return n.wants, n.enum
}

// find gives the path of the field with this name that lies nearest to the root, empty where there is none or more than one.
func (s *shape) find(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := findFields(s.root, nil, name)
	slices.SortStableFunc(found, func(a, b []string) int { return len(a) - len(b) })
	if len(found) == 0 || len(found) > 1 && len(found[0]) == len(found[1]) {
		return ""
	}
	return joinPath(found[0])
}

func findFields(n *node, path []string, name string) [][]string {
	n.open()
	var found [][]string
	for _, f := range n.fields {
		below := append(slices.Clone(path), f.name)
		if f.name == name {
			found = append(found, below)
		}
		found = append(found, findFields(f, below, name)...)
	}
	if n.element == nil {
		return found
	}
	if n.isMap() {
		path = append(slices.Clone(path), "NAME")
	}
	return append(found, findFields(n.element, path, name)...)
}

// allows says whether the schema takes a concrete value, given as it was decoded and as a CUE literal.
func (s *shape) allows(n *node, value any, literal string) bool {
	key := verdictKey{n, literal}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok, found := s.known[key]; found {
		return ok
	}
	ok := n.value.Unify(s.context.Encode(value)).Validate(cue.Concrete(true)) == nil
	if len(s.known) >= maxKnown {
		clear(s.known)
	}
	s.known[key] = ok
	return ok
}

// resolve unifies what the user wrote, where that isn't concrete (a bound, a type), with the schema, whose default may decide.
func (s *shape) resolve(n *node, written ast.Expr) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := n.value.Unify(s.context.BuildExpr(written))
	d, _ := v.Default()
	if d.Validate(cue.Concrete(true)) != nil {
		return nil, false
	}
	data, err := d.MarshalJSON()
	return data, err == nil
}

// check runs a check that CUE can't express; it gives the problem and a hint, or nothing.
func check(name string, text string) (problem, hint string) {
	if name != "network" {
		return "", ""
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return "", ""
	}
	if masked := p.Masked(); masked != p {
		return quote(text) + " is an address inside a network", "write " + quote(masked.String())
	}
	return "", ""
}
