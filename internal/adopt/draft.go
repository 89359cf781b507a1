// Package adopt reads what other tools keep of a cluster: in come their files, out comes the text of a cluster.cue, with comments
// where something had to be guessed or has no place.
package adopt

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/khagen/khagen/schema"
)

// Draft is a definition in the making. Sources add to it one after the other; what a later one knows replaces what an earlier one said.
type Draft struct {
	entries []schema.Entry
}

// Set sets the field at path, below cluster. Where a source before said something else, a comment tells.
func (d *Draft) Set(value any, path ...string) { d.put(value, "", path) }

// Guess is Set with the reason why the value may be wrong.
func (d *Draft) Guess(value any, why string, path ...string) { d.put(value, why, path) }

// Remark puts a comment into the block at path: about what has no place in a definition.
func (d *Draft) Remark(text string, path ...string) {
	if slices.ContainsFunc(d.entries, func(e schema.Entry) bool { return e.Value == nil && slices.Equal(e.Path, path) && e.Doc[0] == text }) {
		return
	}
	d.entries = append(d.entries, schema.Entry{Path: path, Doc: []string{text}})
}

// Value is what was set at path; nil where nothing was.
func (d *Draft) Value(path ...string) any {
	if i := d.index(path); i >= 0 {
		return d.entries[i].Value
	}
	return nil
}

func (d *Draft) put(value any, note string, path []string) {
	i := d.index(path)
	if i < 0 {
		d.entries = append(d.entries, schema.Entry{Path: path, Value: value, Note: note})
		return
	}
	e := &d.entries[i]
	if !reflect.DeepEqual(e.Value, value) && e.Note == "" {
		e.Doc = append(e.Doc, fmt.Sprintf("Another source says %v.", e.Value))
	}
	e.Value, e.Note = value, note
}

func (d *Draft) index(path []string) int {
	return slices.IndexFunc(d.entries, func(e schema.Entry) bool { return e.Value != nil && slices.Equal(e.Path, path) })
}
