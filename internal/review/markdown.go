package review

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// Marker is the first line of a pull request's comment, by which a bot finds its own and writes it anew. Readers don't see it.
const Marker = "<!-- khagen diff -->"

// maxComment is the most that GitHub takes, in characters; it is counted here in bytes, which are never fewer.
const maxComment = 65536

// maxRows is how many clusters the table at the top has, and how many rows others have.
const (
	maxClusters = 30
	maxRows     = 100
)

// Markdown gives reviews as a comment on a pull request: what matters first, the rest folded, no longer than a comment may be.
// What doesn't fit is left out in whole parts, the last files first, and named, with the command that shows it.
func Markdown(reviews []*Review, files []tree.FileText, command string) []byte {
	reviews = slices.Clone(reviews)
	Sort(reviews)
	c := comment{left: maxComment - reserved}
	c.add(summary(reviews))
	for _, r := range reviews {
		if r.Grade > None || len(r.Notes) > 0 {
			c.offer("the details of "+code(r.Cluster), r.details())
		}
	}
	for _, f := range files {
		text := foldedDiff(f)
		if !c.lines {
			text = "### Lines\n\n" + text
		}
		if c.offer(code(f.Path), text) {
			c.lines = true
		}
	}
	c.tellCut(command)
	return []byte(c.text.String())
}

// reserved is what tellCut may need.
const reserved = 4096

// comment grows part by part, as long as there is room.
type comment struct {
	text  strings.Builder
	left  int
	lines bool // has the heading above diffs
	cut   []string
}

func (c *comment) add(text string) {
	c.text.WriteString(text)
	c.left -= len(text)
}

// offer takes a part where it fits.
func (c *comment) offer(name, text string) bool {
	if len(text) > c.left {
		c.cut = append(c.cut, name)
		return false
	}
	c.add(text)
	return true
}

func (c *comment) tellCut(command string) {
	if len(c.cut) == 0 {
		return
	}
	const most, longest = 10, 200
	var names []string
	for _, name := range c.cut {
		if len(names) < most && len(name) <= longest {
			names = append(names, name)
		}
	}
	text := "\n**Too long for a comment.** Left out: " + strings.Join(names, ", ")
	if rest := len(c.cut) - len(names); rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	if len(command) > longest {
		command = "khagen diff"
	}
	c.text.WriteString(text + ". All of it: " + code(command) + "\n")
}

// summary is what everybody reads.
func summary(reviews []*Review) string {
	var b strings.Builder
	b.WriteString(Marker + "\n")
	worst := None
	if len(reviews) > 0 {
		worst = reviews[0].Grade
	}
	fmt.Fprintf(&b, "## khagen: risk: %s\n\n", worst)
	switch {
	case len(reviews) == 0:
		b.WriteString("Nothing changes in any tree.\n")
		return b.String()
	case worst == None:
		b.WriteString("Nothing reaches hosts.\n")
	default:
		fmt.Fprintf(&b, "%s: %s\n", code(reviews[0].Cluster), reviews[0].headline(1, 300))
	}
	t := section{"", []column{{"cluster", true}, {"risk", false}, {"why", false}, {"touches", true}}, nil}
	b.WriteString("\n")
	for i, r := range reviews {
		if i == maxClusters {
			break
		}
		t.rows = append(t.rows, []string{r.Cluster, r.Grade.String(), "", strings.Join(r.Touches, ", ")})
	}
	t.markdown(&b, func(i, column int) string {
		if column == 2 {
			return reviews[i].headline(2, 160)
		}
		return ""
	})
	if rest := len(reviews) - maxClusters; rest > 0 {
		fmt.Fprintf(&b, "\nand %d more clusters, none worse\n", rest)
	}
	return b.String() + "\n"
}

// headline gives the worst reasons in prose.
func (r *Review) headline(most, length int) string {
	if r.Grade == None {
		return "nothing reaches hosts"
	}
	var parts []string
	for _, one := range r.Reasons {
		if len(parts) == most {
			break
		}
		parts = append(parts, prose(shortened(one.sentence(), length)))
	}
	text := strings.Join(parts, "; ")
	if rest := len(r.Reasons) - len(parts); rest > 0 {
		text += fmt.Sprintf("; and %d more", rest)
	}
	return text
}

// details is a cluster's review, folded.
func (r *Review) details() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<details><summary><code>%s</code>: risk: %s</summary>\n\n", html.EscapeString(clean(r.Cluster)), r.Grade)
	for _, note := range r.Notes {
		b.WriteString("> " + prose(note) + "\n\n")
	}
	for _, s := range r.sections() {
		b.WriteString("**" + s.title + "**\n\n")
		s.markdown(&b, nil)
		b.WriteString("\n")
	}
	if len(r.Left) > 0 {
		b.WriteString("**Stays on hosts** (docs/hosts.md says what to do)\n\n")
		s := leftSection(r.Left)
		s.markdown(&b, nil)
		b.WriteString("\n")
	}
	b.WriteString("</details>\n\n")
	return b.String()
}

// leftSection is what hosts keep, in one row where it is the same.
func leftSection(left []tree.Left) section {
	var groups grouped[[2]string]
	for i := range left {
		l := &left[i]
		for _, part := range []struct {
			what  string
			items []string
		}{
			{"units", l.Units},
			{"quadlets", l.Quadlets},
			{"files", l.Files},
			{"blocks", l.Blocks},
			{"pki", l.PKI},
			{"programs", l.Programs},
			{"packages", l.Packages},
		} {
			if len(part.items) > 0 {
				groups.add([2]string{part.what, someOf(part.items)}, l.Host)
			}
		}
	}
	s := section{"", []column{{"what", false}, {"names", true}, {"hosts", false}}, nil}
	groups.each(func(key [2]string, hosts []string) {
		s.rows = append(s.rows, []string{key[0], key[1], tree.ListHosts(hosts)})
	})
	return s
}

// markdown writes a table. ready gives a cell that is Markdown already, or nothing.
func (s *section) markdown(b *strings.Builder, ready func(row, column int) string) {
	for _, c := range s.columns {
		b.WriteString("| " + c.name + " ")
	}
	b.WriteString("|\n" + strings.Repeat("| --- ", len(s.columns)) + "|\n")
	for i, row := range s.rows {
		if i == maxRows {
			fmt.Fprintf(b, "\nand %d more\n", len(s.rows)-i)
			return
		}
		for j, cell := range row {
			text := ""
			switch {
			case cell == "" && ready != nil:
				text = ready(i, j)
			case cell == "":
			case s.columns[j].code:
				text = code(cell)
			default:
				text = prose(cell)
			}
			b.WriteString("| " + text + " ")
		}
		b.WriteString("|\n")
	}
}

// foldedDiff is the diff of a file in a fence that nothing in it ends.
func foldedDiff(f tree.FileText) string {
	fence := strings.Repeat("`", max(3, longestRun(f.Text, '`')+1))
	changed := 0
	for line := range strings.Lines(f.Text) {
		if line[0] == '+' && !strings.HasPrefix(line, "+++ ") || line[0] == '-' && !strings.HasPrefix(line, "--- ") {
			changed++
		}
	}
	text := f.Text
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return fmt.Sprintf("<details><summary><code>%s</code> (%d)</summary>\n\n%sdiff\n%s%s\n\n</details>\n\n",
		html.EscapeString(clean(f.Path)), changed, fence, text, fence)
}
