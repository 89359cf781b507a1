package rules

import (
	"regexp"
	"testing"
)

func TestTable(t *testing.T) {
	id := regexp.MustCompile(`^KH[0-9]{3}$`)
	seen := map[string]bool{}
	for i, r := range All {
		if !id.MatchString(r.ID) || seen[r.ID] {
			t.Errorf("rule %d: id %q is malformed or used twice", i, r.ID)
		}
		seen[r.ID] = true
		if r.Severity != Error && r.Severity != Warning {
			t.Errorf("%s: severity %q", r.ID, r.Severity)
		}
		if r.Title == "" || r.Reason == "" || r.Hint == "" || r.Source == "" {
			t.Errorf("%s: title, reason, hint and source are required", r.ID)
		}
		checks := 0
		for _, has := range []bool{r.cluster != nil, r.fleet != nil, r.accepts != nil} {
			if has {
				checks++
			}
		}
		if checks != 1 {
			t.Errorf("%s has %d checks, want one", r.ID, checks)
		}
	}
}
