package schema

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	yamlLine  = regexp.MustCompile(`(?::|line )(\d+): (.*)$`)
	yamlTwice = regexp.MustCompile(`^mapping key "?(.*?)"? already defined at line \d+`)
)

// yamlError turns an error of YAML's parser into ours.
func (f folder) yamlError(path string, src []byte, err error) Error {
	e := YAMLError(src, err)
	e.Pos.File = f.show(path)
	e.Problem = strings.TrimPrefix(e.Problem, path+": ")
	return e
}

// YAMLError says in words for people, and without a file's name, what a YAML parser says of src. The line is in its text, since it
// has no other position.
func YAMLError(src []byte, err error) Error {
	e := Error{Problem: strings.TrimPrefix(err.Error(), "yaml: ")}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		e.Problem = m[2]
		if line, err := strconv.Atoi(m[1]); err == nil {
			e.Pos.Line, e.Pos.Col = line, 1
		}
	}
	lines := strings.Split(string(src), "\n")
	if tab := tabbed(lines); tab > 0 && strings.Contains(e.Problem, "tab") || tab > 0 && tab == e.Pos.Line {
		e.Pos.Line, e.Pos.Col = tab, strings.Index(lines[tab-1], "\t")+1
		e.Problem, e.Hint = "a tab in the indentation", "YAML indents with spaces"
		return e
	}
	e.Problem, e.Hint = yamlWords(e.Problem)
	if at := misfit(lines); e.Problem == badIndentation && at > 0 {
		e.Pos.Line, e.Pos.Col = at, indentation(lines[at-1])+1
	}
	return e
}

const badIndentation = "this line doesn't belong to the block above it"

// yamlWords says what the parser's words mean for people.
func yamlWords(problem string) (plain, hint string) {
	if m := yamlTwice.FindStringSubmatch(problem); m != nil {
		return quote(m[1]) + " stands twice", "write it once"
	}
	switch problem {
	case "did not find expected key", "did not find expected '-' indicator":
		return badIndentation, "compare the indentation with the line above"
	case "mapping values are not allowed in this context":
		return "no key is possible here", "compare the indentation with the line above; a key ends with a colon and a space; text with a colon stands in quotes"
	case "could not find expected ':'":
		return "no colon after a key", "a key ends with a colon and a space"
	case "found character that cannot start any token":
		return "a character that no text starts with", "text that starts with @, % or ` stands in quotes"
	case "found unexpected end of stream":
		return "a quote that is never closed", ""
	case "did not find expected ',' or ']'":
		return "a list that isn't closed, or lacks a comma", "[a, b]"
	case "did not find expected ',' or '}'":
		return "a block that isn't closed, or lacks a comma", "{a: 1, b: 2}"
	}
	return problem, ""
}

// tabbed is the number of the first line with a tab in its indentation; 0 where there is none.
func tabbed(lines []string) int {
	return 1 + slices.IndexFunc(lines, func(line string) bool {
		text := strings.TrimLeft(line, " \t")
		return text != "" && text[0] != '#' && strings.Contains(line[:len(line)-len(text)], "\t")
	})
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// misfit is the number of the first line that goes back to an indentation that no line above has, since the parser names the start
// of the block; 0 where there is none. Texts of several lines indent as they like, so it gives up on them.
func misfit(lines []string) int {
	var open []int
	for i, line := range lines {
		text := strings.TrimSpace(line)
		if text == "" || text[0] == '#' {
			continue
		}
		at, back := indentation(line), false
		for len(open) > 0 && open[len(open)-1] > at {
			open, back = open[:len(open)-1], true
		}
		if back && (len(open) == 0 || open[len(open)-1] != at) {
			return i + 1
		}
		open = append(open, at)
		for rest := text; strings.HasPrefix(rest, "- "); { // an element's keys stand below its first one
			rest = strings.TrimLeft(rest[2:], " ")
			open = append(open, at+len(text)-len(rest))
		}
		if last := text[len(text)-1]; last == '|' || last == '>' {
			return 0
		}
	}
	return 0
}
