package review

import (
	"fmt"
	"slices"
	"strings"
)

// Grade says how much can go wrong.
type Grade int

// The grades, from the least to the worst.
const (
	None     Grade = iota // nothing reaches hosts
	Low                   // nothing that serves stops
	Medium                // a part stops that another stands in for, or someone has to do something in time
	High                  // all of a kind stop or move; in order, one after the other, the cluster goes on
	Critical              // the API, the data or access to them can be lost; or it can't be done so
)

var gradeNames = []string{"none", "low", "medium", "high", "critical"}

// Grades are the names of all grades, the least first.
func Grades() []string { return slices.Clone(gradeNames) }

func (g Grade) String() string { return gradeNames[g] }

// MarshalText gives the name.
func (g Grade) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// ParseGrade reads a name.
func ParseGrade(name string) (Grade, error) {
	i := slices.Index(gradeNames, name)
	if i < 0 {
		return None, fmt.Errorf("want %s", strings.Join(gradeNames, ", "))
	}
	return Grade(i), nil
}
