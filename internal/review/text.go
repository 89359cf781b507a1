package review

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The colours of grades on a terminal.
var gradeColours = map[Grade]string{Medium: "\x1b[33m", High: "\x1b[31m", Critical: "\x1b[1;31m"}

// Text gives reviews for a terminal, in their order.
func Text(reviews []*Review, colour bool) []byte {
	var b strings.Builder
	for _, r := range reviews {
		grade := r.Grade.String()
		if c := gradeColours[r.Grade]; c != "" && colour {
			grade = c + grade + "\x1b[m"
		}
		fmt.Fprintf(&b, "%s: risk: %s\n", clean(r.Cluster), grade)
		if r.Grade == None {
			b.WriteString("  nothing reaches hosts\n")
		}
		for _, s := range r.sections() {
			b.WriteString("  " + s.title + "\n")
			s.text(&b)
		}
		if len(r.Touches) > 0 {
			b.WriteString("  Touches\n    " + strings.Join(r.Touches, ", ") + "\n")
		}
		for _, note := range r.Notes {
			b.WriteString("  Note\n    " + clean(note) + "\n")
		}
		b.WriteString("\n")
	}
	return []byte(b.String())
}

// text writes a table with aligned columns.
func (s *section) text(b *strings.Builder) {
	widths := make([]int, len(s.columns))
	for _, row := range s.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(clean(cell)))
		}
	}
	for _, row := range s.rows {
		var line strings.Builder
		for i, cell := range row {
			if widths[i] > 0 {
				fmt.Fprintf(&line, "%-*s  ", widths[i], clean(cell))
			}
		}
		b.WriteString("    " + strings.TrimRight(line.String(), " ") + "\n")
	}
}

// clean makes one line of a text, without what would steer a terminal or turn the direction of writing.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError:
			return '\uFFFD'
		}
		return r
	}, s)
}
