package adopt

import (
	"cmp"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/schema"
)

// document is one object of a YAML file; lines of the file are offset beyond those of its nodes.
type document struct {
	*yaml.Node
	offset int
}

// documents reads all of a YAML text.
func (s *source) documents(text string, offset int) []document {
	var all []document
	for decoder := yaml.NewDecoder(strings.NewReader(text)); ; {
		var node yaml.Node
		err := decoder.Decode(&node)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			e := yamlProblem(s.file, offset, err)
			e.Hint = cmp.Or(e.Hint, "kubeadm config validate --config FILE names the place")
			s.problems = append(s.problems, e)
			return all
		}
		root := &node
		if root.Kind == yaml.DocumentNode && len(root.Content) > 0 {
			root = root.Content[0]
		}
		if root.ShortTag() == "!!null" {
			continue
		}
		if problems := append(twice(s.file, offset, root), aliases(s.file, offset, root)...); len(problems) > 0 {
			s.problems = append(s.problems, problems...)
			continue
		}
		all = append(all, document{root, offset})
	}
}

var parserLine = regexp.MustCompile(`line ([0-9]+): (.*)`)

// yamlProblem takes the line out of what the parser says; the text begins offset lines down its file.
func yamlProblem(file string, offset int, err error) schema.Error {
	e := schema.Error{Pos: schema.Position{File: file}, Problem: "no YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
	if m := parserLine.FindStringSubmatch(err.Error()); m != nil {
		if line, err := strconv.Atoi(m[1]); err == nil {
			e.Pos.Line, e.Pos.Col, e.Problem = line+offset, 1, "no YAML: "+m[2]
		}
	}
	if strings.Contains(e.Problem, "cannot start any token") {
		e.Hint = "YAML indents with spaces, not with tabs"
	}
	return e
}

// twice reports keys that stand twice in one mapping.
func twice(file string, offset int, n *yaml.Node) (problems schema.Errors) {
	if n.Kind == yaml.MappingNode {
		first := map[string]*yaml.Node{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if other := first[key.Value]; other != nil && key.Kind == yaml.ScalarNode {
				problems = append(problems, schema.Error{
					Pos: placeOf(file, offset, key), Problem: key.Value + " stands here twice",
					Hint: "the other one: " + placeOf(file, offset, other).String(),
				})
			}
			first[key.Value] = key
		}
	}
	for _, child := range n.Content {
		problems = append(problems, twice(file, offset, child)...)
	}
	return problems
}

// aliases reports references within a file, which kubeadm never writes.
func aliases(file string, offset int, n *yaml.Node) (problems schema.Errors) {
	if n.Kind == yaml.AliasNode {
		return schema.Errors{{
			Pos: placeOf(file, offset, n), Problem: "a reference to another place of the file: *" + n.Value, Hint: "write the value out",
		}}
	}
	for _, child := range n.Content {
		problems = append(problems, aliases(file, offset, child)...)
	}
	return problems
}

func placeOf(file string, offset int, n *yaml.Node) schema.Position {
	return schema.Position{File: file, Line: n.Line + offset, Col: n.Column}
}

// pair is a key and its value.
type pair struct {
	key   string
	value *yaml.Node
}

// pairs gives those of a block in their order; none where it is no block.
func pairs(node *yaml.Node) []pair {
	if node == nil || node.Kind != yaml.MappingNode {
		return nil
	}
	var all []pair
	for i := 0; i+1 < len(node.Content); i += 2 {
		all = append(all, pair{node.Content[i].Value, node.Content[i+1]})
	}
	return all
}

// nodeAt follows keys into blocks; nil where there is nothing, or null.
func nodeAt(node *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		next, found := find(pairs(node), func(p pair) bool { return p.key == key })
		if !found || next.value.ShortTag() == "!!null" {
			return nil
		}
		node = next.value
	}
	return node
}

// textAt is the text of a scalar; empty where there is none.
func textAt(node *yaml.Node, keys ...string) string {
	if found := nodeAt(node, keys...); found != nil && found.Kind == yaml.ScalarNode {
		return found.Value
	}
	return ""
}

// items are the elements of a list; none where it is no list.
func items(node *yaml.Node) []*yaml.Node {
	if node == nil || node.Kind != yaml.SequenceNode {
		return nil
	}
	return node.Content
}

// texts are those of a list.
func texts(node *yaml.Node) []string {
	var all []string
	for _, item := range items(node) {
		all = append(all, item.Value)
	}
	return all
}

// plain gives a value as definitions have it.
func plain(node *yaml.Node) any {
	switch node.Kind {
	case yaml.MappingNode:
		block := map[string]any{}
		for _, p := range pairs(node) {
			block[p.key] = plain(p.value)
		}
		return block
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range node.Content {
			list = append(list, plain(item))
		}
		return list
	}
	switch node.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		if b, err := strconv.ParseBool(strings.ToLower(node.Value)); err == nil {
			return b
		}
	case "!!int":
		if n, err := strconv.ParseInt(node.Value, 0, 64); err == nil {
			return int(n)
		}
	case "!!float":
		if f, err := strconv.ParseFloat(node.Value, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return f
		}
	}
	return node.Value
}
