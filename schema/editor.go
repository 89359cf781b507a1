package schema

import (
	"encoding/json"
	"fmt"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/literal"
)

// Names of the files for editors, in overlays/.
const (
	editorCUE  = "khagen.cue"
	editorJSON = "khagen.schema.json"
)

// EditorFiles are what editors complete and explain definitions with, by their names in overlays/: a CUE file of the definitions'
// own package, and a JSON Schema for each cluster.yaml. khagen itself goes by neither.
func EditorFiles() (map[string][]byte, error) {
	inCUE, err := editorPackage()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", editorCUE, err)
	}
	inJSON, err := JSONSchema()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", editorJSON, err)
	}
	return map[string][]byte{editorCUE: inCUE, editorJSON: inJSON}, nil
}

const editorAbout = `// Editors complete and explain definitions with this file, and cue vet checks with it. khagen itself passes over it: it knows all
// this, and more. Nothing here has a default, since definitions may bring their own. What stands below "if false" is for language
// servers, which look into lists, but not behind patterns.

`

// editorPackage is the schema in CUE, fit to stand in one package with definitions: without defaults, and with nothing required,
// since a file above or below may have it.
func editorPackage() ([]byte, error) {
	s := theShape()
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n", packageName)
	for _, n := range s.top {
		name := n.topName()
		definition := "#khagen" + strings.ToUpper(name[:1]) + name[1:]
		b.WriteString("\n")
		comment(&b, strings.Split(n.doc(), "\n"))
		fmt.Fprintf(&b, "%s?: %s\n\n%s: %s\n", name, definition, definition, s.editorValue(n, n.topPath()))
	}
	text, err := format.Source([]byte(b.String()))
	if err != nil {
		return nil, err
	}
	return sealed(append([]byte(editorAbout), text...)), nil
}

// editorValue is what may stand at a node, in CUE.
func (s *shape) editorValue(n *node, names []string) string {
	n.open()
	switch {
	case n.free:
		return "{...}"
	case n.isMap():
		return s.editorMap(n, append(names, "NAME"))
	case n.kind == cue.StructKind:
		return s.editorBlock(n, names)
	case n.kind == cue.ListKind:
		return "[..." + s.editorValue(n.element, names) + "]"
	}
	n.describe()
	return n.editorScalar() + " | error(" + literal.String.Quote(n.wants) + ")"
}

func (s *shape) editorMap(n *node, names []string) string {
	key, value := n.key.editorScalar(), s.editorValue(n.element, names)
	if n.element.kind != cue.StructKind {
		return "{[" + key + "]: " + value + "}"
	}
	return "{\nlet Value = " + value + "\n[" + key + "]: Value\nif false {[...Value]}\n}"
}

func (s *shape) editorBlock(n *node, names []string) string {
	var b strings.Builder
	b.WriteString("{\n")
	for _, f := range n.fields {
		path := append(names, f.name)
		value := s.editorValue(f, path)
		comment(&b, s.editorDoc(f, path))
		fmt.Fprintf(&b, "%s?: %s\n", label(f.name), value)
	}
	b.WriteString("}")
	return b.String()
}

// editorDoc is what an editor shows of a field.
func (s *shape) editorDoc(n *node, names []string) []string {
	doc := strings.Split(n.doc(), "\n")
	for _, fact := range []struct{ what, text string }{{"Takes", n.allowed()}, {"Default", s.defaultOf(n, names)}} {
		if fact.text != "" {
			doc = append(doc, "", fact.what+": "+fact.text)
		}
	}
	return doc
}

// editorScalar is a text, a number or a truth value, with as much of its limits as JSON Schema has.
func (n *node) editorScalar() string {
	n.describe()
	if len(n.enum) > 0 {
		quoted := make([]string, len(n.enum))
		for i, text := range n.enum {
			quoted[i] = quote(text)
		}
		return strings.Join(quoted, " | ")
	}
	if n.kind.IsAnyOf(cue.ListKind) {
		return "string | [...string]"
	}
	parts := []string{n.kind.String()}
	limits := n.limits()
	for _, limit := range []struct{ key, operator string }{{"pattern", "=~"}, {"minimum", ">="}, {"maximum", "<="}} {
		switch value := limits[limit.key].(type) {
		case string:
			parts = append(parts, limit.operator+literal.String.Quote(value))
		case json.RawMessage:
			parts = append(parts, limit.operator+string(value))
		}
	}
	return strings.Join(parts, " & ")
}
