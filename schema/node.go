package schema

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
)

// node is one place of the schema: a field, the values of a map, the elements of a list. Its parts are read from CUE when they are
// needed, since most definitions use a small part of the schema; shape's lock guards that.
type node struct {
	name     string // of the field; "[NAME]" for values of a map, "[]" for elements
	value    cue.Value
	kind     cue.Kind
	required bool
	optional bool     // and without a default: absent means absent
	isFile   bool     // the value names a file of the cluster's folder
	isSecret bool     // the value names a secret
	checks   []string // names of checks that CUE can't express
	versions []string // of Kubernetes: the first and the last minor, such as "1.28", where the value is one

	opened   bool
	fields   []*node // of a struct, in the schema's order
	byName   map[string]*node
	key      *node  // a map's keys
	element  *node  // a map's values, or a list's elements
	free     bool   // anything is allowed below
	nonEmpty bool   // a list that has to have an element
	fallback string // the default as JSON; empty where there is none

	described bool
	wants     string   // what is allowed, as the schema's error() says it
	enum      []string // texts that are allowed, where they can be counted
}

// isMap says whether the keys are the user's.
func (n *node) isMap() bool { return n.key != nil }

func newNode(name string, v cue.Value) *node {
	n := &node{name: name, value: v, kind: v.IncompleteKind()}
	for _, a := range v.Attributes(cue.FieldAttr) {
		switch a.Name() {
		case "file":
			n.isFile = true
		case "secret":
			n.isSecret = true
		case "check":
			check, _ := a.String(0)
			n.checks = append(n.checks, check)
		case "versions":
			first, _ := a.String(0)
			last, _ := a.String(1)
			n.versions = []string{first, last}
		}
	}
	return n
}

// open reads what is below the node, and its default.
func (n *node) open() {
	if n.opened {
		return
	}
	n.opened = true
	switch n.kind {
	case cue.StructKind:
		n.readStruct()
	case cue.ListKind:
		n.readList()
	default:
		n.readDefault()
	}
}

func (n *node) readStruct() {
	it, err := n.value.Fields(cue.Optional(true), cue.Patterns(true))
	if err != nil {
		panic("embedded schema: " + err.Error())
	}
	n.byName = map[string]*node{}
	for it.Next() {
		sel := it.Selector()
		if sel.ConstraintType() == cue.PatternConstraint {
			n.key = newNode("", sel.Pattern())
			n.element = newNode("[NAME]", it.Value())
			continue
		}
		child := newNode(sel.Unquoted(), it.Value())
		child.required = sel.ConstraintType() == cue.RequiredConstraint
		child.optional = sel.ConstraintType() == cue.OptionalConstraint
		n.fields = append(n.fields, child)
		n.byName[child.name] = child
	}
	n.free = n.key == nil && n.value.Allows(cue.AnyString)
	n.fallback = n.emptyStruct()
}

// emptyStruct is the JSON of a struct that nobody wrote; empty where something in it is required.
func (n *node) emptyStruct() string {
	var parts []string
	for _, f := range n.fields {
		if f.required {
			return ""
		}
		if f.optional {
			continue
		}
		f.open()
		if f.fallback == "" {
			continue
		}
		parts = append(parts, quote(f.name)+":"+f.fallback)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func (n *node) readList() {
	n.element = newNode("[]", elementOf(n.value))
	n.nonEmpty = n.value.Unify(cuecontext.New().NewList()).Err() != nil
	n.readDefault()
}

// elementOf finds what a list's elements have to be. A list with a default is a disjunction of two.
func elementOf(list cue.Value) cue.Value {
	_, alternatives := cue.Dereference(list).Expr()
	for _, v := range append(alternatives, list) {
		if e := v.LookupPath(cue.MakePath(cue.AnyIndex)); e.Exists() {
			return e
		}
	}
	panic("embedded schema: a list without a type of elements")
}

// describe reads what the schema says about allowed values: a disjunction's texts, and the error() that ends it.
func (n *node) describe() {
	if n.described {
		return
	}
	n.described = true
	n.wants = kindName(n.kind)
	op, alternatives := cue.Dereference(n.value).Expr()
	if op != cue.OrOp || n.kind == cue.ListKind {
		return
	}
	others := false
	for _, alternative := range alternatives {
		var failure errors.Error
		if errors.As(alternative.Err(), &failure) {
			n.wants = message(failure)
		} else if text, err := alternative.String(); err == nil {
			n.enum = append(n.enum, text)
		} else {
			others = true
		}
	}
	if others {
		n.enum = nil
	}
}

func (n *node) readDefault() {
	d, _ := n.value.Default()
	if !d.IsConcrete() {
		return
	}
	if data, err := d.MarshalJSON(); err == nil {
		n.fallback = string(data)
	}
}

// message is an error's own text and its causes', without path and position.
func message(err errors.Error) string {
	format, args := err.Msg()
	text := strings.TrimSpace(fmt.Sprintf(format, args...))
	var cause errors.Error
	if errors.As(errors.Unwrap(err), &cause) {
		if more := message(cause); more != "" && !strings.Contains(text, more) {
			text = strings.TrimSuffix(text, ":") + ": " + more
		}
	}
	return text
}

// kindName names a kind of value for people.
func kindName(k cue.Kind) string {
	switch k {
	case cue.BoolKind:
		return "true or false, without quotes"
	case cue.StringKind:
		return "text in quotes"
	case cue.IntKind:
		return "a whole number, without quotes"
	case cue.FloatKind, cue.NumberKind:
		return "a number"
	case cue.ListKind:
		return "a list: [...]"
	case cue.StructKind:
		return "a block: {...}"
	case cue.NullKind:
		return "null"
	}
	return "a value"
}
