package schema

import (
	"strings"

	"cuelang.org/go/cue"
)

// Inherited gives what the files above a cluster's folder say of clusters in it, and what its own definition says: JSON by path, such
// as "machine.os", of scalars and lists. What isn't decided yet is left out. An error is always of type Errors.
func Inherited(dir string) (map[string]string, error) {
	f, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	e, problems := f.evaluate()
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	said := map[string]string{}
	gather(e.cluster, nil, said)
	return said, nil
}

// gather adds the decided values in and below v.
func gather(v cue.Value, path []string, said map[string]string) {
	if v.IncompleteKind() != cue.StructKind {
		v, _ = v.Default()
		if data, err := v.MarshalJSON(); err == nil {
			said[strings.Join(path, ".")] = string(data)
		}
		return
	}
	it, err := v.Fields()
	for err == nil && it.Next() {
		gather(it.Value(), append(path, it.Selector().Unquoted()), said)
	}
}
