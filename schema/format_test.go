package schema

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cuelang.org/go/cue/parser"
	"github.com/google/go-cmp/cmp"
)

func TestFormat(t *testing.T) {
	for source, want := range map[string]string{
		"":                                "\n",
		"package fleet\ncluster:   {a:1}": "package fleet\n\ncluster: {a: 1}\n",
		"a: 1\r\nb:  \"x\" // y\r\n":      "a: 1\nb: \"x\" // y\n",
		"a: {\n  b: 1, // one\n  ccc: 2 // two\n}": "a: {\n\tb:   1 // one\n\tccc: 2 // two\n}\n",
		"// above\n\npackage fleet\n":              "// above\n\npackage fleet\n",
		"a: 1 | // first\n  2 // other\n":          "a: 1 |\n\t2 // first\n\n// other\n",
	} {
		got, err := Format("x.cue", []byte(source))
		if err != nil {
			t.Errorf("%q: %v", source, err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%q: %s", source, diff)
		}
	}
	for source, want := range map[string]string{
		"a: {\n\tb: 1 c: 2\n}\n": "overlays/x.cue:2:7: missing ',' in struct literal\n  fields on one line are separated by commas; names with dashes or dots stand in quotes",
		"a: 1\n<<<<<<< HEAD\n":   "overlays/x.cue:2:1: a merge conflict\n  choose between the two sides, and take out the lines with <<<<<<<, ======= and >>>>>>>",
		"a: \"\xff\"\n":          "overlays/x.cue:1:5: not UTF-8\n  save the file in UTF-8",
	} {
		_, err := Format("overlays/x.cue", []byte(source))
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", source, err, want)
		}
	}
}

// TestFormatKeepsMeaning mistreats definitions, formats them, and wants them to say what they said, comments and all.
func TestFormatKeepsMeaning(t *testing.T) {
	root, dirs := copyReferences(t)
	files, err := Formattable(root)
	if err != nil || len(files) < 6 {
		t.Fatal(files, err)
	}
	for _, dir := range dirs {
		before := loaded(dir)
		path := filepath.Join(dir, cueName)
		tidy, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		untidy := regexp.MustCompile(`(?m)^\t+`).ReplaceAll(tidy, []byte("   "))
		untidy = regexp.MustCompile(`: +([{\["])`).ReplaceAll(untidy, []byte(":$1"))
		if string(untidy) == string(tidy) {
			t.Fatalf("%s: nothing to mistreat", path)
		}
		formatted, err := Format(path, untidy)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(tidy), string(formatted)); diff != "" {
			t.Error(diff)
		}
		again, err := Format(path, formatted)
		if err != nil || string(again) != string(formatted) {
			t.Errorf("%s: formatted twice, it is another: %v\n%s", path, err, cmp.Diff(string(formatted), string(again)))
		}
		writeFile(t, path, string(formatted))
		if diff := cmp.Diff(before, loaded(dir)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

// FuzzFormat: what is formatted parses, has all its comments, and is done.
func FuzzFormat(f *testing.F) {
	for _, seed := range []string{
		"a: [ // c\n 1, // d\n 2]\n", "// x\n\n// y\npackage fleet // z\n// w\nimport \"net\" // q\na: // r\n  1 // s\n", "a: b[ // x\n0]\n",
		"a: {\n// only\n}\n// end", "a: \"\\(b // x\n)\"\n", "let x = // c\n 1\na: x\n", "[=~\"^cp\"]: // c\n {a: 1}\n", "a: 1 & // x\n// y\n2\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		formatted, err := Format("x.cue", []byte(source))
		if err != nil {
			return
		}
		before, err := parser.ParseFile("x.cue", source, parser.ParseComments)
		if err != nil || !saysTheSame(before, formatted) {
			t.Errorf("%q became %q", source, formatted)
		}
		if again, err := Format("x.cue", formatted); err != nil || string(again) != string(formatted) {
			t.Errorf("%q became %q, and then %q: %v", source, formatted, again, err)
		}
	})
}

func TestSaysTheSame(t *testing.T) {
	file, err := parser.ParseFile("x.cue", "// one\na: 1 // two\n", parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"// two\n// one\na: 1": true, "a: 1 // two": false, "// one\na: 1 // three": false, "// one\na: { // two": false,
	} {
		if got := saysTheSame(file, []byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestFormattable(t *testing.T) {
	root := filepath.Join(t.TempDir(), "overlays")
	for _, path := range strings.Fields(`cue.mod/module.cue cue.mod/pkg/example.com/x.cue common.cue khagen.cue shop/base.cue shop/files/all/rootfs/own.cue shop/prod/cluster.cue
		shop/prod/files.cue shop/prod/files/data.cue shop/prod/notes.md shop/y/cluster.yaml shop/y/files/data.cue shop/_old/x.cue shop/.x.cue shop/_x.cue shop/x_tool.cue`) {
		writeFile(t, filepath.Join(root, path), "")
	}
	list := func() string {
		paths, err := Formattable(root)
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(strings.Join(paths, " "), root+"/", "")
	}
	want := "common.cue cue.mod/module.cue khagen.cue shop/base.cue shop/prod/cluster.cue shop/prod/files.cue shop/x_tool.cue"
	if diff := cmp.Diff(want, list()); diff != "" {
		t.Error(diff)
	}
	layEditorFiles(t, root)
	outside := filepath.Join(filepath.Dir(root), "outside")
	writeFile(t, filepath.Join(outside, "a.cue"), "")
	for link, target := range map[string]string{"linked": outside, "linked.cue": filepath.Join(outside, "a.cue"), "inside.cue": "common.cue"} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(strings.Replace(want, "khagen.cue ", "", 1), list()); diff != "" {
		t.Error(diff)
	}
}
