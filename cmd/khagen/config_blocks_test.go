package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/rules"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

var (
	cueExample = regexp.MustCompile("(?s)```cue\n(.*?)```")
	quotedText = regexp.MustCompile(`"([^"]+)"`)
)

// TestConfigBlocksPage renders each example of docs/config-blocks.md with a whole definition, and looks for its lines and values.
func TestConfigBlocksPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/config-blocks.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := cueExample.FindAllSubmatch(page, -1)
	if len(examples) != 3 {
		t.Fatalf("the page has %d examples", len(examples))
	}
	for _, example := range examples {
		root := t.TempDir()
		if err := os.CopyFS(root, os.DirFS("testdata/overlays")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "shop-prod", "more.cue"), append([]byte("package fleet\n\n"), example[1]...), 0o644); err != nil {
			t.Fatal(err)
		}
		rendered := renderedText(t, filepath.Join(root, "shop-prod"))
		for _, text := range quotedText.FindAllSubmatch(example[1], -1) {
			if !strings.Contains(rendered, string(text[1])) && string(text[1]) != "nginx" {
				t.Errorf("%s is in no file of\n%s", text[0], example[1])
			}
		}
	}
}

// renderedText has the names and contents of all files of a cluster that no rule refuses.
func renderedText(t *testing.T, folder string) string {
	t.Helper()
	spec, err := schema.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	c, err := topology.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rules.Check([]*topology.Cluster{c}, rules.Repo{}) {
		if f.Accepted == "" && f.Cluster != "" {
			t.Errorf("%s: %s: %s", f.ID, f.Path, f.Problem)
		}
	}
	files, err := generators.Generate(c)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		all.WriteString(f.Path + "\n" + string(f.Content))
	}
	return all.String()
}
