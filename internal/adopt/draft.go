// Package adopt reads what other tools keep of a cluster: in come their files, out comes the text of a cluster.cue, with comments
// where something had to be guessed or has no place.
package adopt

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/khagen/khagen/schema"
)

// Draft is a definition in the making. Sources add to it one after the other; what a later one knows replaces what an earlier one said.
type Draft struct {
	entries []schema.Entry
	files   []string          // that have spoken; the last one speaks
	said    map[string]string // path to the file that said so
}

// From names the file that is read from here on; comments about what two files say otherwise have the name.
func (d *Draft) From(file string) {
	d.files = append(d.files, file)
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

// Guessed says whether the value at path is one that nobody said.
func (d *Draft) Guessed(path ...string) bool {
	i := d.index(path)
	return i >= 0 && d.entries[i].Note != ""
}

// Inherit takes back guesses about what definitions above the cluster's say: JSON by path, as schema.Inherited gives it.
func (d *Draft) Inherit(said map[string]string) {
	d.entries = slices.DeleteFunc(d.entries, func(e schema.Entry) bool {
		_, isSaid := said[strings.Join(e.Path, ".")]
		return isSaid && e.Note != ""
	})
}

func (d *Draft) put(value any, note string, path []string) {
	if d.said == nil {
		d.said = map[string]string{}
	}
	said := d.said[strings.Join(path, "\x00")]
	if len(d.files) > 0 {
		d.said[strings.Join(path, "\x00")] = d.files[len(d.files)-1]
	}
	i := d.index(path)
	if i < 0 {
		d.entries = append(d.entries, schema.Entry{Path: path, Value: value, Note: note})
		return
	}
	e := &d.entries[i]
	if !reflect.DeepEqual(e.Value, value) && e.Note == "" {
		if said == "" {
			said = "Another source"
		}
		e.Doc = append(e.Doc, fmt.Sprintf("%s says %s.", said, displayed(e.Value)))
	}
	e.Value, e.Note = value, note
}

func (d *Draft) index(path []string) int {
	return slices.IndexFunc(d.entries, func(e schema.Entry) bool { return e.Value != nil && slices.Equal(e.Path, path) })
}

// Text is the definition.
func (d *Draft) Text() ([]byte, error) {
	entries := schema.InOrder(d.withRoom())
	for i := range entries {
		e := &entries[i]
		lines := e.Doc
		if e.Doc = nil; len(e.Note) > longestNote {
			lines, e.Note = append(slices.Clone(lines), "A guess: "+e.Note+"."), ""
		}
		for _, line := range lines {
			e.Doc = append(e.Doc, wrap(line)...)
		}
	}
	return schema.Write(wrap("From "+strings.Join(d.files, ", ")+"."), entries)
}

// longestNote is what has room behind a field; longer ones stand above it.
const longestNote = 60

// withRoom gives the entries with each remark in a block that has a value: a comment makes no block.
func (d *Draft) withRoom() []schema.Entry {
	entries := slices.Clone(d.entries)
	for i := range entries {
		e := &entries[i]
		isInside := func(other schema.Entry) bool {
			return other.Value != nil && len(other.Path) > len(e.Path) && slices.Equal(other.Path[:len(e.Path)], e.Path)
		}
		for e.Value == nil && len(e.Path) > 0 && !slices.ContainsFunc(entries, isInside) {
			e.Path = e.Path[:len(e.Path)-1]
		}
	}
	return entries
}

// Doubts are what somebody has to look at, in the order of the definition: what was guessed and why, and what has no place.
func (d *Draft) Doubts() (guesses, remarks []string) {
	for _, e := range schema.InOrder(d.entries) {
		path := strings.Join(e.Path, ".")
		switch {
		case e.Value == nil:
			remarks = append(remarks, strings.TrimPrefix(path+": ", ": ")+e.Doc[0])
		case e.Note != "":
			guesses = append(guesses, fmt.Sprintf("%s: %s (%s)", path, displayed(e.Value), e.Note))
		}
		if e.Value != nil {
			for _, other := range e.Doc {
				remarks = append(remarks, path+": "+other)
			}
		}
	}
	return guesses, remarks
}

// displayed is a value in a message.
func displayed(value any) string {
	if text, ok := textOf(value); ok {
		return text
	}
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(data)
}

// wrap breaks a comment into lines.
func wrap(text string) (lines []string) {
	const width = 110
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}
