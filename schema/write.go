package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/literal"
)

// Entry is one field of a definition that is to be written, or a comment alone.
type Entry struct {
	Path  []string // below cluster, such as "hosts", "cp1.example.com", "address"
	Value any      // bool, int, string, a list of values, or map[string]any; nil: the comment alone, as next in the block of Path
	Doc   []string // lines of the comment above it
	Note  string   // the comment behind it
}

// Write gives the text of a cluster.cue: doc, the lines of the comment above the package, then the entries in their order. A block
// stands where its first entry does, so that entries of one block need not follow each other; a path that stands twice has the value
// of the later entry, and the comments of both.
func Write(doc []string, entries []Entry) ([]byte, error) {
	root := &block{}
	for _, e := range entries {
		root.add(append([]string{"cluster"}, e.Path...), e)
	}
	var b strings.Builder
	comment(&b, doc)
	fmt.Fprintf(&b, "package %s\n\n", packageName)
	for _, child := range root.children {
		if err := child.write(&b); err != nil {
			return nil, err
		}
	}
	text, err := format.Source([]byte(b.String()), format.Simplify())
	if err != nil {
		return nil, fmt.Errorf("write definition: %w", err)
	}
	return text, nil
}

// widest is the longest line, its indentation left out, on which a whole block is written.
const widest = 100

// block is a field and what is below it; a comment alone is one without a name.
type block struct {
	name     string
	value    any
	doc      []string
	note     string
	children []*block
}

func (b *block) add(path []string, e Entry) {
	if len(path) == 0 {
		if e.Value == nil {
			b.children = append(b.children, &block{doc: e.Doc})
			return
		}
		b.value = e.Value
		b.doc = append(b.doc, e.Doc...)
		b.note = strings.TrimPrefix(b.note+"; "+e.Note, "; ")
		return
	}
	at := slices.IndexFunc(b.children, func(child *block) bool { return child.name == path[0] })
	if at < 0 {
		at = len(b.children)
		b.children = append(b.children, &block{name: path[0]})
	}
	b.children[at].add(path[1:], e)
}

// write appends the block: on one line where it has room there, and nothing is said about its parts.
func (b *block) write(out *strings.Builder) error {
	comment(out, b.doc)
	if b.name == "" {
		return nil
	}
	line, err := b.line()
	if err != nil {
		return err
	}
	if len(b.children) == 0 || b.isQuiet() && len(line) <= widest {
		out.WriteString(line)
		if b.note != "" {
			out.WriteString(" // " + oneLine(b.note))
		}
		out.WriteString("\n")
		return nil
	}
	if only := b.children[0]; len(b.children) == 1 && only.name != "" && len(only.doc) == 0 {
		out.WriteString(label(b.name) + ": ")
		return only.write(out)
	}
	out.WriteString(label(b.name) + ": {\n")
	for _, child := range b.children {
		if err := child.write(out); err != nil {
			return err
		}
	}
	out.WriteString("}\n")
	return nil
}

// isQuiet says whether no part of the block has a comment.
func (b *block) isQuiet() bool {
	return !slices.ContainsFunc(b.children, func(child *block) bool { return len(child.doc) > 0 || child.note != "" || !child.isQuiet() })
}

// line is the block on one line.
func (b *block) line() (string, error) {
	if len(b.children) == 0 {
		value, err := quoted(b.value)
		return label(b.name) + ": " + value, err
	}
	parts := make([]string, 0, len(b.children))
	for _, child := range b.children {
		part, err := child.line()
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	if len(parts) == 1 {
		return label(b.name) + ": " + parts[0], nil
	}
	return label(b.name) + ": {" + strings.Join(parts, ", ") + "}", nil
}

// quoted gives a value as CUE.
func quoted(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return literal.String.Quote(v), nil
	case map[string]any:
		parts := make([]string, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			part, err := quoted(v[key])
			if err != nil {
				return "", err
			}
			parts = append(parts, label(key)+": "+part)
		}
		return "{" + strings.Join(parts, ", ") + "}", nil
	}
	list := reflect.ValueOf(value)
	if list.Kind() != reflect.Slice {
		data, err := json.Marshal(value)
		return string(data), err
	}
	parts := make([]string, list.Len())
	for i := range parts {
		var err error
		if parts[i], err = quoted(list.Index(i).Interface()); err != nil {
			return "", err
		}
	}
	return "[" + strings.Join(parts, ", ") + "]", nil
}

// label gives a field's name, in quotes where CUE wants them.
func label(name string) string {
	if ast.IsValidIdent(name) && !strings.HasPrefix(name, "_") && !strings.HasPrefix(name, "#") {
		return name
	}
	return literal.Label.Quote(name)
}

// comment appends lines of a comment.
func comment(out *strings.Builder, lines []string) {
	for _, line := range lines {
		out.WriteString(strings.TrimRight("// "+oneLine(line), " ") + "\n")
	}
}

// oneLine keeps text from ending the comment that it stands in.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
}
