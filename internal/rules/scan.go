package rules

import (
	"slices"
	"strings"
)

// syntax is how a program takes a line of its configuration apart.
type syntax struct {
	comments string // what begins one
	quotes   string
	inside   bool   // both begin inside of words, too, not only in front of them
	escapes  bool   // a backslash takes its meaning from the next character
	marks    string // characters that are words of their own
}

// syntaxes of the programs, as their parsers have them: haproxy's parse_line in src/tools.c, nginx's ngx_conf_read_token in
// src/core/ngx_conf_file.c, keepalived's decomment and alloc_strvec in lib/parser.c.
var syntaxes = map[string]syntax{
	"haproxy":    {comments: "#", quotes: `"'`, inside: true, escapes: true},
	"nginx":      {comments: "#", quotes: `"'`, escapes: true, marks: ";{}"},
	"keepalived": {comments: "#!", quotes: `"`, inside: true, marks: "{}"},
}

// scan takes a line apart: its words, without quotes and comments. open is what the line leaves open: a quote or a backslash.
func (s syntax) scan(line string) (words []string, open string) {
	var word strings.Builder
	started := false
	end := func() {
		if started {
			words = append(words, word.String())
		}
		word.Reset()
		started = false
	}
	for i := 0; i < len(line); i++ {
		switch ch := line[i]; {
		case ch == '\\' && i == len(line)-1:
			return words, "a backslash"
		case ch == '\\' && s.escapes:
			i++
			word.WriteByte(line[i])
			started = true
		case ch == ' ':
			end()
		case has(s.comments, ch) && (s.inside || !started):
			end()
			return words, ""
		case has(s.quotes, ch) && (s.inside || !started):
			closing := s.closing(line, i)
			if closing < 0 {
				return words, "a quote"
			}
			word.WriteString(line[i+1 : closing])
			started, i = true, closing
		case s.isVariable(line, i):
			closing := i + strings.IndexByte(line[i:], '}')
			word.WriteString(line[i : closing+1])
			started, i = true, closing
		case has(s.marks, ch) && (ch != '}' || s.inside || !started):
			end()
			words = append(words, string(ch))
		default:
			word.WriteByte(ch)
			started = true
		}
	}
	end()
	return words, ""
}

func has(set string, ch byte) bool { return strings.IndexByte(set, ch) >= 0 }

// closing is where the quote that begins at a place ends; -1 where it doesn't. In haproxy's single quotes a backslash is nothing
// special.
func (s syntax) closing(line string, at int) int {
	quote := line[at]
	for i := at + 1; i < len(line); i++ {
		switch {
		case line[i] == quote:
			return i
		case line[i] == '\\' && s.escapes && (quote == '"' || !s.inside):
			i++
		}
	}
	return -1
}

// isVariable says whether ${name} begins at a place, whose braces open no block.
func (s syntax) isVariable(line string, at int) bool {
	return has(s.marks, '{') && strings.HasPrefix(line[at:], "${") && strings.IndexByte(line[at:], '}') > 0
}

// nesting counts the blocks that the words leave open, and the deepest of those that they close before they opened any.
func nesting(words []string) (open, below int) {
	for _, w := range words {
		switch w {
		case "{":
			open++
		case "}":
			open--
			below = min(below, open)
		}
	}
	return open, below
}

// begins says whether words begin with a phrase.
func begins(words []string, phrase string) bool {
	want := strings.Fields(phrase)
	return len(words) >= len(want) && slices.Equal(words[:len(want)], want)
}
