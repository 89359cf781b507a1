package schema

import (
	"encoding/json"

	"cuelang.org/go/cue"
)

// JSONSchema is the schema for editors, as JSON Schema 2020-12 of a cluster.yaml. It says less than Load: it doesn't know which
// fields are required, since a file above may have them, nor checks that need more than a pattern or bounds.
func JSONSchema() ([]byte, error) {
	s := theShape()
	s.mu.Lock()
	defer s.mu.Unlock()
	properties := map[string]any{}
	for _, n := range s.top {
		properties[n.topName()] = s.jsonSchema(n, n.topPath(), false)
	}
	document := map[string]any{
		"$schema":              "https://json-schema.org/draft/2020-12/schema",
		"title":                "khagen cluster definition",
		"type":                 "object",
		"properties":           properties,
		"additionalProperties": false,
	}
	data, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}

// jsonSchema describes one node. Lists don't merge, so that inside of one all required fields have to be there.
func (s *shape) jsonSchema(n *node, names []string, inList bool) map[string]any {
	n.open()
	n.describe()
	out := map[string]any{}
	if doc := n.doc(); doc != "" {
		out["description"] = doc
	}
	if d := s.defaultOf(n, names); json.Valid([]byte(d)) {
		out["default"] = json.RawMessage(d)
	}
	switch {
	case n.free:
		out["type"] = "object"
	case n.isMap():
		s.jsonMap(out, n, append(names, "NAME"), inList)
	case n.kind == cue.StructKind:
		s.jsonBlock(out, n, names, inList)
	case n.kind == cue.ListKind:
		out["type"] = "array"
		out["items"] = s.jsonSchema(n.element, names, true)
		if n.nonEmpty {
			out["minItems"] = 1
		}
	default:
		n.jsonScalar(out)
	}
	return out
}

func (s *shape) jsonMap(out map[string]any, n *node, names []string, inList bool) {
	out["type"] = "object"
	value := s.jsonSchema(n.element, names, inList)
	pattern, ok := n.key.limits()["pattern"].(string)
	if !ok {
		out["additionalProperties"] = value
		return
	}
	out["patternProperties"] = map[string]any{pattern: value}
	out["additionalProperties"] = false
}

func (s *shape) jsonBlock(out map[string]any, n *node, names []string, inList bool) {
	properties := map[string]any{}
	var required []string
	for _, f := range n.fields {
		properties[f.name] = s.jsonSchema(f, append(names, f.name), inList)
		if f.required && inList {
			required = append(required, f.name)
		}
	}
	out["type"] = "object"
	out["properties"] = properties
	out["additionalProperties"] = false
	if len(required) > 0 {
		out["required"] = required
	}
}

func (n *node) jsonScalar(out map[string]any) {
	var types []string
	for _, kind := range []struct {
		kind cue.Kind
		name string
	}{{cue.StringKind, "string"}, {cue.IntKind, "integer"}, {cue.BoolKind, "boolean"}, {cue.ListKind, "array"}} {
		if n.kind.IsAnyOf(kind.kind) {
			types = append(types, kind.name)
		}
	}
	if len(types) == 1 {
		out["type"] = types[0]
	} else {
		out["type"] = types
	}
	if n.kind.IsAnyOf(cue.ListKind) {
		out["items"] = map[string]any{"type": "string"}
	}
	if len(n.enum) > 0 {
		out["enum"] = n.enum
		return
	}
	for key, value := range n.limits() {
		out[key] = value
	}
}

// limits are the pattern and the bounds of a scalar, where the schema has one way to write it beside its default.
func (n *node) limits() map[string]any {
	var open []cue.Value
	op, alternatives := cue.Dereference(n.value).Expr()
	if op != cue.OrOp {
		return nil
	}
	for _, a := range alternatives {
		if a.Err() == nil && !a.IsConcrete() {
			open = append(open, a)
		}
	}
	out := map[string]any{}
	if len(open) == 1 {
		collectLimits(open[0], out)
	}
	return out
}

func collectLimits(v cue.Value, out map[string]any) {
	op, args := v.Expr()
	var key string
	switch op {
	case cue.AndOp:
		for _, arg := range args {
			collectLimits(arg, out)
		}
		return
	case cue.RegexMatchOp:
		key = "pattern"
	case cue.GreaterThanEqualOp:
		key = "minimum"
	case cue.LessThanEqualOp:
		key = "maximum"
	default:
		return
	}
	if _, taken := out[key]; taken {
		return
	}
	if text, err := args[0].String(); err == nil {
		out[key] = text
	} else if data, err := args[0].MarshalJSON(); err == nil {
		out[key] = json.RawMessage(data)
	}
}
