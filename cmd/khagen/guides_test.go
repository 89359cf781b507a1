package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGuides follows every guide from top to bottom: writes the files, makes the changes, runs the commands, and compares
// what they print with what the guide says.
func TestGuides(t *testing.T) {
	guides, err := filepath.Glob("../../docs/guides/*.md")
	if err != nil || len(guides) < 4 {
		t.Fatalf("only the guides %v: %v", guides, err)
	}
	for _, guide := range guides {
		t.Run(filepath.Base(guide), func(t *testing.T) {
			if !*update { // pages are read while others that begin with them run
				t.Parallel()
			}
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
	if runtime.GOOS != "linux" {
		t.Skip("pages have commands as Linux has them")
	}
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
		ran, differs, err := b.follow(dir)
		if err != nil {
			t.Fatalf("%s:%d: %v", file, b.line, err)
		}
		commands += ran
		stale = stale || differs != ""
		if differs != "" && !*update {
			t.Errorf("%s:%d: %s", file, b.line, differs)
		}
	}
	if stale && *update {
		if err := p.write(); err != nil {
			t.Fatal(err)
		}
	}
	return commands
}

// follow does what a block says, and says how many commands that were, and what is otherwise than the block has it. The
// block then has it as it is.
func (b *block) follow(dir string) (ran int, differs string, err error) {
	path := filepath.Join(dir, filepath.FromSlash(b.what))
	switch b.does {
	case "":
		return b.run(dir)
	case "file":
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return 0, "", err
		}
		return 0, "", os.WriteFile(path, []byte(b.text), 0o644)
	case "change", "shows":
		content, err := os.ReadFile(path)
		if err != nil {
			return 0, "", err
		}
		text := string(content)
		if b.does == "shows" {
			if !matches(b.text, text) {
				differs, b.text = b.what+cmp.Diff(b.text, text), text
			}
			return 0, differs, nil
		}
		if text, err = b.changed(text); err != nil {
			return 0, "", err
		}
		return 0, "", os.WriteFile(path, []byte(text), 0o644)
	}
	return 0, "", nil
}

// run runs the commands of a console.
func (b *block) run(dir string) (ran int, differs string, err error) {
	commands, err := b.commands()
	if err != nil {
		return 0, "", err
	}
	var text strings.Builder
	for _, c := range commands {
		output, code, err := shell(dir, c.line)
		if err != nil && (output == "" || code > 2) {
			return ran, "", fmt.Errorf("%s%w\n%s", c.line, err, output)
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
