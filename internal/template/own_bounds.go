package template

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var (
	errTooLarge = errors.New("the result is larger than 1 MiB")
	pointerVerb = regexp.MustCompile(`%[^a-zA-Z%]*p`)
)

// printf is text/template's, but for addresses in memory, which are others in each run, and for what would be left of a secret.
func printf(format string, args ...any) (string, error) {
	if pointerVerb.MatchString(strings.ReplaceAll(format, "%%", "")) {
		return "", errors.New("%p is another in each run: the same definition gives the same files")
	}
	text, secrets := fmt.Sprintf(format, args...), 0
	for _, arg := range args {
		if _, ok := arg.(secret); ok {
			secrets++
		}
	}
	if secrets > len(secretMarker.FindAllString(text, -1)) {
		return "", errors.New("wrong type template.secret")
	}
	return text, nil
}

// repeat is sprig's, for as much as a file can have.
func repeat(count int, text string) (string, error) {
	if count > maxOwn/max(1, len(text)) {
		return "", errTooLarge
	}
	return strings.Repeat(text, max(0, count)), nil
}

// until is sprig's, for as many as a file can have.
func until(count int) ([]int, error) {
	if count > maxOwn {
		return nil, errTooLarge
	}
	all := make([]int, max(0, count))
	for i := range all {
		all[i] = i
	}
	return all, nil
}
