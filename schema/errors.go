package schema

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Error is one problem of a definition.
type Error struct {
	Pos     Position `json:"position"`
	Path    string   `json:"path"` // of the field, such as "hosts.cp1.address"; may be empty
	Problem string   `json:"problem"`
	Hint    string   `json:"hint,omitempty"` // what to do, where that is known

	broken bool   // CUE could not evaluate the value
	inHost string // the path below the host, where it is a host's
	twice  string // the key that stands twice
}

// Error prints "file:line:col: path: problem", and the hint on an indented line of its own.
func (e Error) Error() string {
	var b strings.Builder
	for _, part := range []string{e.Pos.String(), e.Path} {
		if part != "" {
			b.WriteString(part + ": ")
		}
	}
	b.WriteString(e.Problem)
	if e.Hint != "" {
		b.WriteString("\n  " + e.Hint)
	}
	return b.String()
}

// Errors are all problems that were found at once, by position.
type Errors []Error

// Error prints one problem after the other.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// sorted puts problems in order, drops those said twice, and says once what a pattern does to many hosts.
func (e Errors) sorted() Errors {
	slices.SortStableFunc(e, func(a, b Error) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Col, b.Pos.Col),
			cmp.Compare(a.Problem, b.Problem),
			cmp.Compare(a.inHost, b.inHost),
			cmp.Compare(a.Path, b.Path),
		)
	})
	var short Errors
	for i := 0; i < len(e); {
		one, paths := e[i], map[string]bool{}
		for ; i < len(e) && e[i].repeats(one); i++ {
			paths[e[i].Path] = true
		}
		if more := len(paths) - 1; more > 0 {
			one.Path += fmt.Sprintf(" (and %d more)", more)
		}
		short = append(short, one)
	}
	return short
}

// repeats says whether e is the same problem again, maybe at another host.
func (e Error) repeats(other Error) bool {
	return e.Pos == other.Pos && e.Problem == other.Problem && e.Hint == other.Hint &&
		(e.Path == other.Path || e.inHost != "" && e.inHost == other.inHost)
}

// quote gives text as JSON, which is also how CUE writes it.
func quote(text string) string {
	plain := func(r rune) bool { return r >= ' ' && r != '"' && r != '\\' && r < 0x7f }
	if strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return `"` + text + `"`
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return fmt.Sprintf("%q", text)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
