package template

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Error is a mistake in a template of the user's.
type Error struct {
	Line, Col int // from 1, Col in bytes; 0: the whole file
	Problem   string
	Hint      string
	Unknown   string // the field that the data doesn't have
	Reference string // what the template says around the place, such as ".cluster.vip.adress"
}

// Error is the problem alone.
func (e *Error) Error() string { return e.Problem }

var (
	ownExec      = regexp.MustCompile(`(?s)^template: own:(\d+):(\d+): executing "[^"]*" at <.*?>: (.*)$`)
	ownParse     = regexp.MustCompile(`(?s)^template: own:(\d+): (.*)$`)
	ownUnknown   = regexp.MustCompile(`map has no entry for key "(.*)"`)
	ownFunction  = regexp.MustCompile(`^function "(.*)" not defined`)
	ownCall      = regexp.MustCompile(`(?s)^error calling (\w+): (.*)$`)
	ownFieldless = regexp.MustCompile(`can't evaluate field (\w+) in type`)
)

// ownError turns an error of text/template into ours.
func ownError(err error, text string) *Error {
	e := &Error{Problem: strings.TrimPrefix(err.Error(), "template: own: ")}
	if m := ownExec.FindStringSubmatch(err.Error()); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		column, _ := strconv.Atoi(m[2])
		e.Problem = m[3]
		e.Reference, column = referenceAt(text, e.Line, column)
		e.Col = column + 1
	} else if m := ownParse.FindStringSubmatch(err.Error()); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		e.Col, e.Problem = 1, m[2]
	}
	e.explain()
	return e
}

// explain says in a user's words what text/template said in Go's.
func (e *Error) explain() {
	unknown, function := ownUnknown.FindStringSubmatch(e.Problem), ownFunction.FindStringSubmatch(e.Problem)
	fieldless, call := ownFieldless.FindStringSubmatch(e.Problem), ownCall.FindStringSubmatch(e.Problem)
	switch {
	case unknown != nil:
		e.Unknown, e.Problem = unknown[1], "unknown field "+unknown[1]
		e.Col += max(0, 1+strings.LastIndex(e.Reference, "."+e.Unknown))
	case function != nil:
		e.Problem, e.Hint = "unknown function "+function[1], functionHint(function[1])
	case strings.Contains(e.Problem, "template.secret"):
		e.Problem, e.Hint = "nothing can be made of a secret: its value isn't known here", "write it as the file needs it, and store it in the form in which it has to stand there"
	case fieldless != nil:
		e.Problem, e.Hint = e.Reference+": what stands before "+fieldless[1]+" has no value, or no fields", askFirst
	case call != nil && strings.Contains(e.Problem, errAbsent.Error()):
		e.Problem, e.Hint = "a field without value for "+call[1], askFirst
	case strings.Contains(e.Problem, "template.Absent"):
		e.Problem, e.Hint = "a field has no value here", askFirst
		if strings.HasPrefix(e.Reference, ".") || strings.HasPrefix(e.Reference, "$") { // else it is a function
			e.Problem = e.Reference + " has no value here"
		}
	case strings.Contains(e.Problem, "incompatible types for comparison"):
		e.Problem, e.Hint = "values of different types can't be compared, nor a field without value", askFirst
	case call != nil:
		e.Problem = call[1] + ": " + call[2]
	}
}

const askFirst = "ask for it first, as in {{ with .cluster.vip }}{{ .address }}{{ end }}, or give it another value: {{ .host.zone | default \"none\" }}"

// functionHint says why a function isn't there.
func functionHint(name string) string {
	for _, deliberate := range []string{"now", "date", "env", "rand", "gen", "uuid", "getHost", "derivePassword", "htpasswd", "bcrypt", "encrypt", "ago", "expandenv", "shuffle", "unix"} {
		if strings.HasPrefix(name, deliberate) {
			return "the same definition gives the same files: templates have no clock, chance, environment, network and keys"
		}
	}
	return "docs/files.md lists the functions"
}

// referenceAt is the run of fields around a place in a text, and the column where it begins; columns count from 0 here.
func referenceAt(text string, line, column int) (reference string, start int) {
	lines := strings.Split(text, "\n")
	if line < 1 || line > len(lines) {
		return "", column
	}
	row := lines[line-1]
	column = min(column, len(row))
	start = 1 + strings.LastIndexFunc(row[:column], endsReference)
	if end := strings.IndexFunc(row[column:], endsReference); end >= 0 {
		return row[start : column+end], start
	}
	return row[start:], start
}

// endsReference says whether a character is no part of one such as $.cluster.name.
func endsReference(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '$' && r != '_'
}
