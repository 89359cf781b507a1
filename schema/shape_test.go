package schema

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/format"
)

// eachNode calls yield for every node of the schema, with its path.
func eachNode(n *node, path string, yield func(string, *node)) {
	n.open()
	n.describe()
	yield(path, n)
	for _, f := range n.fields {
		eachNode(f, strings.TrimPrefix(path+"."+f.name, "."), yield)
	}
	if n.isMap() {
		n.key.open()
		n.key.describe()
		eachNode(n.element, path+".NAME", yield)
	} else if n.element != nil {
		eachNode(n.element, path+"[]", yield)
	}
}

func TestEveryFieldIsDocumented(t *testing.T) {
	count := 0
	eachNode(compile().root, "", func(path string, n *node) {
		if strings.HasSuffix(path, "NAME") || strings.HasSuffix(path, "[]") {
			return
		}
		count++
		doc := n.doc()
		switch {
		case doc == "":
			t.Errorf("%s has no doc comment", path)
		case path != "" && strings.Contains(doc, " configures kube") || strings.HasPrefix(doc, "Args are "):
			t.Errorf("%s has the comment of its type: %s", path, doc)
		case !strings.HasSuffix(doc, ".") && !strings.HasSuffix(doc, "."+"\""):
			t.Errorf("%s: the comment doesn't end in a full stop: %s", path, doc)
		}
	})
	if count < 180 {
		t.Errorf("only %d fields were looked at", count)
	}
}

// TestFirstSentences: lists of fields show the first sentence of each, so it says what the field is, and doesn't fill half a screen.
func TestFirstSentences(t *testing.T) {
	const most = 220
	for _, top := range compile().top {
		eachNode(top, top.name, func(path string, n *node) {
			first, _, _ := strings.Cut(n.doc(), "\n")
			word, _, _ := strings.Cut(first, " ")
			if slices.Contains(n.enum, strings.Trim(word, ".:")) {
				t.Errorf("%s begins with a value, not with what it is: %s", path, first)
			}
			if len(first) > most {
				t.Errorf("%s: the first sentence has %d characters, more than %d: %s", path, len(first), most, first)
			}
		})
	}
}

// TestMessagesNameAllTexts holds the words of an enumeration's error() against the enumeration itself.
func TestMessagesNameAllTexts(t *testing.T) {
	counted := 0
	eachNode(compile().root, "", func(path string, n *node) {
		if n.kind == cue.StringKind && n.wants == kindName(n.kind) {
			t.Errorf("%s takes text, but doesn't say which: it needs error(…)", path)
		}
		if n.kind == cue.IntKind && !strings.Contains(n.wants, "without quotes") {
			t.Errorf("%s: the message about a number has to say that it stands without quotes: %s", path, n.wants)
		}
		if len(n.enum) == 0 {
			return
		}
		counted++
		quoted := make([]string, len(n.enum))
		for i, text := range n.enum {
			quoted[i] = quote(text)
		}
		last := len(quoted) - 1
		want := strings.Join(quoted[:last], ", ") + " or " + quoted[last]
		if n.fallback != "" && slices.Index(n.enum, strings.Trim(n.fallback, `"`)) < 0 {
			t.Errorf("%s: the default %s is none of %s", path, n.fallback, want)
		}
		if n.wants != want {
			t.Errorf("%s: the message says %s, the enumeration is %s", path, n.wants, want)
		}
	})
	if counted < 20 {
		t.Errorf("only %d enumerations were found", counted)
	}
}

// TestNoConditions keeps out what makes CUE's verdicts about neighbours wrong: conditional fields, and disjunctions of blocks.
func TestNoConditions(t *testing.T) {
	eachNode(compile().root, "", func(path string, n *node) {
		if n.kind.IsAnyOf(cue.StructKind) && n.kind != cue.StructKind {
			t.Errorf("%s is a block or something else: %v", path, n.kind)
		}
	})
	if strings.Contains(Definition(), "\tif ") {
		t.Error("the schema has a conditional field")
	}
}

func TestFormatted(t *testing.T) {
	for _, name := range sourceNames() {
		src, err := sources.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := format.Source(src)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(src, want) {
			t.Errorf("%s isn't as cue fmt writes it", name)
			if *update {
				writeFile(t, name, string(want))
			}
		}
	}
}
