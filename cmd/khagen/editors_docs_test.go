package main

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"github.com/khagen/khagen/internal/rules"
)

// TestEditorsPage: the task in docs/editors.md finds the parts of what vet prints.
func TestEditorsPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/editors.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(page)
	if block == nil {
		t.Fatal("no task")
	}
	type pattern struct {
		Regexp                                string
		File, Line, Column, Message, Severity int
	}
	var tasks struct {
		Tasks []struct{ ProblemMatcher struct{ Pattern pattern } }
	}
	if err := json.Unmarshal(block[1], &tasks); err != nil {
		t.Fatal(err)
	}
	p := tasks.Tasks[0].ProblemMatcher.Pattern
	finds := regexp.MustCompile("(?m)" + p.Regexp)
	for severity, want := range map[rules.Severity]string{rules.Error: "", rules.Warning: "warning"} {
		found := problem{
			ID: "KH041", Severity: severity, File: "overlays/fleet.cue", Line: 21, Column: 2, Path: "hosts", Problem: "two (of 3)", Hint: "add one",
		}
		text := found.text([]string{"shop", "lab"})
		all := finds.FindAllStringSubmatch(text, -1)
		if len(all) != 1 {
			t.Fatalf("%d problems in %s", len(all), text)
		}
		got := [...]string{all[0][p.File], all[0][p.Line], all[0][p.Column], all[0][p.Severity]}
		if got != [...]string{"overlays/fleet.cue", "21", "2", want} {
			t.Errorf("%s: found %q", text, got)
		}
	}
}
