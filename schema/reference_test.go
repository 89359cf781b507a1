package schema

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
)

const referenceFile = "../docs/reference.md"

// TestReference keeps docs/reference.md as the schema is; -update writes it.
func TestReference(t *testing.T) {
	want := reference(t)
	if *update {
		if err := os.WriteFile(referenceFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(want, string(got)); d != "" {
		t.Errorf("%s is not current: go test ./schema -update writes it (-want +got):\n%s", referenceFile, d)
	}
}

// TestReferenceIsWhole: each field of the schema stands there once, under its own anchor, and links lead somewhere.
func TestReferenceIsWhole(t *testing.T) {
	text := reference(t)
	for _, top := range compile().top {
		eachNode(top, top.name, func(path string, n *node) {
			path = strings.ReplaceAll(path, "[]", "")
			if n.name == "" || strings.HasPrefix(n.name, "[") {
				return
			}
			if count := strings.Count(text, anchor(path)); count != 1 {
				t.Errorf("%s stands there %d times", path, count)
			}
		})
	}
	for _, link := range strings.Split(text, "](#")[1:] {
		target, _, _ := strings.Cut(link, ")")
		if !strings.Contains(text, anchor(target)) {
			t.Errorf("a link to #%s leads nowhere", target)
		}
	}
}

const referenceIntro = `# Reference of all fields

Everything that a definition can say, made from the schema; ` + "`khagen explain FIELD`" + ` prints the same. Fields stand in the block
` + "`cluster`" + `, so ` + "`endpoint.port`" + ` is written ` + "`cluster: endpoint: port: 8443`" + `. NAME is a key of your own: a host, a registry, a flag.
A field with neither a default nor *required* may be absent. *Required* means required where its block is: a file of a folder above
may say it. Fields of a block in a list are named without a place in it: ` + "`hosts.NAME.taints.key`" + `.

What fields demand of each other is in [rules](rules.md). Each field can be linked to: ` + "`reference.md#hosts.NAME.address`" + `.
`

// A block of that many fields has a heading of its own, unless its path has more names than that; NAME is none.
const (
	manyFields = 4
	deepest    = 2
)

func reference(t *testing.T) string {
	t.Helper()
	var contents, body strings.Builder
	for _, top := range theShape().top {
		chapter(t, explained(t, strings.Join(top.topPath(), ".")), &contents, &body)
	}
	return referenceIntro + "\n" + contents.String() + body.String()
}

// chapter writes a block: its fields, then under headings of their own the blocks in it; deep ones stand among the fields.
func chapter(t *testing.T, f Field, contents, body *strings.Builder) {
	t.Helper()
	depth, name := 0, "cluster"
	if f.Path != "" {
		depth, name = 1+strings.Count(strings.ReplaceAll(f.Path, ".NAME", ""), "."), f.Path
	}
	fmt.Fprintf(contents, "%s- [%s](#%s)\n", strings.Repeat("  ", max(0, depth-1)), name, name)
	fmt.Fprintf(body, "\n%s %s%s\n\n", strings.Repeat("#", max(2, depth+1)), anchor(name), name)
	if f.Type != "block" {
		fmt.Fprintf(body, "%s. \\\n", facts(f))
	} else if f.Required {
		body.WriteString("*Required.* ")
	}
	fmt.Fprintf(body, "%s\n", plain(f.Doc))
	var entries, chapters []Field
	for _, child := range below(t, f) {
		if depth < deepest && len(below(t, child)) >= manyFields {
			chapters = append(chapters, child)
		} else {
			entries = append(entries, child)
		}
	}
	if len(entries) > 0 {
		body.WriteString("\n")
	}
	for _, child := range entries {
		entry(t, body, child)
	}
	for _, child := range chapters {
		chapter(t, child, contents, body)
	}
}

// entry writes a field, and those below it.
func entry(t *testing.T, b *strings.Builder, f Field) {
	t.Helper()
	fmt.Fprintf(b, "- %s**`%s`**: %s. \\\n", anchor(f.Path), f.Path, facts(f))
	fmt.Fprintf(b, "  %s\n", strings.ReplaceAll(plain(f.Doc), "\n", "\n  "))
	for _, child := range below(t, f) {
		entry(t, b, child)
	}
}

// facts says what a field takes, on one line.
func facts(f Field) string {
	text := f.Type
	if enumeration.MatchString(f.Allowed) {
		text += ": " + oneText.ReplaceAllString(f.Allowed, "`$0`")
	} else if f.Allowed != "" {
		text += ", " + plain(f.Allowed)
	}
	if f.Default != "" {
		text += "; default `" + f.Default + "`"
	}
	if f.Required {
		text += "; *required*"
	}
	return text
}

var (
	oneText     = regexp.MustCompile(`"[^"]*"`)
	enumeration = regexp.MustCompile(`^"[^"]*"(, "[^"]*")*$`)
	markup      = regexp.MustCompile("[*<`]|\\b_")
)

// plain keeps text from being read as Markdown.
func plain(text string) string { return markup.ReplaceAllString(text, `\$0`) }

// below gives the fields of a block; those of its values where it is a map.
func below(t *testing.T, f Field) []Field {
	t.Helper()
	if slices.Equal(f.Children, []string{"NAME"}) {
		f = explained(t, f.Path+".NAME")
	}
	fields := make([]Field, len(f.Children))
	for i, name := range f.Children {
		fields[i] = explained(t, strings.TrimPrefix(f.Path+"."+name, "."))
	}
	return fields
}

func explained(t *testing.T, path string) Field {
	t.Helper()
	f, err := Explain(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func anchor(path string) string { return `<a id="` + cmp.Or(path, "cluster") + `"></a>` }
