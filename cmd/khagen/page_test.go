package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// page is a page of Markdown whose blocks a test follows. How to write one is in CONTRIBUTING.md.
type page struct {
	file   string
	blocks []block
	needs  []string // commands that have to work, or the page can't be followed on this machine
	begins []string // pages to follow, and folders to copy, before this one
	rest   string   // what comes after the last block
}

// block is a fenced block and what says how to follow it.
type block struct {
	before   string // what stands between it and the block before
	does     string // the first word of the comment above it: file, change, shows, not run; none with console
	what     string // what follows this word: a path, or a reason
	language string
	text     string
	line     int
}

var (
	blockPattern = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```\n")
	doesPattern  = regexp.MustCompile(`<!-- (file|change|shows|not run): (.*) -->\n\z`)
	needsPattern = regexp.MustCompile(`(?m)^<!-- needs: (.*) -->$`)
	beginPattern = regexp.MustCompile(`(?m)^<!-- begins with: (.*) -->$`)
	anyFence     = regexp.MustCompile("(?m)^[ >]*(```|~~~)")
)

func readPage(file string) (*page, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	text, p, end := string(content), &page{file: file}, 0
	for _, m := range blockPattern.FindAllStringSubmatchIndex(text, -1) {
		b := block{
			before: text[end:m[0]], language: text[m[2]:m[3]], text: text[m[4]:m[5]],
			line: 1 + strings.Count(text[:m[0]], "\n"),
		}
		if does := doesPattern.FindStringSubmatch(b.before); does != nil {
			b.does, b.what = does[1], does[2]
		}
		if (b.does == "") != (b.language == "console") {
			return nil, fmt.Errorf("%s:%d: a block is of console, or has above it what it is for", file, b.line)
		}
		p.blocks, end = append(p.blocks, b), m[1]
	}
	p.rest = text[end:]
	if n := len(anyFence.FindAllString(text, -1)); n != 2*len(p.blocks) {
		return nil, fmt.Errorf("%s: %d fences for %d blocks: is one indented?", file, n, len(p.blocks))
	}
	for _, m := range needsPattern.FindAllStringSubmatch(text, -1) {
		p.needs = append(p.needs, m[1])
	}
	for _, m := range beginPattern.FindAllStringSubmatch(text, -1) {
		p.begins = append(p.begins, filepath.Join(filepath.Dir(file), m[1]))
	}
	return p, nil
}

// write rewrites the page with its blocks as they are now.
func (p *page) write() error {
	var text strings.Builder
	for _, b := range p.blocks {
		fmt.Fprintf(&text, "%s```%s\n%s```\n", b.before, b.language, b.text)
	}
	return os.WriteFile(p.file, []byte(text.String()+p.rest), 0o644)
}

// command is a line of a console and what it prints.
type command struct{ line, output string }

func (b *block) commands() ([]command, error) {
	var all []command
	for line := range strings.Lines(b.text) {
		if rest, ok := strings.CutPrefix(line, "$ "); ok {
			all = append(all, command{line: rest})
		} else if len(all) == 0 {
			return nil, fmt.Errorf("%q comes before any command", line)
		} else {
			all[len(all)-1].output += line
		}
	}
	return all, nil
}

// changed makes the change of a block to a text: lines as in a hunk of a diff, which have to be there once.
func (b *block) changed(text string) (string, error) {
	var was, is strings.Builder
	for line := range strings.Lines(b.text) {
		if line[0] != '+' {
			was.WriteString(line[min(1, len(line)-1):])
		}
		if line[0] != '-' {
			is.WriteString(line[min(1, len(line)-1):])
		}
	}
	if n := strings.Count("\n"+text, "\n"+was.String()); n != 1 {
		return "", fmt.Errorf("%s has these lines %d times, want once:\n%s", b.what, n, was.String())
	}
	return strings.TrimPrefix(strings.Replace("\n"+text, "\n"+was.String(), "\n"+is.String(), 1), "\n"), nil
}

// matches compares a text with one in which … stands for something left out: alone for lines, else in its line.
func matches(pattern, text string) bool {
	var expression strings.Builder
	for line := range strings.Lines(pattern) {
		if strings.TrimSpace(line) == "…" {
			expression.WriteString(`(?:.*\n)*?`)
		} else {
			expression.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*"))
		}
	}
	return regexp.MustCompile(`\A` + expression.String() + `\z`).MatchString(text)
}
