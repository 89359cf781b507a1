package overlay

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// plain takes off what a patch looks like, so that it comes out as the rendered files do: one value a line, quoted where that is
// needed, without comments.
func plain(n *yaml.Node) *yaml.Node {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	switch {
	case n.Kind != yaml.ScalarNode:
		n.Style = 0
	case strings.Contains(n.Value, "{{"):
		n.Tag, n.Style = "!!str", yaml.DoubleQuotedStyle // single quotes would double those in a secret's placeholder
	case n.ShortTag() == "!!str":
		n.Tag = "!!str"
		n.Style &= yaml.LiteralStyle
	default:
		n.Style = 0
	}
	for _, child := range n.Content {
		plain(child)
	}
	return n
}

// restyle gives the changed form of a document, with the order of fields, the style and the comments of its old form; what is new
// comes behind.
func restyle(old, changed *yaml.Node) *yaml.Node {
	if equal(old, changed) {
		return old
	}
	if old.Kind != changed.Kind || changed.Kind == yaml.ScalarNode {
		return changed
	}
	result := *old
	if changed.Kind == yaml.SequenceNode {
		result.Content = restyleList(old.Content, changed.Content)
		return &result
	}
	result.Content = nil
	for i := 0; i+1 < len(old.Content); i += 2 {
		if value := field(changed, old.Content[i].Value); value != nil {
			result.Content = append(result.Content, old.Content[i], restyle(old.Content[i+1], value))
		}
	}
	for i := 0; i+1 < len(changed.Content); i += 2 {
		if field(old, changed.Content[i].Value) == nil {
			result.Content = append(result.Content, changed.Content[i], changed.Content[i+1])
		}
	}
	return &result
}

// restyleList pairs elements: those that are the same, then those of the same name, then those at the same place.
func restyleList(old, changed []*yaml.Node) []*yaml.Node {
	result, used := make([]*yaml.Node, len(changed)), map[*yaml.Node]bool{}
	pair := func(fits func(i, j int) bool) {
		for i, c := range changed {
			for j, o := range old {
				if result[i] == nil && !used[o] && fits(i, j) {
					result[i], used[o] = restyle(o, c), true
				}
			}
		}
	}
	pair(func(i, j int) bool { return equal(changed[i], old[j]) })
	pair(func(i, j int) bool {
		return text(changed[i], "name") != "" && text(changed[i], "name") == text(old[j], "name")
	})
	pair(func(i, j int) bool { return i == j })
	for i, c := range changed {
		if result[i] == nil {
			result[i] = c
		}
	}
	return result
}

// encode writes a document as generators do.
func encode(doc *yaml.Node) ([]byte, error) {
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(doc); err != nil {
		return nil, fmt.Errorf("encode a patched object: %w", err)
	}
	if err := e.Close(); err != nil {
		return nil, fmt.Errorf("encode a patched object: %w", err)
	}
	return out.Bytes(), nil
}
