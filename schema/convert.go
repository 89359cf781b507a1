package schema

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// convert turns errors about the user's files, which CUE found before it evaluated them, into ours.
func (f folder) convert(err error) Errors {
	var problems Errors
	for _, one := range errors.Errors(err) {
		pos := one.Position()
		if !pos.IsValid() && len(one.InputPositions()) > 0 {
			pos = one.InputPositions()[0]
		}
		text := message(one)
		if text == "" {
			text = strings.ReplaceAll(one.Error(), f.root, filepath.Base(f.root))
		}
		problems = append(problems, Error{Pos: f.position(pos), Problem: text})
	}
	return problems
}

// parseAll reports all syntax errors of the definition's files. The loader stops at the first file that has some.
func (f folder) parseAll() Errors {
	var problems Errors
	paths, _ := f.sources() // inspect says what can't be read
	for _, path := range paths {
		if f.unfit(path) != "" {
			continue // likewise
		}
		src, err := os.ReadFile(path)
		if err != nil {
			continue // likewise
		}
		if _, found := f.garbled(path, src); found {
			continue // likewise
		}
		if _, err := parser.ParseFile(path, src, parser.AllErrors, parser.ParseComments); err != nil {
			problems = append(problems, f.syntax(err)...)
		}
	}
	return problems
}

// loading turns the loader's errors into ours.
func (f folder) loading(err error) Errors {
	problems := f.parseAll()
	if len(problems) > 0 {
		return problems
	}
	for _, one := range errors.Errors(err) {
		if imported := errors.Unwrap(one); strings.HasPrefix(message(one), "import failed") && imported != nil {
			problems = append(problems, f.importing(one, imported))
			continue
		}
		problems = append(problems, f.convert(one)...)
	}
	return problems
}

// importing turns the error of a package that the definition imports into ours.
func (f folder) importing(outer errors.Error, cause error) Error {
	text := strings.ReplaceAll(cause.Error(), f.root+string(filepath.Separator), "")
	e := Error{Pos: f.position(outer.Position()), Problem: "import failed: " + text}
	if at := strings.LastIndex(text, ": cannot find module"); at >= 0 {
		e.Problem = "import failed: " + text[at+2:]
		e.Hint = "other modules can't be imported, khagen works offline"
		return e
	}
	for _, p := range outer.InputPositions() {
		if p.IsValid() && p != outer.Position() {
			e.Pos, e.Hint = f.position(p), "imported at "+e.Pos.String()
			break
		}
	}
	return e
}

// syntax turns errors of the parser into ours, without those that only follow from others.
func (f folder) syntax(err error) Errors {
	problems := f.convert(err).sorted()
	if len(problems) > 1 {
		problems = slices.DeleteFunc(problems, func(e Error) bool { return strings.Contains(e.Problem, "found 'EOF'") })
	}
	problems = slices.CompactFunc(problems, func(a, b Error) bool { return a.Pos.File == b.Pos.File && a.Pos.Line == b.Pos.Line })
	for i, e := range problems {
		if strings.HasPrefix(e.Problem, "missing ',' in") {
			problems[i].Hint = "fields on one line are separated by commas; names with dashes or dots stand in quotes"
		}
	}
	return problems
}

// problem turns an error of CUE's evaluation into ours; about are more places that it concerns.
func (e *evaluated) problem(err errors.Error, about ...token.Pos) Error {
	path := unquoted(err.Path())
	if len(path) > 0 && path[0] == "cluster" {
		path = path[1:]
	}
	at := append([]token.Pos{err.Position()}, err.InputPositions()...)
	if first, _ := e.places(at); first.Line == 0 || lengths.MatchString(message(err)) {
		at = append(at, about...)
	}
	first, others := e.places(at)
	text := strings.TrimSuffix(message(err), ":")
	problem := Error{Pos: first, Problem: text, Hint: evaluationHint(text, others)}
	if len(path) > 0 {
		problem.Path = joinPath(path)
	}
	return problem
}

// unquoted takes the quotes off names, and marks the places in lists.
func unquoted(path []string) []string {
	plain := make([]string, len(path))
	for i, part := range path {
		plain[i] = part
		if text, err := strconv.Unquote(part); err == nil {
			plain[i] = text
		} else if _, err := strconv.Atoi(part); err == nil {
			plain[i] = "[" + part + "]"
		}
	}
	return plain
}

var (
	notFound  = regexp.MustCompile(`^reference "(.*)" not found`)
	undefined = regexp.MustCompile(`^undefined field`)
	lengths   = regexp.MustCompile(`^incompatible list lengths`)
	closed    = regexp.MustCompile(`^field not allowed`)
)

// evaluationHint says what to do about an error of CUE's.
func evaluationHint(text string, others []Position) string {
	also := ""
	if len(others) > 0 {
		also = "see also " + joinPositions(others)
	}
	switch {
	case notFound.MatchString(text):
		return "text stands in quotes: " + quote(notFound.FindStringSubmatch(text)[1])
	case undefined.MatchString(text):
		return "a reference sees what the definition says itself, not khagen's defaults"
	case lengths.MatchString(text):
		return join("lists don't merge: in a pattern or a base write *[\"worker\"] | [...], which a host can replace", also)
	case closed.MatchString(text):
		return join("a definition of your own (#…) closes this block", also)
	}
	return also
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

func joinPositions(all []Position) string {
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = p.String()
	}
	return strings.Join(texts, ", ")
}
