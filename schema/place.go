package schema

import (
	"path/filepath"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// span is a part of a file.
type span struct {
	file       string
	start, end int
}

func (s span) contains(p token.Pos) bool {
	return p.Filename() == s.file && s.start <= p.Offset() && p.Offset() < s.end
}

// patternSpans finds the fields whose names are patterns.
func patternSpans(files []*ast.File) []span {
	var spans []span
	for _, file := range files {
		ast.Walk(file, func(n ast.Node) bool {
			field, ok := n.(*ast.Field)
			if !ok {
				return true
			}
			if _, ok := field.Label.(*ast.ListLit); ok {
				spans = append(spans, span{file: file.Filename, start: field.Pos().Offset(), end: field.End().Offset()})
			}
			return true
		}, nil)
	}
	return spans
}

// place is where the user wrote v.
func (e *evaluated) place(v cue.Value) Position {
	first, _ := e.places(positions(v))
	return first
}

// positions are all places where a part of v is written.
func positions(v cue.Value) []token.Pos {
	var all []token.Pos
	if op, parts := v.Expr(); op == cue.AndOp {
		for _, part := range parts {
			all = append(all, part.Pos())
		}
	}
	return append(all, v.Pos())
}

// places orders positions by how much the user would expect them: what stands in the cluster's folder comes before its parents',
// what is written out before what a pattern sets.
func (e *evaluated) places(all []token.Pos) (first Position, others []Position) {
	own := func(p token.Pos) bool { return filepath.Dir(p.Filename()) == e.abs }
	inPattern := func(p token.Pos) bool {
		return slices.ContainsFunc(e.patterns, func(s span) bool { return s.contains(p) })
	}
	rank := func(p token.Pos) int {
		switch {
		case own(p) && !inPattern(p):
			return 0
		case !inPattern(p):
			return 1
		case own(p):
			return 2
		}
		return 3
	}
	all = slices.DeleteFunc(slices.Clone(all), func(p token.Pos) bool { return !p.IsValid() || !strings.HasPrefix(p.Filename(), e.root) })
	slices.SortStableFunc(all, func(a, b token.Pos) int { return rank(a) - rank(b) })
	for i, p := range all {
		position := e.position(p)
		if i == 0 {
			first = position
		} else if !sameLine(position, first) && !slices.ContainsFunc(others, func(o Position) bool { return sameLine(position, o) }) {
			others = append(others, position)
		}
	}
	if len(all) == 0 {
		first = e.position(token.NoPos)
	}
	return first, others
}

func sameLine(a, b Position) bool { return a.File == b.File && a.Line == b.Line }
