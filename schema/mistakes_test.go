package schema

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite what the tests expect")

// TestMistakes makes one mistake at a time and compares all that a user reads. Each archive in testdata/mistakes has a comment
// with the right definition, indented by a tab, and then cases. The lines of a case: "- line" is taken out of the definition, and
// the "+ line"s that follow come in its place, or at the end; "@ path" goes to another file of the overlays, "= path" to one that
// is empty; "> line" is what Find
// or Load says.
func TestMistakes(t *testing.T) {
	archives, err := filepath.Glob("testdata/mistakes/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		right, name := rightDefinition(string(archive.Comment))
		for i, section := range archive.Files {
			t.Run(filepath.Base(path)+"/"+section.Name, func(t *testing.T) {
				m := parseMistake(t, right, name, string(section.Data))
				got := m.load(t)
				if *update {
					archive.Files[i].Data = []byte(m.rewritten(got))
					return
				}
				if diff := cmp.Diff(m.want, got); diff != "" {
					t.Errorf("what is said differs (-want +got):\n%s", diff)
				}
			})
		}
		if *update {
			if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// rightDefinition takes the indented lines of an archive's comment, and the file's name from the line before them.
func rightDefinition(comment string) (content, name string) {
	var b strings.Builder
	for line := range strings.Lines(comment) {
		if text, indented := strings.CutPrefix(line, "\t"); indented {
			b.WriteString(text)
		}
	}
	if strings.Contains(comment, "cluster.yaml") {
		return b.String(), yamlName
	}
	return b.String(), cueName
}

type mistake struct {
	files map[string]string // below overlays/
	lines []string          // of the case, without those of want
	want  string
}

func parseMistake(t *testing.T, right, name, text string) mistake {
	t.Helper()
	m := mistake{files: map[string]string{"shop/" + name: right}}
	file, at := "shop/"+name, -1
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		kind, rest, _ := strings.Cut(line, " ")
		if kind == ">" {
			m.want += rest + "\n"
			continue
		}
		m.lines = append(m.lines, line)
		switch kind {
		case "@":
			file, at = rest, -1
		case "=":
			m.files[rest], file, at = "", rest, -1
		case "-":
			at = strings.Index(m.files[file], rest+"\n")
			if at < 0 {
				t.Fatalf("no line %q in the definition", rest)
			}
			m.files[file] = m.files[file][:at] + m.files[file][at+len(rest)+1:]
		case "+":
			if at < 0 {
				at = len(m.files[file])
			}
			m.files[file] = m.files[file][:at] + rest + "\n" + m.files[file][at:]
			at += len(rest) + 1
		case "":
		default:
			t.Fatalf("a line that starts with %q", kind)
		}
	}
	return m
}

// load gives all that Find and Load say, with the paths as a user in the repository would see them.
func (m mistake) load(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	overlays := filepath.Join(root, "overlays")
	if _, written := m.files[moduleFile]; !written {
		writeFile(t, filepath.Join(overlays, moduleFile), "module: \"fleet.example\"\nlanguage: version: \"v0.9.0\"\n")
	}
	for path, content := range m.files {
		if content != "absent\n" {
			writeFile(t, filepath.Join(overlays, path), content)
		}
	}
	t.Chdir(root)
	dirs, err := Find("overlays")
	for _, dir := range dirs {
		if err == nil {
			_, err = Load(dir)
		}
	}
	if err == nil {
		return "fine\n"
	}
	if problems := Errors(nil); !errors.As(err, &problems) {
		t.Errorf("the error is %T, not Errors", err)
	}
	return fmt.Sprintln(err)
}

func (m mistake) rewritten(got string) string {
	text := strings.Join(m.lines, "\n") + "\n"
	for _, line := range strings.Split(strings.TrimSuffix(got, "\n"), "\n") {
		text += "> " + line + "\n"
	}
	return text
}
