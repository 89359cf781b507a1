package tree

import (
	"reflect"

	"go.yaml.in/yaml/v3"
)

// SamePod tells whether the kubelet takes two texts for the same static pod, and lets it run on. It compares a hash of what it
// decoded, so comments and the order of keys are nothing to it, and the order of lists is
// (https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/config/common.go, applyDefaults).
func SamePod(was, is []byte) bool {
	before, after := decoded(was), decoded(is)
	return before != nil && reflect.DeepEqual(before, after)
}

// decoded reads a YAML text; nil where it is no object.
func decoded(text []byte) any {
	var object map[string]any
	if yaml.Unmarshal(text, &object) != nil || len(object) == 0 {
		return nil
	}
	return withoutNulls(object)
}

// withoutNulls leaves out fields that are null, which are decoded like those that aren't there.
func withoutNulls(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if inner == nil {
				delete(v, key)
			} else {
				v[key] = withoutNulls(inner)
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutNulls(v[i])
		}
	}
	return value
}
