package overlay

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/filters/patchjson6902"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
)

// operation is one step of a JSON 6902 patch.
type operation struct {
	line       int
	verb, path string
	from       string
	text       string // a patch of this operation alone, as JSON
}

// needs lists the operations and the fields that they have beside path.
var needs = map[string]string{"add": "value", "remove": "", "replace": "value", "move": "from", "copy": "from", "test": "value"}

// operations reads a JSON 6902 patch.
func (r *repository) operations(t patchText, list *yaml.Node) ([]operation, bool) {
	var all []operation
	known := len(r.problems)
	for _, node := range list.Content {
		op := operation{line: node.Line, verb: text(node, "op"), path: text(node, "path"), from: text(node, "from")}
		other, ok := needs[op.verb]
		switch {
		case node.Kind != yaml.MappingNode:
			r.report(t.at(node.Line), "not an operation", "{op: add, path: /a/b, value: c}")
		case !ok:
			r.report(t.at(node.Line), "no operation "+quoted(op.verb), "op is add, remove, replace, move, copy or test")
		case field(node, "path") == nil || !strings.HasPrefix(op.path, "/") || op.path == "/":
			r.report(t.at(node.Line), "no path of a field: "+quoted(op.path), "a path begins with a slash, such as /apiServer/certSANs/-; ~1 stands for a slash in a name")
		case other == "from" && op.from != "" && !strings.HasPrefix(op.from, "/"):
			r.report(t.at(node.Line), "no path of a field: "+quoted(op.from), "a path begins with a slash")
		case other != "" && field(node, other) == nil:
			r.report(t.at(node.Line), op.verb+" without "+other, "")
		default:
			all = append(all, r.encoded(op, t, node))
		}
	}
	if len(all) == 0 && len(r.problems) == known {
		r.report(t.at(list.Line), "a patch without operations", "")
	}
	return all, len(r.problems) == known
}

func (r *repository) encoded(op operation, t patchText, node *yaml.Node) operation {
	var values any
	err := node.Decode(&values)
	if err == nil {
		var text []byte
		text, err = json.Marshal([]any{values})
		op.text = string(text)
	}
	if err != nil {
		r.report(t.at(node.Line), "no JSON: "+err.Error(), "keys are texts")
	}
	return op
}

// apply does one operation. What the object had keeps its order and its style.
func (op operation) apply(doc *yaml.Node) (*yaml.Node, error) {
	if op.from != "" && !exists(doc, op.from) { // kustomize would copy a null
		return nil, op.failed(doc, nil)
	}
	changed, err := patchjson6902.Filter{Patch: op.text}.Filter([]*kyaml.RNode{kyaml.NewRNode(clone(doc))})
	if err != nil {
		return nil, op.failed(doc, err)
	}
	return restyle(doc, plain(changed[0].YNode())), nil
}

// failed says how far the path of an operation goes.
func (op operation) failed(doc *yaml.Node, err error) error {
	if op.verb == "test" {
		return &patchError{op.line, "test of " + op.path + ": the object has another value there", ""}
	}
	path := op.path
	if op.from != "" && !exists(doc, op.from) {
		path = op.from
	}
	done, at := "", doc
	for name := range strings.SplitSeq(path[1:], "/") {
		next := step(at, name)
		if next == nil {
			break
		}
		done, at = done+"/"+name, next
	}
	problem := op.verb + " " + path + ": "
	switch at.Kind {
	case yaml.MappingNode:
		return &patchError{op.line, problem + "no such field", "what is there" + below(done) + ": " + strings.Join(keys(at), ", ")}
	case yaml.SequenceNode:
		return &patchError{op.line, problem + "no such element", "the list" + below(done) + " has " + strconv.Itoa(len(at.Content)) + " elements, counted from 0; - stands for a new one at the end"}
	}
	return &patchError{op.line, problem + fmt.Sprint(err), ""}
}

func below(path string) string {
	if path == "" {
		return ""
	}
	return " at " + path
}

func exists(doc *yaml.Node, path string) bool {
	for name := range strings.SplitSeq(path[1:], "/") {
		if doc = step(doc, name); doc == nil {
			return false
		}
	}
	return true
}

// step goes down by one part of a path.
func step(at *yaml.Node, name string) *yaml.Node {
	name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
	if at.Kind == yaml.SequenceNode {
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(at.Content) {
			return at.Content[i]
		}
		return nil
	}
	return field(at, name)
}

func keys(mapping *yaml.Node) []string {
	var all []string
	for i := 0; mapping != nil && i+1 < len(mapping.Content); i += 2 {
		all = append(all, mapping.Content[i].Value)
	}
	return all
}
