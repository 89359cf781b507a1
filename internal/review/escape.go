package review

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// noJoin stands between two characters that would mean something together. It has no width.
const noJoin = "\u200b"

// prose makes text of data: nothing of it is Markdown, HTML, a mention, a reference or a link.
func prose(s string) string {
	s = clean(s)
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '@' || r == '#': // of users, teams, issues: a backslash doesn't keep these from taking effect
			b.WriteRune(r)
			b.WriteString(noJoin)
			continue
		case r == ':' && strings.HasPrefix(s[i:], "://"), r == '.' && strings.HasSuffix(strings.ToLower(s[:i]), "www"):
			b.WriteRune(r)
			b.WriteString(noJoin)
			continue
		case strings.ContainsRune("\\`*_{}[]<>!|~&$", r) || i == 0 && strings.ContainsRune("-+", r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return strings.ReplaceAll(b.String(), "GH-", "GH"+noJoin+"-") // an issue's name too
}

// code makes a code span of data: nothing in one takes effect. It may stand in a table.
func code(s string) string {
	s = clean(s)
	switch {
	case s == "":
		return ""
	case !strings.ContainsAny(s, "`|\\"):
		return "`" + s + "`"
	}
	var b strings.Builder // a backslash before a bar would end the cell after all
	for _, r := range s {
		if r < utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != ' ' {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return "<code>" + b.String() + "</code>"
}

// longestRun gives the length of the longest run of a character.
func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != c {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// shortened gives no more than some bytes of a text.
func shortened(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}
