package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	linkPattern    = regexp.MustCompile(`\]\(([^)\s]*)\)`)
	headingPattern = regexp.MustCompile(`(?m)^#+ (.*)$`)
	idPattern      = regexp.MustCompile(`<a id="([^"]*)">`)
	notInAnchors   = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinks: every link from a page to another of the repository's leads somewhere, also to its heading, and every page of
// docs/ is in its index, once.
func TestLinks(t *testing.T) {
	pages, err := filepath.Glob("../../*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"../../docs/*.md", "../../docs/*/*.md"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, more...)
	}
	links := map[string][]string{}
	for _, page := range pages {
		for _, m := range linkPattern.FindAllStringSubmatch(prose(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			path, anchor, _ := strings.Cut(m[1], "#")
			target := page
			if path != "" {
				target = filepath.Join(filepath.Dir(page), path)
			}
			links[page] = append(links[page], target)
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s: %v", page, m[1], err)
			} else if anchor != "" && !slices.Contains(anchors(prose(t, target)), anchor) {
				t.Errorf("%s: %s: no such heading", page, m[1])
			}
		}
	}
	const index = "../../docs/README.md"
	for _, page := range pages {
		count := 0
		for _, target := range links[index] {
			if target == page {
				count++
			}
		}
		if strings.HasPrefix(page, "../../docs/") && page != index && count != 1 {
			t.Errorf("%s names %s %d times", index, page, count)
		}
	}
}

// prose is a page without its blocks.
func prose(t *testing.T, page string) string {
	t.Helper()
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return blockPattern.ReplaceAllString(string(content), "")
}

// anchors are the names that GitHub gives headings, and those that the page gives itself.
func anchors(text string) []string {
	var all []string
	for _, m := range idPattern.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	for _, m := range headingPattern.FindAllStringSubmatch(text, -1) {
		all = append(all, strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return all
}
