package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	// spanPattern finds commands within a line, codePattern those that begin one in a block.
	spanPattern = regexp.MustCompile("`(khagen [^`]*)`")
	codePattern = regexp.MustCompile(`(?m)^\s*(?:\$ )?(khagen [a-z].*)$`)
	// endPattern is where a shell's command ends.
	endPattern = regexp.MustCompile(`[|><&;#()]|\.\.\.`)
)

// TestCommandsOfPages: each command that the docs and the clusters' READMEs have people type is one, and takes these options.
func TestCommandsOfPages(t *testing.T) {
	var commands int
	for _, pattern := range []string{"../../*.md", "../../docs/*.md", "../../docs/*/*.md", "../../out/*/README.md"} {
		pages, err := filepath.Glob(pattern)
		if err != nil || len(pages) == 0 {
			t.Fatalf("%s: %v, %v", pattern, pages, err)
		}
		for _, page := range pages {
			content, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			typed := spanPattern.FindAllStringSubmatch(string(content), -1)
			for _, block := range blockPattern.FindAllString(string(content), -1) {
				typed = append(typed, codePattern.FindAllStringSubmatch(block, -1)...)
			}
			for _, m := range typed {
				words := strings.Fields(endPattern.Split(m[1], 2)[0])[1:]
				cmd, rest, err := newRootCmd().Find(words)
				if err == nil {
					err = cmd.ParseFlags(append(rest, "value")) // a page may name an option alone
				}
				if err != nil || len(words) > 0 && !cmd.HasParent() && !strings.HasPrefix(words[0], "-") {
					t.Errorf("%s: %s: %v", page, m[1], err)
				}
				commands++
			}
		}
	}
	if commands < 100 {
		t.Errorf("found only %d commands", commands)
	}
}
