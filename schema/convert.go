package schema

import (
	"strings"

	"cuelang.org/go/cue/errors"
)

// convert turns errors of CUE, about the user's own files, into ours.
func (f folder) convert(err error) Errors {
	var problems Errors
	for _, one := range errors.Errors(err) {
		path := one.Path()
		if len(path) > 0 && path[0] == "cluster" {
			path = path[1:]
		}
		problems = append(problems, Error{
			Pos:     f.position(one.Position()),
			Path:    joinPath(path),
			Problem: strings.TrimSuffix(message(one), ":"),
		})
	}
	return problems.sorted()
}
