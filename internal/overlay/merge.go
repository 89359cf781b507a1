package overlay

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/kustomize/kyaml/yaml/merge2"
	"sigs.k8s.io/kustomize/kyaml/yaml/walk"
)

// patchError is a patch that can't be applied: what is wrong, where in the patch, and what to do.
type patchError struct {
	line          int
	problem, hint string
}

func (e *patchError) Error() string { return e.problem }

// strategic merges a patch into an object as kustomize does, but for new elements of lists, which come last. It gives nil where
// the patch deletes the object.
func strategic(o *object, doc, merge *yaml.Node) (*yaml.Node, error) {
	p := clone(merge)
	if kind := text(p, "kind"); kind != "" && kind != o.gvk.Kind {
		return nil, &patchError{p.Line, "a patch of " + kind + " for " + o.gvk.Kind, "its kind and its target have to agree, or leave the kind out"}
	}
	drop(p, "apiVersion")
	drop(p, "kind")
	if metadata := field(p, "metadata"); metadata != nil && metadata.Kind == yaml.MappingNode {
		drop(metadata, "name")
		drop(metadata, "namespace")
		if len(metadata.Content) == 0 {
			drop(p, "metadata")
		}
	}
	s := schemaFor(o.gvk)
	if err := (repeats{}).set(s, doc, p); err != nil {
		return nil, err
	}
	merged, err := walk.Walker{
		Sources: []*kyaml.RNode{kyaml.NewRNode(doc), kyaml.NewRNode(p)}, Visitor: merge2.Merger{}, Schema: s,
		MergeOptions: kyaml.MergeOptions{ListIncreaseDirection: kyaml.MergeOptionsListAppend},
	}.Walk()
	if err != nil {
		return nil, &patchError{p.Line, "the patch doesn't fit: " + err.Error(), ""}
	}
	if merged == nil || merged.YNode() == nil {
		return nil, nil
	}
	(repeats{}).restore(merged.YNode())
	return merged.YNode(), nil
}

// repeats sees to elements of a list that have the same name, such as a flag that is given twice: kustomize would take the first
// for all of them. While it merges, they have names of their own.
type repeats struct{}

const repeated = "\x00"

// set walks an object and its patch together, and finds what kustomize would say in words of its own, or not at all.
func (v repeats) set(s *openapi.ResourceSchema, doc, p *yaml.Node) error {
	if p != nil && p.ShortTag() != "!!null" && doc != nil && doc.ShortTag() != "!!null" && p.Kind != doc.Kind {
		return &patchError{p.Line, fmt.Sprintf("%s in the patch, where the object has %s", kindOf(p), kindOf(doc)), "patches have the shape of their object"}
	}
	switch {
	case doc != nil && doc.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(doc.Content); i += 2 {
			name := doc.Content[i].Value
			if err := v.set(fieldOf(s, name), doc.Content[i+1], field(p, name)); err != nil {
				return err
			}
		}
	case doc != nil && doc.Kind == yaml.SequenceNode:
		return v.setList(s, doc, p)
	}
	return nil
}

func (v repeats) setList(s *openapi.ResourceSchema, doc, p *yaml.Node) error {
	if s == nil || s.Schema == nil {
		return nil
	}
	_, keys := s.PatchStrategyAndKeyList()
	if len(keys) != 1 || keys[0] == "" {
		return nil
	}
	seen, own := map[string]int{}, map[string]*yaml.Node{}
	if p != nil {
		for _, element := range p.Content {
			name := text(element, keys[0])
			if own[name] != nil && name != "" {
				return repeatedError(element, keys[0], name)
			}
			own[name] = element
		}
	}
	for _, element := range doc.Content {
		key := field(element, keys[0])
		if key == nil {
			continue
		}
		name := key.Value
		seen[name]++
		if seen[name] > 1 && own[name] != nil {
			return repeatedError(own[name], keys[0], name)
		}
		if err := v.set(s.Elements(), element, own[name]); err != nil {
			return err
		}
		if seen[name] > 1 {
			key.Value += fmt.Sprint(repeated, seen[name])
		}
	}
	return nil
}

func repeatedError(element *yaml.Node, key, name string) error {
	return &patchError{
		element.Line, fmt.Sprintf("several elements of the list have the %s %s", key, quoted(name)),
		"a strategic merge tells elements apart by " + key + ": add or change such ones by JSON 6902",
	}
}

// restore gives back the names.
func (v repeats) restore(n *yaml.Node) {
	n.Value, _, _ = strings.Cut(n.Value, repeated)
	for _, child := range n.Content {
		v.restore(child)
	}
}

func fieldOf(s *openapi.ResourceSchema, name string) *openapi.ResourceSchema {
	if s == nil || s.Schema == nil {
		return nil
	}
	return s.Field(name)
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return "a single value"
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }
