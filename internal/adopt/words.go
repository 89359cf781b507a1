package adopt

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// hostWords splits a line of hosts into words, as a shell would; what follows a # is a comment.
func hostWords(text string) (words []string, err error) {
	var word strings.Builder
	open, inWord := rune(0), false
	end := func() {
		if inWord {
			words = append(words, word.String())
			word.Reset()
			inWord = false
		}
	}
	for _, r := range text {
		switch {
		case open != 0 && r == open:
			open = 0
		case open != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			open, inWord = r, true
		case r == ' ' || r == '\t':
			end()
		case r == '#' && !inWord:
			return words, nil
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if open != 0 {
		return nil, errors.New("a quote that is never closed")
	}
	end()
	return words, nil
}

var wholeNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})$`)

// literal gives a value as Ansible takes it from INI: numbers, True and False, lists of Python, and else text.
func literal(text string) any {
	text = strings.TrimSpace(text)
	switch text {
	case "True":
		return true
	case "False":
		return false
	case "None":
		return nil
	}
	if wholeNumber.MatchString(text) {
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	}
	if n := len(text); n > 1 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		return text[1 : n-1]
	}
	if strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{") {
		if value, ok := flow(text); ok {
			return value
		}
	}
	return text
}

const mostHosts = 5000

var (
	hostRange  = regexp.MustCompile(`\[([^\[\]]*)\]`)
	letter     = regexp.MustCompile(`^[A-Za-z]$`)
	hostWord   = regexp.MustCompile(`^[A-Za-z0-9_][-A-Za-z0-9_.]*$`)
	portBehind = regexp.MustCompile(`^(.*[^:]):([0-9]{1,5})$`)
)

// expand gives the hosts that a pattern such as node[1:3] stands for, and the port behind it.
func expand(pattern string) (names []string, port string, err error) {
	if rest := hostRange.ReplaceAllString(pattern, ""); strings.ContainsAny(rest, "[]") {
		return nil, "", fmt.Errorf("a range that isn't closed: %s", quote(pattern))
	}
	// The colon of a range is inside brackets.
	if m := portBehind.FindStringSubmatch(pattern); m != nil && strings.Count(hostRange.ReplaceAllString(pattern, ""), ":") == 1 {
		pattern, port = m[1], m[2]
	}
	names = []string{pattern}
	for {
		span := hostRange.FindStringSubmatchIndex(names[0])
		if span == nil {
			break
		}
		var wider []string
		for _, name := range names {
			span := hostRange.FindStringSubmatchIndex(name)
			parts, err := between(name[span[2]:span[3]])
			if err != nil {
				return nil, "", err
			}
			if len(wider)+len(parts) > mostHosts {
				return nil, "", fmt.Errorf("more than %d hosts: %s", mostHosts, quote(pattern))
			}
			for _, part := range parts {
				wider = append(wider, name[:span[0]]+part+name[span[1]:])
			}
		}
		names = wider
	}
	for _, name := range names {
		if !hostWord.MatchString(name) && !isAddress(name) {
			return nil, "", fmt.Errorf("no name of a host: %s", quote(pattern))
		}
	}
	return names, port, nil
}

// between gives what a range stands for: 1:3, 01:10, a:c, 1:9:2.
func between(text string) ([]string, error) {
	bad := fmt.Errorf("no range: %s: want one such as [1:3], [01:10] or [a:c]", quote("["+text+"]"))
	parts := strings.Split(text, ":")
	step := 1
	if len(parts) == 3 {
		n, err := strconv.Atoi(parts[2])
		if err != nil || n < 1 {
			return nil, bad
		}
		step = n
		parts = parts[:2]
	}
	if len(parts) != 2 {
		return nil, bad
	}
	if parts[0] == "" {
		parts[0] = "0"
	}
	first, err1 := strconv.ParseUint(parts[0], 10, 31)
	last, err2 := strconv.ParseUint(parts[1], 10, 31)
	width := 0
	switch {
	case err1 == nil && err2 == nil:
		if strings.HasPrefix(parts[0], "0") {
			width = len(parts[0])
		}
	case letter.MatchString(parts[0]) && letter.MatchString(parts[1]):
		first, last = uint64(parts[0][0]), uint64(parts[1][0])
		width = -1
	default:
		return nil, bad
	}
	if first > last || (last-first)/uint64(step) > mostHosts || width > 20 {
		return nil, bad
	}
	var all []string
	for n := first; n <= last; n += uint64(step) {
		if width < 0 {
			all = append(all, string(rune(n)))
		} else {
			all = append(all, fmt.Sprintf("%0*d", width, n))
		}
	}
	return all, nil
}

// quote shows text of a file in a message.
func quote(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}

func sameValue(a, b any) bool { return reflect.DeepEqual(a, b) }
