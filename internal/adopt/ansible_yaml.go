package adopt

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/schema"
)

// sealed is a value that Ansible's vault keeps.
type sealed struct{}

// readMapping reads a file that holds one mapping; nil where it says nothing.
func readMapping(file string, data []byte) (root *yaml.Node, problems schema.Errors) {
	var document, second yaml.Node
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, schema.Errors{yamlProblem(file, 0, err)}
	}
	if err := decoder.Decode(&second); err == nil {
		return nil, schema.Errors{{Pos: placeOf(file, 0, &second), Problem: "a second document: Ansible reads only one"}}
	}
	if problems := twice(file, 0, &document); len(problems) > 0 {
		return nil, problems
	}
	var all any // aliases that contain themselves, or make a few lines endless, are refused here
	if err := document.Decode(&all); err != nil {
		return nil, schema.Errors{yamlProblem(file, 0, err)}
	}
	root = document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, schema.Errors{{Pos: placeOf(file, 0, root), Problem: "want a mapping, got " + nodeKind(root)}}
	}
	return root, nil
}

func nodeKind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a mapping"
	case yaml.AliasNode:
		return nodeKind(n.Alias)
	}
	return quote(n.Value)
}

// eachField goes through a mapping's keys in their order; what it merges (<<) comes first, because its own keys win.
func eachField(n *yaml.Node, do func(key, value *yaml.Node)) {
	n = target(n)
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch merged := target(n.Content[i+1]); {
		case n.Content[i].Tag != "!!merge":
		case merged.Kind == yaml.SequenceNode:
			for _, one := range slices.Backward(merged.Content) {
				eachField(one, do)
			}
		default:
			eachField(merged, do)
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag != "!!merge" {
			do(n.Content[i], target(n.Content[i+1]))
		}
	}
}

// target is the node that an alias stands for.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// variablesIn gives the variables of a mapping.
func variablesIn(file string, n *yaml.Node) variables {
	vars := variables{}
	eachField(n, func(key, value *yaml.Node) {
		vars[key.Value] = variable{valueOf(value), placeOf(file, 0, key)}
	})
	return vars
}

// valueOf gives a value in the kinds that a definition has.
func valueOf(n *yaml.Node) any {
	switch n.Kind {
	case yaml.AliasNode:
		return valueOf(n.Alias)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, element := range n.Content {
			list[i] = valueOf(element)
		}
		return list
	case yaml.MappingNode:
		fields := map[string]any{}
		eachField(n, func(key, value *yaml.Node) { fields[key.Value] = valueOf(value) })
		return fields
	}
	if n.Tag == "!vault" {
		return sealed{}
	}
	var value any
	if err := n.Decode(&value); err != nil {
		return n.Value
	}
	switch v := value.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return n.Value
		}
	case time.Time, int64, uint64, []byte:
		return n.Value
	}
	return value
}

// flow reads a list or dictionary that stands on one line of INI.
func flow(text string) (any, bool) {
	root, problems := readMapping("", []byte("v: "+text))
	if problems != nil || root == nil || len(root.Content) != 2 {
		return nil, false
	}
	return valueOf(root.Content[1]), true
}

// textOf gives a scalar as text; false where it is none.
func textOf(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case bool, int, float64:
		return fmt.Sprint(v), true
	}
	return "", false
}
