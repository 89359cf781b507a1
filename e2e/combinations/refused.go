package combinations

import (
	"slices"
	"strings"
)

// cause is why a combination can't be: the rule that refuses it and, in a word, the reason.
type cause struct {
	rule string
	why  string
	when func(Combination) bool
}

var causes = []cause{
	{"KH082", "the check has no credentials, and below 1.32 anonymous requests can't be limited to it", func(c Combination) bool {
		return false
	}},
}

// Refusals are the ids of the rules that refuse a combination, sorted; none where it is legal.
func (c Combination) Refusals() []string {
	var ids []string
	for _, cause := range causes {
		if cause.when(c) {
			ids = append(ids, cause.rule)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// older says whether the combination's Kubernetes comes before a minor version.
func (c Combination) older(minor string) bool {
	return strings.Compare(c.Version[:4], "1."+minor) < 0
}
