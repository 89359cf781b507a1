package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGuides follows every guide from top to bottom: writes the files, makes the changes, runs the commands, and compares
// what they print with what the guide says.
func TestGuides(t *testing.T) {
	guides, err := filepath.Glob("../../docs/guides/*.md")
	if err != nil || len(guides) < 1 {
		t.Fatalf("only the guides %v: %v", guides, err)
	}
	for _, guide := range guides {
		t.Run(filepath.Base(guide), func(t *testing.T) {
			t.Parallel()
			if ran := follow(t, guide, newRepository(t)); ran < 3 {
				t.Errorf("%s: hardly a command", guide)
			}
		})
	}
}

// newRepository makes an empty folder, with nothing of the test's beside it.
func newRepository(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "fleet")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// follow follows a page in a folder, and says how many commands it ran.
func follow(t *testing.T, file, dir string) int {
	t.Helper()
	p, err := readPage(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, need := range p.needs {
		if output, _, err := shell(dir, need); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s: %s: %s", file, need, output)
			}
			t.Skipf("%s: %s", need, output)
		}
	}
	for _, begin := range p.begins {
		if filepath.Ext(begin) == ".md" {
			follow(t, begin, dir)
		} else if err := os.CopyFS(filepath.Join(dir, filepath.Base(begin)), os.DirFS(begin)); err != nil {
			t.Fatal(err)
		}
	}
	commands, stale := 0, false
	for i := range p.blocks {
		b := &p.blocks[i]
		if b.language == "console" {
			ran, differs, err := b.run(dir)
			if err != nil {
				t.Fatalf("%s:%d: %v", file, b.line, err)
			}
			commands, stale = commands+ran, stale || differs != ""
			if differs != "" && !*update {
				t.Errorf("%s:%d: %s", file, b.line, differs)
			}
		} else if err := b.lay(dir); err != nil {
			t.Fatalf("%s:%d: %v", file, b.line, err)
		}
	}
	if stale && *update {
		if err := p.write(); err != nil {
			t.Fatal(err)
		}
	}
	return commands
}

// lay does what a block says that is no console.
func (b *block) lay(dir string) error {
	path := filepath.Join(dir, filepath.FromSlash(b.what))
	switch b.does {
	case "file":
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(path, []byte(b.text), 0o644)
	case "change", "shows":
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if b.does == "change" {
			text, err := b.changed(string(content))
			if err != nil {
				return err
			}
			return os.WriteFile(path, []byte(text), 0o644)
		}
		if !matches(b.text, string(content)) {
			return errors.New(b.what + " differs:\n" + cmp.Diff(b.text, string(content)))
		}
	}
	return nil
}

// run runs the commands of a console, and says where one printed something else. The block then has what it printed.
func (b *block) run(dir string) (ran int, differs string, err error) {
	commands, err := b.commands()
	if err != nil {
		return 0, "", err
	}
	var text strings.Builder
	for _, c := range commands {
		output, code, err := shell(dir, c.line)
		if err != nil && (output == "" || code > 2) {
			return ran, "", errors.New(c.line + err.Error() + "\n" + output)
		}
		ran++
		if !matches(c.output, output) {
			differs += "$ " + c.line + cmp.Diff(c.output, output)
			c.output = output
		}
		text.WriteString("$ " + c.line + c.output)
	}
	b.text = text.String()
	return ran, differs, nil
}

// shell runs a line as someone would who has no settings of their own, and gives what it prints and its exit code. What
// fails without a word, or in another way than khagen does, is no example.
func shell(dir, line string) (output string, code int, err error) {
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Dir(dir), "GIT_CONFIG_NOSYSTEM=1"}
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		cmd.Env = append(cmd.Env, "GIT_"+who+"_NAME=Ann", "GIT_"+who+"_EMAIL=ann@example.net")
	}
	printed, err := cmd.CombinedOutput()
	return string(printed), cmd.ProcessState.ExitCode(), err
}
