package schema

import (
	"slices"
	"strconv"

	"cuelang.org/go/cue"
)

// list checks a list, and its elements where it is broken, too.
func (c *checker) list(n *node, v cue.Value) {
	whole := v.IncompleteKind() == cue.ListKind
	if !whole && v.IncompleteKind() != cue.BottomKind {
		c.wrongKind(n, v)
		return
	}
	if whole && !v.IsConcrete() {
		c.ambiguous(n, v)
		return
	}
	c.out.WriteByte('[')
	var seen []string
	all, before := elements(v), len(c.problems)
	for i, element := range all {
		if i > 0 {
			c.out.WriteByte(',')
		}
		c.child(n.element, index(i), element)
		if text, err := element.String(); err == nil {
			c.element(n, index(i), element, slices.Contains(seen, text))
			seen = append(seen, text)
		}
	}
	c.out.WriteByte(']')
	if n.element.kind != cue.StructKind {
		c.sayOnce(before)
	}
	if len(all) == 0 && n.nonEmpty && whole {
		c.report(v, "the list is empty: want at least one", "")
	}
}

// sayOnce keeps the first of the conflicts since before: two lists that clash do so in most of their elements.
func (c *checker) sayOnce(before int) {
	first := slices.IndexFunc(c.problems[before:], func(e Error) bool { return e.broken })
	if first < 0 {
		return
	}
	rest := before + first + 1
	c.problems = append(c.problems[:rest], slices.DeleteFunc(slices.Clone(c.problems[rest:]), func(e Error) bool { return e.broken })...)
}

// elements of a list, also of one with a broken element, which is no list to CUE.
func elements(v cue.Value) []cue.Value {
	var all []cue.Value
	if it, err := v.List(); err == nil {
		for it.Next() {
			all = append(all, it.Value())
		}
		return all
	}
	it, err := v.Fields(cue.ErrorsAsValues(true))
	for err == nil && it.Next() {
		all = append(all, it.Value())
	}
	return all
}

// element runs the checks of a list's text that CUE can't express.
func (c *checker) element(n *node, at string, v cue.Value, repeated bool) {
	text, err := v.String()
	if err != nil {
		return
	}
	for _, name := range n.checks {
		problem, hint := check(name, text)
		if name == "unique" && repeated {
			problem = quote(text) + " stands here twice"
		}
		if problem != "" {
			c.at(at, v, problem, hint)
		}
	}
}

// index is a list's element in a path.
func index(i int) string { return "[" + strconv.Itoa(i) + "]" }
