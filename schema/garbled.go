package schema

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// garbled finds what makes a file unfit for any parser, whose words for it would be about something else: a merge that Git left
// undone, and bytes that are no text.
func (f folder) garbled(path string, src []byte) (problem Error, found bool) {
	number := 0
	for line := range bytes.Lines(src) {
		number++
		e := Error{Pos: Position{File: f.show(path), Line: number, Col: 1}}
		if bytes.HasPrefix(line, []byte("<<<<<<< ")) || bytes.HasPrefix(line, []byte(">>>>>>> ")) {
			e.Problem = "a merge conflict"
			e.Hint = "choose between the two sides, and take out the lines with <<<<<<<, ======= and >>>>>>>"
			return e, true
		}
		if !utf8.Valid(line) {
			e.Pos.Col = len(validStart(line)) + 1
			e.Problem, e.Hint = "not UTF-8", "save the file in UTF-8"
			return e, true
		}
	}
	return Error{}, false
}

// validStart is what stands before the first byte that is no text.
func validStart(line []byte) []byte {
	for at := 0; at < len(line); {
		r, size := utf8.DecodeRune(line[at:])
		if r == utf8.RuneError && size <= 1 {
			return line[:at]
		}
		at += size
	}
	return line
}

// empty reports a definition that says nothing, or only comments.
func (f folder) empty(path string) Error {
	return Error{Pos: Position{File: f.show(path)}, Path: "cluster", Problem: "missing: the file is empty", Hint: clusterHint(f.yaml)}
}

// clusterHint says where a definition stands.
func clusterHint(isYAML bool) string {
	if isYAML {
		return "the definition stands below the key cluster"
	}
	return "the definition stands in a field of this name: cluster: {...}"
}

// saysNothing tells whether all lines are empty or start with the sign of a comment.
func saysNothing(src []byte, comment string) bool {
	for line := range bytes.Lines(src) {
		text := strings.TrimSpace(strings.TrimPrefix(string(line), "\ufeff"))
		if text != "" && !strings.HasPrefix(text, comment) && text != "---" {
			return false
		}
	}
	return true
}
