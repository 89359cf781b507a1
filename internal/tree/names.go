package tree

import (
	"cmp"
	"fmt"
	"strings"
)

// maxNames is how many names or ranges of names a list shows; the rest is counted.
const maxNames = 8

// compactNames gives a list of names, in natural order, for people: runs as "node1 … node50", and no more than fit a line.
func compactNames(names []string) string {
	var shown []string
	used := 0
	for used < len(names) && len(shown) < maxNames {
		n := run(names[used:])
		if n > 2 {
			shown = append(shown, names[used]+" … "+names[used+n-1])
		} else {
			n = 1
			shown = append(shown, names[used])
		}
		used += n
	}
	text := strings.Join(shown, ", ")
	if rest := len(names) - used; rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text
}

// run counts the names at the beginning that differ in one number alone, which grows by one.
func run(names []string) int {
	n := 1
	place := -1
	for n < len(names) {
		at, ok := follows(names[n-1], names[n])
		if !ok || place >= 0 && at != place {
			break
		}
		place = at
		n++
	}
	return n
}

// follows tells whether b is a with one of its numbers greater by one, and which.
func follows(a, b string) (part int, ok bool) {
	x, y := split(a), split(b)
	if len(x) != len(y) {
		return 0, false
	}
	part = -1
	for i := range x {
		if x[i] == y[i] {
			continue
		}
		if part >= 0 || !isNumber(x[i]) || !isNumber(y[i]) || !isNext(x[i], y[i]) {
			return 0, false
		}
		part = i
	}
	return part, part >= 0
}

// isNext tells whether y is the number after x, written alike: 9, 10 or 09, 10 or 009, 010.
func isNext(x, y string) bool {
	digits := []byte(x)
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] < '9' {
			digits[i]++
			return string(digits) == y
		}
		digits[i] = '0'
	}
	return "1"+string(digits) == y
}

// compareNatural orders names as people do: node2 before node10.
func compareNatural(a, b string) int {
	x, y := split(a), split(b)
	for i := range min(len(x), len(y)) {
		if x[i] == y[i] {
			continue
		}
		if isNumber(x[i]) && isNumber(y[i]) {
			p, q := strings.TrimLeft(x[i], "0"), strings.TrimLeft(y[i], "0")
			if order := cmp.Or(cmp.Compare(len(p), len(q)), cmp.Compare(p, q)); order != 0 {
				return order
			}
		}
		return cmp.Compare(x[i], y[i])
	}
	return cmp.Compare(len(x), len(y))
}

// split cuts a name into its numbers and what stands between them.
func split(name string) []string {
	var parts []string
	start := 0
	for i := 1; i <= len(name); i++ {
		if i == len(name) || isDigit(name[i]) != isDigit(name[i-1]) {
			parts = append(parts, name[start:i])
			start = i
		}
	}
	return parts
}

func isNumber(part string) bool { return part != "" && isDigit(part[0]) }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
