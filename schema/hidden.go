package schema

import (
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// hidden reports names in a map that CUE hides, such as _default of registries, where the map's keys may have them and nothing
// refers to them. Others are values of the user's own, for use in other places.
func (c *checker) hidden(n *node, v cue.Value) {
	it, err := v.Fields(cue.ErrorsAsValues(true), cue.Hidden(true))
	for err == nil && it.Next() {
		if it.Selector().LabelType() != cue.HiddenLabel {
			continue
		}
		name := it.Selector().String()
		if c.shape.allows(n.key, name, quote(name)) && !c.refersTo(name) {
			c.at(name, it.Value(), "CUE hides names that start with _, so nothing would come of it", "write it in quotes: "+quote(name))
		}
	}
}

// refersTo says whether one of the definition's files uses a field of this name.
func (e *evaluated) refersTo(name string) bool {
	found := false
	isIt := func(n ast.Node) bool {
		ident, ok := n.(*ast.Ident)
		return ok && ident.Name == name
	}
	for _, file := range e.files {
		labels := map[ast.Node]bool{}
		ast.Walk(file, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok {
				labels[field.Label] = true
			}
			found = found || isIt(n) && !labels[n]
			return !found
		}, nil)
	}
	return found
}
