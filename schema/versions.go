package schema

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
)

// versionDefault is a default that holds from a minor version of Kubernetes on.
type versionDefault struct {
	minor int
	since string // the version, as the schema writes it
	path  []string
	json  string
}

// versionDefaults reads #VersionDefaults, in ascending order.
func versionDefaults(v cue.Value) []versionDefault {
	it, err := v.LookupPath(cue.ParsePath("#VersionDefaults")).Fields()
	if err != nil {
		panic("embedded schema: " + err.Error())
	}
	var defaults []versionDefault
	for it.Next() {
		since := it.Selector().Unquoted()
		leaves(it.Value().LookupPath(cue.ParsePath("cluster")), nil, func(path []string, leaf cue.Value) {
			data, err := leaf.MarshalJSON()
			if err != nil {
				panic("embedded schema: " + err.Error())
			}
			defaults = append(defaults, versionDefault{minor: minorOf(since), since: since, path: path, json: string(data)})
		})
	}
	slices.SortStableFunc(defaults, func(a, b versionDefault) int { return cmp.Compare(a.minor, b.minor) })
	return defaults
}

// leaves calls yield for all scalars and lists below v.
func leaves(v cue.Value, path []string, yield func([]string, cue.Value)) {
	if v.IncompleteKind() != cue.StructKind {
		yield(slices.Clone(path), v)
		return
	}
	it, err := v.Fields()
	if err != nil {
		panic("embedded schema: " + err.Error())
	}
	for it.Next() {
		leaves(it.Value(), append(path, it.Selector().Unquoted()), yield)
	}
}

var (
	fullVersion  = regexp.MustCompile(`^([0-9]+[.][0-9]+)[.](0|[1-9][0-9]{0,2})$`)
	shortVersion = regexp.MustCompile(`^[0-9]+[.][0-9]+$`)
)

// versionProblem says what is wrong with a version of Kubernetes that the schema refused: a problem where it is no matter of how
// it is written, else a hint where the mistake is a common one. known are the first and the last minor version.
func versionProblem(known []string, text string, isText bool) (problem, hint string) {
	plain, withV := strings.CutPrefix(text, "v")
	full := fullVersion.FindStringSubmatch(plain)
	switch {
	case !isText:
		return "", "write it in quotes, with three numbers"
	case withV && full != nil:
		return "", "write it without the v: " + quote(plain)
	case full != nil:
		return "Kubernetes " + full[1] + " is not known: " + known[0] + " to " + known[1], ""
	case shortVersion.MatchString(plain):
		return "", "write all three numbers"
	}
	return "", ""
}

// minorOf is the 36 of "1.36.3" or "1.36", 0 of anything else.
func minorOf(version string) int {
	parts := strings.Split(version, ".")
	if len(parts) < 2 {
		return 0
	}
	minor, err := strconv.Atoi(parts[1])
	if err != nil {
		return 0
	}
	return minor
}

// nested is the default as JSON, in the blocks around it.
func (d versionDefault) nested() []byte {
	nested := d.json
	for _, name := range slices.Backward(d.path) {
		nested = "{" + quote(name) + ":" + nested + "}"
	}
	return []byte(nested)
}
