package schema

import (
	"cmp"
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
