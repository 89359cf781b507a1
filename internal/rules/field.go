package rules

import (
	"slices"
	"strconv"
	"strings"
)

// field is the way to a field of the definition: names, and elements of lists.
type field []string

// element is the step to an element of a list.
func element(i int) string { return "[" + strconv.Itoa(i) + "]" }

// steps are the way as schema.Cluster.Position wants it: elements by their bare numbers.
func (p field) steps() []string {
	steps := slices.Clone(p)
	for i, name := range steps {
		if isElement(name) {
			steps[i] = strings.Trim(name, "[]")
		}
	}
	return steps
}

func isElement(name string) bool {
	return strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]")
}

// String joins the fields by dots; names that have dots of their own are quoted, elements have brackets: podCIDRs[0].
func (p field) String() string {
	var text strings.Builder
	for i, name := range p {
		if i > 0 && !isElement(name) {
			text.WriteByte('.')
		}
		if strings.ContainsAny(name, ". \"/") || name == "" {
			name = strconv.Quote(name)
		}
		text.WriteString(name)
	}
	return text.String()
}
