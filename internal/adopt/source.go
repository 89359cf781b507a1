package adopt

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/khagen/khagen/schema"
)

// source is a file that is being read, and what is wrong with it.
type source struct {
	file     string
	problems schema.Errors
}

// fail notes a problem; line 0 is the whole file.
func (s *source) fail(line int, hint, problem string, args ...any) {
	at := schema.Position{File: s.file, Line: line}
	if line > 0 {
		at.Col = 1
	}
	s.problems = append(s.problems, schema.Error{Pos: at, Problem: fmt.Sprintf(problem, args...), Hint: hint})
}

func (s *source) err() error {
	if len(s.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(s.problems, func(a, b schema.Error) int { return cmp.Compare(a.Pos.Line, b.Pos.Line) })
	return s.problems
}

// read gives a file's text, without what editors of other systems leave in it; false where it can't be the text of what.
func (s *source) read(data []byte, what string) (string, bool) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		s.fail(0, "give "+what, "the file is empty")
		return "", false
	case bytes.IndexByte(data, 0) >= 0:
		s.fail(0, "give "+what, "the file is no text")
		return "", false
	}
	return strings.ToValidUTF8(strings.ReplaceAll(string(data), "\r\n", "\n"), "?"), true
}

// duration writes a time as definitions have it: whole units, without those that are zero.
func duration(t time.Duration) string {
	if t%time.Second != 0 {
		return fmt.Sprintf("%dms", t.Milliseconds())
	}
	return schema.Duration(t).String()
}
