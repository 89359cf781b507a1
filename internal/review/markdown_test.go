package review_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/internal/review"
	"github.com/khagen/khagen/internal/tree"
)

// TestComment: a pull request with two clusters, the worse first.
func TestComment(t *testing.T) {
	render := renderer()
	var diff tree.Diff
	var reviews []*review.Review
	for _, c := range [][2]string{
		{"kubeadm", `machine: os: "debian-12" => machine: {os: "debian-12", sysctls: "net.core.somaxconn": 4096}`},
		{"binaries", `etcd3: {address: "10.2.0.23", roles: ["etcd"]} => `},
	} {
		plan := planOf(t, render, c[0], "", c[1])
		reviews = append(reviews, reviewOf(t, plan))
		if err := diff.Add(plan); err != nil {
			t.Fatal(err)
		}
	}
	files := slices.DeleteFunc(diff.Files("out"), func(f tree.FileText) bool { // other files change for reasons of their own
		return !strings.HasSuffix(f.Path, "/sysctl.d/99-kubernetes.conf") && !strings.HasSuffix(f.Path, "/default/kube-apiserver")
	})
	got := string(review.Markdown(reviews, files, "khagen diff --against main"))
	const golden = "testdata/comment.md"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

const hostile = "a|b\\|c`d``e <img src=x onerror=alert(1)> @root #12 GH-3 [x](http://evil.example) https://evil.example www.evil.example\n\n</details>\x1b[31m\u202e~~x~~"

// TestCommentIsData: nothing in names or contents takes effect in a comment.
func TestCommentIsData(t *testing.T) {
	r := &review.Review{
		Cluster: hostile, Grade: review.High, Notes: []string{hostile},
		Reasons: []review.Reason{{ID: "files", Grade: review.High, Text: hostile, Hosts: []string{hostile}}},
		Moves:   []review.Move{{What: hostile, From: hostile, To: hostile}},
		Units:   []review.UnitChange{{Unit: hostile, Verb: "restart", Hosts: []string{hostile}, Because: []string{hostile}}},
		Files:   []review.FileChange{{Path: hostile, Op: tree.OpChange, Hosts: []string{hostile}, Note: hostile}},
		Left:    []tree.Left{{Host: hostile, Units: []string{hostile}}},
	}
	files := []tree.FileText{{Path: hostile, Text: "--- a\n+++ a\n@@ -1 +1 @@\n-`````\n+```\n+@root\n+</details>\n"}}
	got := string(review.Markdown([]*review.Review{r}, files, "khagen diff --against "+hostile))
	if strings.Count(got, "\n``````diff\n") != 1 || strings.Count(got, "\n``````\n") != 1 {
		t.Error("the fence isn't longer than what stands in it")
	}
	if opened, closed := strings.Count(got, "<details>"), strings.Count(got, "</details>"); opened != 2 || closed != 3 { // one is in the fence
		t.Errorf("%d details begin, %d end", opened, closed)
	}
	got, _, _ = strings.Cut(got, "``````diff")
	for _, bad := range []string{"<img", "@root", "#12", "GH-3", "](", "://", "www.e", "~~x", "\x1b", "\u202e"} {
		for line := range strings.Lines(got) {
			if outside := withoutCode(line); strings.Contains(strings.ReplaceAll(outside, `\`+bad, ""), bad) {
				t.Errorf("%q takes effect in %s", bad, line)
			}
		}
	}
	for line := range strings.Lines(got) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		cells := strings.Count(strings.NewReplacer(`\\`, "", `\|`, "").Replace(line), "|") - 1
		if cells < 2 || cells > 4 {
			t.Errorf("%d cells in %s", cells, line)
		}
	}
}

// withoutCode takes code out of a line.
func withoutCode(line string) string {
	for {
		before, rest, ok := strings.Cut(line, "<code>")
		_, after, closed := strings.Cut(rest, "</code>")
		if !ok || !closed {
			return line
		}
		line = before + after
	}
}

// TestCommentFits: what doesn't fit is left out in whole parts and named.
func TestCommentFits(t *testing.T) {
	var files []tree.FileText
	for i := range 100 {
		files = append(files, tree.FileText{Path: fmt.Sprintf("shop/file%d", i), Text: strings.Repeat("+line\n", 200*(i%5+1))})
	}
	files = append(files, tree.FileText{Path: "shop/manifest.json", Text: strings.Repeat("+line\n", 2000)})
	var reviews []*review.Review
	for i := range 300 {
		reviews = append(reviews, &review.Review{
			Cluster: fmt.Sprintf("c%d", i), Grade: review.High,
			Reasons: []review.Reason{{ID: "files", Grade: review.High, Text: strings.Repeat("@", 1000)}},
		})
	}
	got := string(review.Markdown(reviews, files, "khagen diff --against main"))
	if len(got) > 65536 {
		t.Errorf("%d bytes", len(got))
	}
	if strings.Count(got, "<details>") != strings.Count(got, "</details>") || strings.Count(got, "```")%2 != 0 {
		t.Error("a part is cut in two")
	}
	for _, want := range []string{"| `c0` |", "and 270 more clusters", "Left out: the details of", "All of it: `khagen diff --against main`"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q", want)
		}
	}
	few := string(review.Markdown(nil, files, "khagen diff"))
	if !strings.Contains(few, "<code>shop/file0</code>") || !strings.Contains(few, "Left out: `shop/file") || strings.Contains(few, "manifest.json</code>") {
		t.Error("want the first files, then others left out, the last ones among them")
	}
}
