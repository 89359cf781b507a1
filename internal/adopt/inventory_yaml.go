package adopt

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/schema"
)

// yamlReader reads an inventory in YAML: groups with hosts, children and vars.
type yamlReader struct {
	inv      *inventory
	file     string
	problems schema.Errors
}

// readYAML adds an inventory in YAML.
func readYAML(inv *inventory, file string, data []byte) schema.Errors {
	root, problems := readMapping(file, data)
	if problems != nil || root == nil {
		return problems
	}
	if !hasGroups(root) {
		return schema.Errors{{Pos: placeOf(file, 0, root), Problem: "no inventory: none of its keys is a group", Hint: inventoryHint}}
	}
	r := &yamlReader{inv: inv, file: file}
	eachField(root, func(key, value *yaml.Node) { r.group(key, value, 0) })
	return r.problems
}

// hasGroups says whether a mapping has a group with parts in it, as group_vars and other files haven't.
func hasGroups(root *yaml.Node) (found bool) {
	eachField(root, func(_, body *yaml.Node) {
		if body.Kind == yaml.MappingNode {
			eachField(body, func(part, _ *yaml.Node) { found = found || slices.Contains(groupParts, part.Value) })
		}
	})
	return found
}

var groupParts = []string{"hosts", "children", "vars"}

func (r *yamlReader) group(key, body *yaml.Node, depth int) {
	const deepest = 50
	if !groupName.MatchString(key.Value) || depth > deepest {
		r.refuse(key, "no name of a group: "+quote(key.Value), "")
		return
	}
	g := r.inv.group(key.Value, placeOf(r.file, 0, key))
	g.declared = true
	if isNull(body) {
		return
	}
	if body.Kind != yaml.MappingNode {
		r.refuse(body, fmt.Sprintf("want hosts, children and vars of the group %s, got %s", key.Value, nodeKind(body)), "")
		return
	}
	eachField(body, func(part, value *yaml.Node) {
		switch {
		case !slices.Contains(groupParts, part.Value):
			r.refuse(part, quote(part.Value)+" is no part of a group", "a group has hosts, children and vars; a group below another stands below children")
		case isNull(value):
		case value.Kind != yaml.MappingNode:
			r.refuse(value, fmt.Sprintf("want a mapping below %s, got %s", part.Value, nodeKind(value)), "each name is a key, with a colon behind it")
		case part.Value == "hosts":
			eachField(value, func(key, vars *yaml.Node) { r.host(g, key, vars) })
		case part.Value == "children":
			eachField(value, func(child, below *yaml.Node) {
				g.children = append(g.children, presentName(child.Value))
				r.group(child, below, depth+1)
			})
		default:
			r.merge(g.vars, value)
		}
	})
}

func (r *yamlReader) host(g *group, key, vars *yaml.Node) {
	names, port, err := expand(key.Value)
	if err != nil {
		r.refuse(key, err.Error(), "")
		return
	}
	if !isNull(vars) && vars.Kind != yaml.MappingNode {
		r.refuse(vars, fmt.Sprintf("want the variables of %s, got %s", key.Value, nodeKind(vars)), "")
		return
	}
	for _, name := range names {
		known := r.inv.host(g, name, placeOf(r.file, 0, key))
		if port != "" {
			known["ansible_port"] = variable{literal(port), placeOf(r.file, 0, key)}
		}
		r.merge(known, vars)
	}
}

// merge takes in variables. One that stands twice with two values is a mistake: Ansible would take either of them without a word.
func (r *yamlReader) merge(vars variables, body *yaml.Node) {
	for name, v := range variablesIn(r.file, body) {
		if other, found := vars[name]; found && !sameValue(other.value, v.value) {
			r.problems = append(r.problems, schema.Error{
				Pos: v.pos, Problem: name + " stands twice, with two values", Hint: "the other one: " + other.pos.String(),
			})
			continue
		}
		vars[name] = v
	}
}

func (r *yamlReader) refuse(n *yaml.Node, problem, hint string) {
	r.problems = append(r.problems, schema.Error{Pos: placeOf(r.file, 0, n), Problem: problem, Hint: hint})
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
