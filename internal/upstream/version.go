// Package upstream holds what each version of the programs that khagen configures accepts: tables with their sources.
// In comes a version, out comes a fact. It knows support status, never today's date.
package upstream

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Version is a release of Kubernetes or another program with three numbers.
type Version struct{ Major, Minor, Patch int }

// ParseVersion reads "1.36.3"; missing numbers ("2.3") are zero. It fails on anything else.
func ParseVersion(s string) (Version, error) {
	parts := strings.Split(s, ".")
	if len(parts) > 3 {
		return Version{}, fmt.Errorf("version %q has more than three numbers", s)
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return Version{}, fmt.Errorf("version %q: %q is not a number", s, p)
		}
		n[i] = int(v)
	}
	return Version{n[0], n[1], n[2]}, nil
}

// String gives "1.36.3".
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// MajorMinor gives "1.36".
func (v Version) MajorMinor() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// Compare orders versions.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch))
}

// AtLeast says whether v is major.minor or newer.
func (v Version) AtLeast(major, minor int) bool { return v.Compare(Version{major, minor, 0}) >= 0 }
