package adopt

import (
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is one object of a YAML file; lines of the file are offset beyond those of its nodes.
type document struct {
	*yaml.Node
	offset int
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): (.*)$`)

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
			line, problem := 0, strings.TrimPrefix(err.Error(), "yaml: ")
			if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
				line, _ = strconv.Atoi(m[1])
				problem = m[2]
			}
			hint := "kubeadm config validate --config FILE names the place"
			if strings.Contains(problem, "cannot start any token") {
				hint = "YAML indents with spaces, not with tabs"
			}
			s.fail(line+offset, hint, "no YAML: %s", problem)
			return all
		}
		root := &node
		if root.Kind == yaml.DocumentNode && len(root.Content) > 0 {
			root = root.Content[0]
		}
		if root.ShortTag() == "!!null" {
			continue
		}
		if s.inspectYAML(root, offset) {
			all = append(all, document{root, offset})
		}
	}
}

// inspectYAML refuses what the programs themselves refuse or never write: a key that stands twice, and references within the file.
func (s *source) inspectYAML(node *yaml.Node, offset int) bool {
	if node.Kind == yaml.AliasNode {
		s.fail(node.Line+offset, "write the value out", "a reference to another place of the file: *%s", node.Value)
		return false
	}
	fine, seen := true, map[string]bool{}
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 {
			if seen[child.Value] {
				s.fail(child.Line+offset, "delete one of them", "the key %q stands here twice", child.Value)
				fine = false
			}
			seen[child.Value] = true
		}
		fine = s.inspectYAML(child, offset) && fine
	}
	return fine
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
