package review_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/review"
)

// TestDocs: docs/review.md has the tables of risks and of what a change touches.
func TestDocs(t *testing.T) {
	const page = "../../docs/review.md"
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	risks, touches := "| id | grade | |\n| --- | --- | --- |\n", "| id | |\n| --- | --- |\n"
	for _, r := range review.Risks {
		risks += fmt.Sprintf("| `%s` | %s | %s |\n", r.ID, r.Grade, r.Means)
	}
	for _, one := range review.Touches {
		touches += fmt.Sprintf("| `%s` | %s |\n", one.ID, one.Means)
	}
	want := between(t, string(content), "risks", risks)
	want = between(t, want, "touches", touches)
	if want == string(content) {
		return
	}
	if !*update {
		t.Fatalf("%s lacks what the tables have: go test ./internal/review -run TestDocs -update", page)
	}
	if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// between puts a table between the two comments that name it.
func between(t *testing.T, page, name, table string) string {
	t.Helper()
	before, rest, begins := strings.Cut(page, "<!-- "+name+" -->\n")
	_, after, ends := strings.Cut(rest, "<!-- end of "+name+" -->\n")
	if !begins || !ends {
		t.Fatalf("no place for %s", name)
	}
	return before + "<!-- " + name + " -->\n" + table + "<!-- end of " + name + " -->\n" + after
}
