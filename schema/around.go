package schema

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
)

// around reports what is wrong with the user's package outside of what the checker saw: a missing cluster, other fields beside it,
// and errors in helpers.
func (e *evaluated) around(known Errors) Errors {
	var problems Errors
	if err := e.value.Validate(cue.All()); err != nil {
		for _, one := range errors.Errors(err) {
			problem := e.problem(one)
			if !slices.ContainsFunc(known, problem.follows) {
				problems = append(problems, problem)
			}
		}
	}
	it, err := e.value.Fields(cue.ErrorsAsValues(true))
	if err != nil {
		return problems
	}
	meant := false
	for it.Next() {
		if it.Selector().LabelType() != cue.StringLabel {
			continue
		}
		name := it.Selector().Unquoted()
		if name == "cluster" || name == "files" {
			continue
		}
		hint := "values of your own, for use in others, have names that start with _ or #"
		if near := Nearest(name, []string{"cluster", "files"}); near != "" {
			hint, meant = "did you mean "+near+"?", meant || near == "cluster"
		}
		problems = append(problems, Error{Pos: e.place(it.Value()), Path: name, Problem: "unknown field beside cluster", Hint: hint})
	}
	if !e.cluster.Exists() && !meant && len(problems) == 0 {
		problems = append(problems, Error{
			Pos: Position{File: e.show(filepath.Join(e.abs, e.fileName()))}, Path: "cluster", Problem: "missing",
			Hint: clusterHint(e.yaml),
		})
	}
	return problems
}

var lastIndex = regexp.MustCompile(`\[[0-9]+\]$`)

// follows says whether e is what CUE says, in other words or through a reference, about a value that the checker reported, or about
// another element of the same list.
func (e Error) follows(known Error) bool {
	list := func(path string) string { return lastIndex.ReplaceAllString(path, "") }
	return known.broken && (list(e.Path) == list(known.Path) || e.Pos == known.Pos && e.Problem == known.Problem)
}

// without leaves out what only follows from a host that stands twice: the two contradict each other.
func (e Errors) without(hosts Errors) Errors {
	return slices.DeleteFunc(slices.Clone(e), func(one Error) bool {
		return one.broken && slices.ContainsFunc(hosts, func(host Error) bool {
			return host.twice != "" && strings.HasPrefix(one.Path+".", joinPath([]string{"hosts", host.twice})+".")
		})
	})
}

// hosts reports what CUE passes over without a word: patterns that match no host, and a host that stands in one block twice.
// Patterns of folders above are for many clusters, so that some may match nothing here.
func (e *evaluated) hosts() Errors {
	names, patterns := keysOf(e.cluster.LookupPath(cue.ParsePath("hosts")))
	if names == nil {
		return e.twice() // none at all is another mistake
	}
	problems := e.idle(patterns, names, Error{Path: "hosts", Problem: "host", Hint: nearHosts(names)})
	return append(problems, e.twice()...)
}

// keysOf gives the names and the patterns in a block whose keys are the user's.
func keysOf(block cue.Value) (names []string, patterns []cue.Value) {
	it, err := block.Fields(cue.ErrorsAsValues(true), cue.Patterns(true))
	for err == nil && it.Next() {
		if sel := it.Selector(); sel.ConstraintType() == cue.PatternConstraint {
			patterns = append(patterns, sel.Pattern())
		} else if sel.LabelType() == cue.StringLabel {
			names = append(names, sel.Unquoted())
		}
	}
	return names, patterns
}

// idle reports patterns in the cluster's own folder that match none of the names; about says where they stand and what they should
// match.
func (e *evaluated) idle(patterns []cue.Value, names []string, about Error) Errors {
	var problems Errors
	for _, pattern := range patterns {
		pos := pattern.Pos()
		matches := func(name string) bool {
			err := pattern.Unify(e.context.Encode(name)).Err()
			return err == nil || strings.Contains(err.Error(), "invalid regexp") // which is reported by itself
		}
		if filepath.Dir(pos.Filename()) != e.abs || slices.ContainsFunc(names, matches) {
			continue
		}
		problems = append(problems, Error{
			Pos: e.position(pos), Path: about.Path, Problem: "the pattern [" + describe(pattern) + "] matches no " + about.Problem,
			Hint: about.Hint,
		})
	}
	return problems
}

// nearHosts is a hint that shows a few names.
func nearHosts(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "the hosts are " + shorten(names)
}

// shorten lists a few of many names.
func shorten(names []string) string {
	shown := names[:min(len(names), 5)]
	text := strings.Join(shown, ", ")
	if len(names) > len(shown) {
		text += ", …"
	}
	return text
}

// twice reports hosts that are written twice in one block. CUE merges them.
func (e *evaluated) twice() Errors {
	var problems Errors
	for _, file := range e.files {
		fieldsNamed(file.Decls, "cluster", func(cluster []ast.Decl) {
			fieldsNamed(cluster, "hosts", func(hosts []ast.Decl) {
				problems = append(problems, e.keysTwice(hosts)...)
			})
		})
	}
	return problems
}

// fieldsNamed yields what stands in the block of each field with this name.
func fieldsNamed(decls []ast.Decl, name string, yield func([]ast.Decl)) {
	for _, decl := range decls {
		field, ok := decl.(*ast.Field)
		if !ok {
			continue
		}
		label, _, err := ast.LabelName(field.Label)
		if block, isBlock := field.Value.(*ast.StructLit); err == nil && label == name && isBlock {
			yield(block.Elts)
		}
	}
}
