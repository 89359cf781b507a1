package overlay

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/schema"
)

// documents parses YAML, empty documents left out; at gives the place of a line.
func (r *repository) documents(content []byte, at func(line int) schema.Position) ([]*yaml.Node, bool) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var all []*yaml.Node
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return all, true
		}
		if err == nil {
			var values any
			err = document.Decode(&values) // keys that stand twice show here
		}
		if err != nil {
			e := schema.YAMLError(content, err)
			r.report(at(e.Pos.Line), "no valid YAML: "+e.Problem, e.Hint)
			return nil, false
		}
		if root := document.Content[0]; root.ShortTag() != "!!null" {
			all = append(all, root)
		}
	}
}

// field gives the value of a key; nil where the mapping has none.
func field(mapping *yaml.Node, key string) *yaml.Node {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// text is the value of a field that is a scalar.
func text(mapping *yaml.Node, key string) string {
	if value := field(mapping, key); value != nil && value.Kind == yaml.ScalarNode && value.ShortTag() != "!!null" {
		return value.Value
	}
	return ""
}

// drop takes a field out of a mapping.
func drop(mapping *yaml.Node, key string) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			mapping.Content = append(mapping.Content[:i:i], mapping.Content[i+2:]...)
			return
		}
	}
}

// clone copies a node with all below it; what aliases stand for is copied in their place.
func clone(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return clone(n.Alias)
	}
	c := *n
	c.Anchor, c.Content = "", make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		c.Content[i] = clone(child)
	}
	return &c
}

// equal compares two nodes by what they mean.
func equal(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || len(a.Content) != len(b.Content) {
		return false
	}
	switch a.Kind {
	case yaml.ScalarNode:
		return a.ShortTag() == b.ShortTag() && a.Value == b.Value
	case yaml.MappingNode:
		for i := 0; i+1 < len(a.Content); i += 2 {
			other := field(b, a.Content[i].Value)
			if other == nil || !equal(a.Content[i+1], other) {
				return false
			}
		}
		return true
	}
	for i := range a.Content {
		if !equal(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}
