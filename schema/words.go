package schema

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
)

var (
	identifier = regexp.MustCompile(`^[_#]{0,2}[A-Za-z_$][A-Za-z0-9_$]*$`)
	place      = regexp.MustCompile(`^\[[0-9]+\]$`)
)

// joinPath writes a path as CUE does: hosts."node-1".roles[0].
func joinPath(path []string) string {
	if len(path) == 0 {
		return "cluster"
	}
	var b strings.Builder
	for i, part := range path {
		switch {
		case place.MatchString(part):
			b.WriteString(part)
			continue
		case i > 0:
			b.WriteByte('.')
		}
		if !identifier.MatchString(part) {
			part = quote(part)
		}
		b.WriteString(part)
	}
	return b.String()
}

// describe says in a few words what a value is.
func describe(v cue.Value) string {
	if _, literal, ok := scalarOf(v); ok {
		return literal
	}
	switch v.IncompleteKind() {
	case cue.StructKind:
		return "a block: {...}"
	case cue.ListKind:
		return "a list: [...]"
	}
	if text := written(v); text != "" {
		return text
	}
	return kindName(v.IncompleteKind())
}

// written is what the user wrote for a value, on one line; empty where it is too long to show.
func written(v cue.Value) string {
	expr, ok := syntaxOf(v)
	if !ok {
		return ""
	}
	src, err := format.Node(expr)
	text := strings.Join(strings.Fields(string(src)), " ")
	if err != nil || len(text) > 100 {
		return ""
	}
	return text
}

// syntaxOf is what the user wrote for a value, evaluated as far as possible.
func syntaxOf(v cue.Value) (ast.Expr, bool) {
	expr, ok := v.Syntax().(ast.Expr)
	return expr, ok
}

var limits = regexp.MustCompile(`at most ([0-9]+)`)

// tooLong is a hint for a name that is longer than wants says, or has a part between dots that DNS has no room for; empty where
// neither is so. A label's key has a limit before its slash, and one behind it.
func tooLong(wants, text string) string {
	found := limits.FindAllStringSubmatch(wants, -1)
	if len(found) == 0 {
		return ""
	}
	parts := strings.SplitN(text, "/", len(found))
	for i, part := range parts {
		limit, err := strconv.Atoi(found[len(found)-len(parts)+i][1])
		if n := utf8.RuneCountInString(part); err == nil && n > limit {
			return fmt.Sprintf("%s has %d characters, %d too many", quote(part), n, n-limit)
		}
	}
	const label = 63
	if strings.Contains(wants, "DNS name") {
		for part := range strings.SplitSeq(text, ".") {
			if n := utf8.RuneCountInString(part); n > label {
				return fmt.Sprintf("each part between dots has at most %d characters, %s has %d", label, quote(part), n)
			}
		}
	}
	return ""
}

// Nearest finds the candidate that a typo most likely meant; the empty string where none is near.
func Nearest(word string, candidates []string) string {
	best, bestDistance := "", 0
	for _, candidate := range candidates {
		d := distance(strings.ToLower(word), strings.ToLower(candidate))
		limit := max(1, min(len(word), len(candidate))/3)
		if d <= limit && (best == "" || d < bestDistance) {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// distance counts the letters that have to be added, dropped, changed or swapped.
func distance(a, b string) int {
	previous, row := []int(nil), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		older := previous
		previous, row = row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(previous[j]+1, row[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
	}
	return row[len(b)]
}

// Some gives the first names of a list, and says how many more there are.
func Some(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
