package tree

import (
	"fmt"
	"strings"
)

// clashes finds, in one folder and those below, files that stand in each other's way: the same path twice, a file where
// another needs a folder, names that differ in case alone and are one file on Windows and macOS. The paths of wants
// begin with the folder's in offset bytes.
func clashes(wants []want, offset int) []error {
	var problems []error
	var names []string
	for len(wants) > 0 {
		name, n := child(wants, offset)
		names = append(names, name)
		first := wants[0]
		leaf := len(first.path) == offset+len(name)
		switch {
		case leaf && n > 1 && wants[1].path == first.path:
			problems = append(problems, fmt.Errorf("%q: two files for one place%s%s", first.path, madeBy(first.file), madeBy(wants[1].file)))
		case leaf && n > 1:
			problems = append(problems, fmt.Errorf("%q: a file%s where %q needs a folder%s",
				first.path, madeBy(first.file), wants[1].path, madeBy(wants[1].file)))
		case !leaf:
			problems = append(problems, clashes(wants[:n], offset+len(name)+1)...)
		}
		if len(wants) == n {
			problems = append(problems, caseClashes(names, first.path[:offset])...)
		}
		wants = wants[n:]
	}
	return problems
}

// caseClashes finds names in one folder that differ in case alone.
func caseClashes(names []string, folder string) []error {
	if len(names) < 2 {
		return nil
	}
	var problems []error
	folded := make(map[string]string, len(names))
	for _, name := range names {
		key := strings.ToLower(name)
		if other, ok := folded[key]; ok {
			problems = append(problems, fmt.Errorf("%q and %q: differ in case alone", folder+other, folder+name))
		}
		folded[key] = name
	}
	return problems
}

// twice finds files that two kinds bring to one place on a host, such as a block of a file that is also written whole.
func twice(wants []want) []error {
	type place struct{ host, path string }
	parts := map[place]*File{}
	for _, w := range wants {
		if w.file.Kind == KindBlock || w.file.Kind == KindSecret {
			parts[place{w.file.Host, w.file.Path}] = w.file
		}
	}
	var problems []error
	for _, w := range wants {
		f := w.file
		other := parts[place{f.Host, f.Path}]
		if len(parts) > 0 && f.Host != "" && other != nil && other.Kind != f.Kind {
			problems = append(problems, fmt.Errorf("host %s: %s: a %s%s and a %s%s for one place",
				f.Host, f.Path, f.Kind, madeBy(f), other.Kind, madeBy(other)))
		}
	}
	return problems
}
