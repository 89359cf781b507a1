package schema

import (
	"fmt"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
)

// Field is what the schema says about one place of a definition.
type Field struct {
	Path     string   `json:"path"`              // with NAME for keys of maps: "hosts.NAME.vrrp"
	Type     string   `json:"type"`              // "string", "int", "bool", "block", "list of string", "map of block", …
	Default  string   `json:"default,omitempty"` // as CUE writes it; empty where there is none
	Allowed  string   `json:"allowed,omitempty"` // in words, or the texts themselves
	Required bool     `json:"required"`
	Doc      string   `json:"doc"`                // the first line says what it is
	Children []string `json:"children,omitempty"` // names of the fields below it, in the schema's order
}

// Explain says what the schema knows about a field, such as "loadBalancer.healthCheck" or "hosts.cp1.vrrp"; the empty path is the
// cluster itself, whose fields come before those that stand beside it. Names with dots stand in quotes, as in CUE; a list's elements
// need no name. The error of an unknown path says which one is near.
func Explain(path string) (Field, error) {
	s := theShape()
	s.mu.Lock()
	defer s.mu.Unlock()
	n, names, err := s.at(path)
	if err != nil {
		return Field{}, err
	}
	return s.explain(n, names), nil
}

// Default is Explain's Default alone, which is cheap.
func Default(path string) (string, error) {
	s := theShape()
	s.mu.Lock()
	defer s.mu.Unlock()
	n, names, err := s.at(path)
	if err != nil {
		return "", err
	}
	return s.defaultOf(n, names), nil
}

// at gives the node at a path, and the names of the fields on the way to it.
func (s *shape) at(path string) (n *node, names []string, err error) {
	parts := splitPath(path)
	n, names = s.start(parts)
	for _, part := range parts[len(names):] {
		if _, err := strconv.Atoi(part); err == nil && !n.isMap() {
			continue // an element
		}
		n = n.block()
		if n.isMap() {
			n, names = n.element, append(names, "NAME")
			continue
		}
		next := n.byName[part]
		if next == nil {
			return nil, nil, unknownPath(n, names, part)
		}
		n, names = next, append(names, part)
	}
	n.open()
	return n, names, nil
}

// start is where a path begins: in the cluster, or in a field beside it.
func (s *shape) start(parts []string) (n *node, names []string) {
	s.root.open()
	if len(parts) > 0 && s.root.byName[parts[0]] == nil {
		for _, top := range s.top {
			if top.name == parts[0] {
				return top, top.topPath()
			}
		}
	}
	return s.root, nil
}

// BesideCluster names the fields of a definition that don't stand in cluster.
func BesideCluster() []string {
	var names []string
	for _, n := range theShape().top {
		if n.name != "" {
			names = append(names, n.name)
		}
	}
	return names
}

// block is the node itself, or that of a list's elements.
func (n *node) block() *node {
	n.open()
	for n.kind == cue.ListKind {
		n = n.element
		n.open()
	}
	return n
}

func unknownPath(n *node, names []string, part string) error {
	var known []string
	for _, f := range n.fields {
		known = append(known, f.name)
	}
	where := strings.Join(names, ".")
	if len(names) == 0 {
		where = "a definition"
		known = append(known, BesideCluster()...)
	}
	if near := Nearest(part, known); near != "" {
		return fmt.Errorf("%s has no field %q: did you mean %s?", where, part, strings.Join(append(names, near), "."))
	}
	if elsewhere := findFields(theShape().root, nil, part); len(elsewhere) > 0 {
		return fmt.Errorf("%s has no field %q: did you mean %s?", where, part, joinPath(elsewhere[0]))
	}
	if len(known) == 0 {
		return fmt.Errorf("%s has no fields of the schema's below it, so no %q", where, part)
	}
	return fmt.Errorf("%s has no field %q, only %s", where, part, strings.Join(known, ", "))
}

func (s *shape) explain(n *node, names []string) Field {
	f := Field{
		Path:     strings.Join(names, "."),
		Type:     n.typeName(),
		Default:  s.defaultOf(n, names),
		Allowed:  n.allowed(),
		Required: n.required,
		Doc:      n.doc(),
	}
	below := n.block()
	if below.isMap() {
		f.Children = []string{"NAME"}
	}
	for _, child := range below.fields {
		f.Children = append(f.Children, child.name)
	}
	return f
}

func (n *node) typeName() string {
	n.open()
	switch {
	case n.free:
		return "block of anything"
	case n.isMap():
		return "map of " + n.element.typeName()
	case n.kind == cue.StructKind:
		return "block"
	case n.kind == cue.ListKind:
		return "list of " + n.element.typeName()
	case n.kind == cue.StringKind|cue.ListKind:
		return "string or list of string"
	}
	return strings.ReplaceAll(strings.Trim(n.kind.String(), "()"), "|", " or ")
}

// allowed says what a value may be, where its type doesn't.
func (n *node) allowed() string {
	n.open()
	n.describe()
	switch {
	case n.isMap():
		n.key.describe()
		text := "the name is " + n.key.wants
		below := n.element.allowed()
		switch {
		case n.element.isMap():
			text += "; below it " + below
		case below != "":
			text += "; the value is " + below
		}
		return text
	case n.kind == cue.ListKind:
		return n.element.allowed()
	case len(n.enum) > 0:
		quoted := make([]string, len(n.enum))
		for i, text := range n.enum {
			quoted[i] = quote(text)
		}
		return strings.Join(quoted, ", ")
	case n.wants == kindName(n.kind):
		return ""
	}
	return n.wants
}

// defaultOf is a scalar's or a list's default, with those that depend on the version.
func (s *shape) defaultOf(n *node, names []string) string {
	if n.kind == cue.StructKind {
		return ""
	}
	if n.fallback != "" && !n.optional {
		return n.fallback
	}
	var parts []string
	for _, layer := range s.layers {
		if joinPath(layer.path) == joinPath(names) {
			parts = append(parts, layer.json+" from "+layer.since)
		}
	}
	return strings.Join(parts, ", ")
}

// doc is the comment on the field: one line for its first sentence, one for the rest.
func (n *node) doc() string {
	groups := n.value.Doc()
	if len(groups) == 0 {
		return ""
	}
	text := strings.Join(strings.Fields(groups[0].Text()), " ")
	first, rest, found := strings.Cut(text, ". ")
	if !found {
		return text
	}
	return first + ".\n" + rest
}

// splitPath takes hosts."a.b".taints[0] apart: hosts, a.b, taints, 0.
func splitPath(path string) []string {
	var parts []string
	var part strings.Builder
	quoted, wasQuoted := false, false
	flush := func() {
		if part.Len() > 0 || wasQuoted {
			parts = append(parts, part.String())
		}
		part.Reset()
		wasQuoted = false
	}
	for _, r := range path {
		switch {
		case r == '"':
			quoted, wasQuoted = !quoted, true
		case quoted:
			part.WriteRune(r)
		case r == '.' || r == '[' || r == ']':
			flush()
		default:
			part.WriteRune(r)
		}
	}
	flush()
	return parts
}
