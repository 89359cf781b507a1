package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
)

// checker walks the user's value and the schema side by side. It collects every problem, each at the place in the user's
// file, and writes the cluster with all defaults as JSON. Unifying the two whole gives the same verdicts, but one wrong type
// there hides its neighbours, and the messages point into the schema.
type checker struct {
	shape    *shape
	out      bytes.Buffer
	problems Errors
	files    []fileUse
	written  map[string]bool
	place    func(cue.Value) Position
	path     []string
}

// fileUse is a field that names a file of the cluster's folder.
type fileUse struct {
	name string
	path string
	pos  Position
}

func (c *checker) report(v cue.Value, problem, hint string) {
	c.problems = append(c.problems, Error{Pos: c.place(v), Path: joinPath(c.path), Problem: problem, Hint: hint})
}

func (c *checker) wants(n *node) string {
	text, _ := c.shape.wants(n)
	return text
}

// suggestion is a hint for a value that isn't allowed.
func (c *checker) suggestion(n *node, value any) string {
	text, ok := value.(string)
	_, enum := c.shape.wants(n)
	if !ok || len(enum) == 0 {
		return ""
	}
	if near := nearest(text, enum); near != "" {
		return "did you mean " + quote(near) + "?"
	}
	return ""
}

// value checks v against n.
func (c *checker) value(n *node, v cue.Value) {
	if d, ok := v.Default(); ok {
		v = d
	}
	c.shape.open(n)
	switch {
	case v.Err() != nil && v.IncompleteKind() == cue.BottomKind:
		c.out.WriteString("null") // said by the evaluation of the user's own package
	case n.free:
		c.freeForm(v)
	case n.kind == cue.StructKind:
		c.structure(n, v)
	case n.kind == cue.ListKind:
		c.list(n, v)
	case n.kind.IsAnyOf(cue.ListKind) && v.IncompleteKind() == cue.ListKind:
		c.texts(n, v)
	default:
		c.scalar(n, v)
	}
}

func (c *checker) child(n *node, name string, v cue.Value) {
	c.path = append(c.path, name)
	if c.path[0] != "hosts" {
		c.written[placeKey(c.path)] = true
	}
	c.value(n, v)
	c.path = c.path[:len(c.path)-1]
}

func (c *checker) structure(n *node, v cue.Value) {
	it, err := v.Fields()
	if err != nil || v.IncompleteKind() != cue.StructKind {
		c.wrongKind(n, v)
		return
	}
	if n.isMap() {
		c.mapping(n, it)
		return
	}
	written := map[string]cue.Value{}
	for it.Next() {
		name := it.Selector().Unquoted()
		if n.byName[name] == nil {
			c.unknown(n, name, it.Value())
			continue
		}
		written[name] = it.Value()
	}
	c.out.WriteByte('{')
	first := true
	for _, f := range n.fields {
		val, found := written[f.name]
		if !found && (f.fallback == "" || f.optional) {
			if f.required {
				c.missing(f, v)
			}
			continue
		}
		if !first {
			c.out.WriteByte(',')
		}
		first = false
		c.out.WriteString(quote(f.name))
		c.out.WriteByte(':')
		if !found {
			c.out.WriteString(f.fallback)
			continue
		}
		c.child(f, f.name, val)
	}
	c.out.WriteByte('}')
}

func (c *checker) mapping(n *node, it *cue.Iterator) {
	c.out.WriteByte('{')
	for first := true; it.Next(); {
		name := it.Selector().Unquoted()
		if !c.shape.allows(n.key, name, quote(name)) {
			c.path = append(c.path, name)
			c.report(it.Value(), "this name is not possible here: want "+c.wants(n.key), "")
			c.path = c.path[:len(c.path)-1]
			continue
		}
		if !first {
			c.out.WriteByte(',')
		}
		first = false
		c.out.WriteString(quote(name))
		c.out.WriteByte(':')
		c.child(n.element, name, it.Value())
	}
	c.out.WriteByte('}')
}

func (c *checker) list(n *node, v cue.Value) {
	it, err := v.List()
	if err != nil || v.IncompleteKind() != cue.ListKind {
		c.wrongKind(n, v)
		return
	}
	c.out.WriteByte('[')
	var seen []string
	i := 0
	for ; it.Next(); i++ {
		if i > 0 {
			c.out.WriteByte(',')
		}
		c.child(n.element, "["+strconv.Itoa(i)+"]", it.Value())
		text, err := it.Value().String()
		if err != nil {
			continue
		}
		c.element(n, i, text, it.Value(), seen)
		seen = append(seen, text)
	}
	c.out.WriteByte(']')
	if i == 0 && n.nonEmpty {
		c.report(v, "the list is empty: want at least one", "")
	}
}

// element runs the checks of a list's element that CUE can't express.
func (c *checker) element(n *node, i int, text string, v cue.Value, seen []string) {
	for _, name := range n.checks {
		problem, hint := check(name, text)
		if name == "unique" && slices.Contains(seen, text) {
			problem = quote(text) + " stands here twice"
		}
		if problem != "" {
			c.path = append(c.path, "["+strconv.Itoa(i)+"]")
			c.report(v, problem, hint)
			c.path = c.path[:len(c.path)-1]
		}
	}
}

// texts checks a list where text would do too.
func (c *checker) texts(n *node, v cue.Value) {
	var list []string
	if err := v.Decode(&list); err != nil {
		c.report(v, "want "+c.wants(n), "")
		return
	}
	data, err := json.Marshal(list)
	if err != nil || !c.shape.allows(n, list, string(data)) {
		c.report(v, "want "+c.wants(n), "")
		return
	}
	c.out.Write(data)
}

func (c *checker) scalar(n *node, v cue.Value) {
	value, literal, ok := scalarOf(v)
	if !ok {
		c.incomplete(n, v)
		return
	}
	if !c.shape.allows(n, value, literal) {
		c.report(v, "want "+c.wants(n)+", got "+literal, c.suggestion(n, value))
		c.out.WriteString("null")
		return
	}
	if n.isFile {
		text, _ := value.(string)
		c.files = append(c.files, fileUse{name: text, path: joinPath(c.path), pos: c.place(v)})
	}
	if _, isText := value.(string); !isText && n.kind.IsAnyOf(cue.StringKind) {
		literal = quote(literal) // a number where text is allowed too is text in the model
	}
	c.out.WriteString(literal)
}

// incomplete reports, or resolves by the schema's default, a value that the user left open.
func (c *checker) incomplete(n *node, v cue.Value) {
	if !v.IncompleteKind().IsAnyOf(n.kind) {
		c.wrongKind(n, v)
		return
	}
	if expr, isExpr := syntaxOf(v); isExpr {
		if data, ok := c.shape.resolve(n, expr); ok {
			c.out.Write(data)
			return
		}
	}
	c.out.WriteString("null")
	c.report(v, "no value yet, only "+describe(v), "want "+c.wants(n))
}

func (c *checker) wrongKind(n *node, v cue.Value) {
	c.out.WriteString("null")
	c.report(v, "want "+c.wants(n)+", got "+describe(v), "")
}

func (c *checker) missing(f *node, parent cue.Value) {
	hint := ""
	if f.kind.IsAnyOf(cue.StringKind | cue.NumberKind | cue.BoolKind) {
		hint = "want " + c.wants(f)
	}
	c.path = append(c.path, f.name)
	c.report(parent, "missing", hint)
	c.path = c.path[:len(c.path)-1]
}

func (c *checker) unknown(n *node, name string, v cue.Value) {
	names := make([]string, len(n.fields))
	for i, f := range n.fields {
		names[i] = f.name
	}
	hint := "known here: " + strings.Join(names, ", ")
	if near := nearest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	c.path = append(c.path, name)
	c.report(v, "unknown field", hint)
	c.path = c.path[:len(c.path)-1]
}

// freeForm takes whatever the user wrote.
func (c *checker) freeForm(v cue.Value) {
	if v.IncompleteKind() != cue.StructKind {
		c.wrongKind(&node{kind: cue.StructKind}, v)
		return
	}
	data, err := v.MarshalJSON()
	if err != nil {
		c.report(v, fmt.Sprintf("not a complete value: %v", err), "")
		data = []byte("{}")
	}
	c.out.Write(data)
}

// scalarOf gives a concrete scalar as a Go value and as a literal.
func scalarOf(v cue.Value) (value any, literal string, ok bool) {
	switch v.Kind() {
	case cue.StringKind:
		text, err := v.String()
		return text, quote(text), err == nil
	case cue.BoolKind:
		b, err := v.Bool()
		return b, strconv.FormatBool(b), err == nil
	case cue.IntKind:
		i, err := v.Int(nil)
		if err != nil {
			return nil, "", false
		}
		return i, i.String(), true
	case cue.FloatKind:
		f, err := v.Float64()
		if err != nil {
			return nil, "", false
		}
		data, err := v.MarshalJSON()
		return f, string(data), err == nil
	case cue.NullKind:
		return nil, "null", true
	}
	return nil, "", false
}
