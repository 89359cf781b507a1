package generators

import "strings"

// ownLines are lines of a block that the definition adds to a program's configuration.
type ownLines []string

// Set says whether one of the lines sets what begins with these words, or unsets it: khagen's own proposal gives way then.
func (l ownLines) Set(words string) bool {
	for _, line := range l {
		rest, found := strings.CutPrefix(strings.TrimPrefix(line, "no "), words)
		if found && (rest == "" || strings.ContainsAny(rest[:1], " ;")) {
			return true
		}
	}
	return false
}

// nested indents what stands in blocks that the lines open themselves.
func nested(lines []string) ownLines {
	var all ownLines
	depth := 0
	for _, line := range lines {
		if strings.HasPrefix(line, "}") {
			depth--
		}
		all = append(all, strings.Repeat("    ", max(0, depth))+line)
		if code, _, _ := strings.Cut(line, " #"); strings.HasSuffix(strings.TrimSpace(code), "{") {
			depth++
		}
	}
	return all
}
