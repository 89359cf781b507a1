package schema

import (
	"slices"

	"cuelang.org/go/cue"
)

// report adds a problem at the current path.
func (c *checker) report(v cue.Value, problem, hint string) {
	c.add(Error{Pos: c.place(v), Problem: problem, Hint: hint})
}

// add gives a problem the current path.
func (c *checker) add(e Error) {
	e.Path = joinPath(c.path)
	if len(c.path) > 2 && c.path[0] == "hosts" {
		e.inHost = joinPath(c.path[2:])
	}
	c.problems = append(c.problems, e)
}

// at adds a problem below the current path.
func (c *checker) at(name string, v cue.Value, problem, hint string) {
	c.path = append(c.path, name)
	c.report(v, problem, hint)
	c.path = c.path[:len(c.path)-1]
}

// missing reports a required field at the block that lacks it.
func (c *checker) missing(f *node, parent cue.Value) {
	hint := "see khagen explain " + c.explained(f.name)
	if f.kind.IsAnyOf(cue.StringKind | cue.NumberKind | cue.BoolKind) {
		hint = "want " + c.wants(f)
	}
	c.at(f.name, parent, "missing", hint)
}

// explained is the path of a field below the current path as khagen explain shows it: without a host's name and places in lists.
func (c *checker) explained(name string) string {
	var names []string
	for i, part := range append(slices.Clone(c.path), name) {
		switch {
		case i == 1 && names[0] == "hosts":
			names = append(names, "NAME")
		case !place.MatchString(part):
			names = append(names, part)
		}
	}
	return joinPath(names)
}

func (c *checker) wants(n *node) string {
	text, _ := c.shape.wants(n)
	return text
}
