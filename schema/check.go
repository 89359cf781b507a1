package schema

import (
	"bytes"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/errors"
)

// checker walks the user's value and the schema side by side. It collects every problem, each at the place in the user's
// file, and writes the cluster with all defaults as JSON. Unifying the two whole gives the same verdicts, but one wrong type
// there hides its neighbours, and the messages point into the schema.
type checker struct {
	*evaluated
	shape    *shape
	out      bytes.Buffer // of use where there are no problems
	problems Errors
	files    []fileUse
	written  map[string]bool // by placeKey
	path     []string
}

// fileUse is a field that names a file of the cluster's folder.
type fileUse struct {
	name string
	path string
	pos  Position
}

// value checks v against n.
func (c *checker) value(n *node, v cue.Value) {
	if d, ok := v.Default(); ok {
		v = d
	}
	c.shape.open(n)
	switch {
	case v.IncompleteKind() == cue.BottomKind:
		c.broken(n, v)
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

// broken reports a value that CUE could not evaluate. Where it is a block or a list, its healthy parts are checked too.
func (c *checker) broken(n *node, v cue.Value) {
	before := len(c.problems)
	switch {
	case n.free:
	case n.kind == cue.StructKind:
		c.structure(n, v)
	case n.kind == cue.ListKind:
		c.list(n, v)
	}
	if slices.ContainsFunc(c.problems[before:], func(e Error) bool { return e.broken }) {
		return
	}
	for _, one := range causes(errors.Errors(v.Err())) {
		problem := c.problem(one, positions(v)...)
		problem.broken = true
		c.add(problem)
	}
}

// causes leaves out what CUE says again in more words, and the elements of lists that differ in length: they differ, too.
func causes(all []errors.Error) []errors.Error {
	if at := slices.IndexFunc(all, func(e errors.Error) bool { return lengths.MatchString(message(e)) }); at >= 0 {
		return all[at : at+1]
	}
	return slices.DeleteFunc(slices.Clone(all), func(e errors.Error) bool {
		return slices.ContainsFunc(all, func(other errors.Error) bool {
			return message(e) != message(other) && strings.HasSuffix(message(e), ": "+message(other))
		})
	})
}

// child checks the value of a field, or of a list's element.
func (c *checker) child(n *node, name string, v cue.Value) {
	c.path = append(c.path, name)
	if c.path[0] != "hosts" {
		c.written[placeKey(c.path)] = true
	}
	c.value(n, v)
	c.path = c.path[:len(c.path)-1]
}

func (c *checker) structure(n *node, v cue.Value) {
	whole := v.IncompleteKind() == cue.StructKind
	it, err := v.Fields(cue.ErrorsAsValues(true), cue.Optional(true))
	if !whole && v.IncompleteKind() != cue.BottomKind {
		c.wrongKind(n, v)
		return
	}
	if err != nil {
		if whole {
			c.ambiguous(n, v)
		}
		return // else broken says why
	}
	if n.isMap() {
		c.mapping(n, v, it)
		return
	}
	given, meant := c.given(n, it)
	c.out.WriteByte('{')
	first := true
	for _, f := range n.fields {
		val, found := given[f.name]
		if !found && (f.fallback == "" || f.optional) {
			if f.required && whole && !slices.Contains(meant, f.name) {
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

// given collects the fields that the user wrote, reports those that nobody knows, and says which fields were meant by those.
func (c *checker) given(n *node, it *cue.Iterator) (given map[string]cue.Value, meant []string) {
	given = map[string]cue.Value{}
	for it.Next() {
		if it.Selector().LabelType() != cue.StringLabel {
			continue // an element of a broken list
		}
		name := it.Selector().Unquoted()
		switch {
		case n.byName[name] == nil:
			meant = append(meant, c.unknown(n, name, it.Value()))
		case it.FieldType().ConstraintType() == cue.RequiredConstraint:
			c.at(name, it.Value(), "missing", "the definition itself demands it with "+name+"!")
		case it.FieldType().ConstraintType() == 0:
			given[name] = it.Value()
		}
	}
	return given, meant
}

func (c *checker) mapping(n *node, v cue.Value, it *cue.Iterator) {
	c.out.WriteByte('{')
	count := 0
	for it.Next() {
		if it.FieldType().ConstraintType() != 0 || it.Selector().LabelType() != cue.StringLabel {
			continue
		}
		name := it.Selector().Unquoted()
		if !c.shape.allows(n.key, name, quote(name)) {
			c.at(name, it.Value(), "the name has to be "+c.wants(n.key), tooLong(c.wants(n.key), name))
			continue
		}
		if count > 0 {
			c.out.WriteByte(',')
		}
		count++
		c.out.WriteString(quote(name))
		c.out.WriteByte(':')
		c.child(n.element, name, it.Value())
	}
	c.out.WriteByte('}')
	c.hidden(n, v)
	if count == 0 && slices.Contains(n.checks, "nonempty") && v.IncompleteKind() == cue.StructKind {
		c.report(v, "nothing is in here: want at least one", "")
	}
}

// unknown reports a field that the schema doesn't have, and gives the one that was meant.
func (c *checker) unknown(n *node, name string, v cue.Value) (meant string) {
	names := make([]string, len(n.fields))
	for i, f := range n.fields {
		names[i] = f.name
	}
	hint := ""
	meant = Nearest(name, names)
	switch elsewhere := c.shape.find(name); {
	case meant != "":
		hint = "did you mean " + meant + "?"
	case elsewhere != "" && c.path[0] != c.shape.files.name:
		hint = "did you mean " + elsewhere + "?"
	default:
		hint = "known here: " + strings.Join(names, ", ")
	}
	c.at(name, v, "unknown field", hint)
	return meant
}
