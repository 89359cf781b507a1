package adopt

import (
	"slices"
	"strings"
)

// haDirective is a line of a haproxy.cfg, in words.
type haDirective struct {
	line  int
	words []string
	text  string // the line without indentation and comment
}

// starts says whether the line begins with these words.
func (l haDirective) starts(words ...string) bool {
	return len(l.words) >= len(words) && slices.Equal(l.words[:len(words)], words)
}

// after gives the word behind one of the options of the line, such as 2000 behind inter.
func (l haDirective) after(option string) string {
	if i := slices.Index(l.words, option); i >= 0 && i+1 < len(l.words) {
		return l.words[i+1]
	}
	return ""
}

// name is what tells the directive from others: "option tcplog", "timeout client", "maxconn".
func (l haDirective) name() string {
	several := []string{"option", "timeout", "stats", "http-check", "tcp-check", "tcp-request", "http-request", "http-response", "no", "errorloc"}
	if len(l.words) > 1 && slices.Contains(several, l.words[0]) {
		return l.words[0] + " " + l.words[1]
	}
	return l.words[0]
}

// haSection is a section of a haproxy.cfg.
type haSection struct {
	kind, name string
	line       int
	body       []haDirective
	defaults   *haSection // nil where no section of defaults stands before
}

// title names the section in remarks.
func (s *haSection) title() string { return strings.TrimSpace(s.kind + " " + s.name) }

// own gives the lines of the section itself that begin with these words.
func (s *haSection) own(words ...string) []haDirective {
	var lines []haDirective
	for _, l := range s.body {
		if l.starts(words...) {
			lines = append(lines, l)
		}
	}
	return lines
}

// all is own, or where there are none the lines of the defaults.
func (s *haSection) all(words ...string) []haDirective {
	if lines := s.own(words...); len(lines) > 0 || s.defaults == nil {
		return lines
	}
	return s.defaults.own(words...)
}

// value is the last such line's first word behind these; empty where there is none.
func (s *haSection) value(words ...string) string {
	lines := s.all(words...)
	if len(lines) == 0 || len(lines[len(lines)-1].words) <= len(words) {
		return ""
	}
	return lines[len(lines)-1].words[len(words)]
}

// haSections are the words that begin a section.
var haSections = []string{
	"acme", "backend", "cache", "crt-store", "defaults", "fcgi-app", "frontend", "global", "http-errors", "listen", "log-forward",
	"log-profile", "mailers", "peers", "program", "resolvers", "ring", "traces", "userlist",
}

// parseHAProxy reads the sections of a haproxy.cfg.
func (s *source) parseHAProxy(text string) []*haSection {
	var sections []*haSection
	var defaults *haSection
	named := map[string]*haSection{}
	for i, line := range strings.Split(text, "\n") {
		words, text, problem := splitHAProxy(line)
		switch {
		case problem != "":
			s.fail(i+1, "haproxy -c -f FILE names such lines", "%s", problem)
			continue
		case len(words) == 0 || strings.HasPrefix(words[0], "."): // .if and its like: what lies between is read either way
			continue
		case !slices.Contains(haSections, words[0]):
			if len(sections) == 0 {
				s.fail(i+1, "give "+wantHAProxy, "%q stands outside of a section: this is no haproxy.cfg", words[0])
				return nil
			}
			last := sections[len(sections)-1]
			last.body = append(last.body, haDirective{line: i + 1, words: words, text: text})
			continue
		}
		section := &haSection{kind: words[0], line: i + 1}
		if len(words) > 1 {
			section.name = words[1]
		}
		if len(words) > 2 && strings.Contains(words[2], ":") { // before 1.7 the address could stand here
			section.body = append(section.body, haDirective{line: i + 1, words: []string{"bind", words[2]}})
		}
		section.defaults = defaults
		from := haDirective{words: words}.after("from")
		if other, ok := named[from]; ok {
			section.defaults = other
		}
		if section.kind == "defaults" {
			defaults, named[section.name] = section, section
			if from == "" {
				section.defaults = nil
			}
		}
		sections = append(sections, section)
	}
	if len(sections) == 0 && len(s.problems) == 0 {
		s.fail(0, "give "+wantHAProxy, "no section: this is no haproxy.cfg")
	}
	return sections
}

// splitHAProxy gives the words of a line, as haproxy does it: quotes of two kinds, backslashes, and # for a comment. The text has one
// blank between words where no quote or backslash could mean another.
func splitHAProxy(line string) (words []string, text, problem string) {
	var word strings.Builder
	var quote rune
	var escaped, inWord bool
	text = line
split:
	for i, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				word.WriteRune(r)
			}
		case r == '"' || r == '\'':
			quote, inWord = r, true
		case r == '#':
			text = line[:i]
			break split
		case r == ' ' || r == '\t' || r == '\r':
			words = ended(words, &word, inWord)
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, "", "a quote is not closed"
	}
	words = ended(words, &word, inWord)
	if !strings.ContainsAny(text, `"'\`) {
		return words, strings.Join(words, " "), ""
	}
	return words, strings.TrimSpace(text), ""
}

// ended adds the word that is complete, where there is one.
func ended(words []string, word *strings.Builder, inWord bool) []string {
	if inWord {
		words = append(words, word.String())
		word.Reset()
	}
	return words
}
