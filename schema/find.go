package schema

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Find lists the folders below overlays that are clusters: those with a cluster.cue or a cluster.yaml, sorted. Folders whose names
// start with a dot or an underscore, cue.mod, and files/ are passed over. An error is always of type Errors: a folder
// with both files, one that can't be read or is a symbolic link, a cluster inside another cluster's folder, a name that two
// clusters have, and whatever looks as if it was written for khagen, but would be passed over without a word.
func Find(overlays string) ([]string, error) {
	if _, err := os.ReadDir(overlays); err != nil {
		return nil, Errors{{Pos: Position{File: overlays}, Problem: "not a readable folder: " + reason(err), Hint: "clusters lie below it, one folder each, with a cluster.cue"}}
	}
	s := search{names: map[string]string{}}
	s.visit(overlays, overlays, "")
	if len(s.problems) > 0 {
		return nil, s.problems.sorted()
	}
	slices.Sort(s.found)
	return s.found, nil
}

type search struct {
	found    []string
	names    map[string]string // cluster's name to its folder
	problems Errors
}

// visit looks at dir; around is the cluster that it lies in, if it lies in one.
func (s *search) visit(root, dir, around string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		s.report(dir, "not a readable folder: "+reason(err), "")
		return
	}
	before := s.known()
	names, err := definitions(dir)
	if around == "" && len(names) == 0 && hasKustomization(dir) && s.kustomized(root, dir) {
		return
	}
	switch {
	case err != nil:
		s.report(dir, err.Error(), "")
	case len(names) > 1:
		s.report(dir, "both cluster.cue and cluster.yaml lie here", "delete one of them")
	case len(names) == 1 && dir == root:
		s.report(filepath.Join(dir, names[0]), "a cluster is a folder below "+filepath.Base(dir)+"/, not that folder itself", "move it to a folder with the cluster's name")
	case len(names) == 1 && around != "":
		s.report(filepath.Join(dir, names[0]), "a cluster inside the cluster "+around, "CUE would merge the two: move one of them; what they share goes into a file of another name above both")
	case len(names) == 1:
		s.add(dir)
	}
	if len(names) > 0 && around == "" {
		around = dir
	}
	for _, entry := range entries {
		if s.refuses(dir, entry, around) {
			continue
		}
		if entry.IsDir() && !s.skips(entry, around) {
			s.visit(root, filepath.Join(dir, entry.Name()), around)
		}
	}
	switch {
	case around == dir && (hasKustomization(dir) || hasKustomization(filepath.Join(dir, "cluster"))):
		// Whoever reads the kustomizations reports YAML that they don't name.
	case around == "" && dir != root && s.known() == before:
		s.misnamed(dir, entries)
	case around == "" || around == dir:
		s.unread(dir, entries)
	}
}

// known counts what was found, problems included.
func (s *search) known() int { return len(s.found) + len(s.problems) }

func (s *search) skips(entry fs.DirEntry, around string) bool {
	name := entry.Name()
	return name == "cue.mod" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || (around != "" && name == filesName)
}

func (s *search) add(dir string) {
	name := filepath.Base(dir)
	if other, taken := s.names[name]; taken {
		s.report(dir, "the name "+quote(name)+" is taken by "+other, "a cluster has its folder's name, and names are unique in a repository")
		return
	}
	s.names[name] = dir
	s.found = append(s.found, dir)
}

func (s *search) report(path, problem, hint string) {
	s.problems = append(s.problems, Error{Pos: Position{File: path}, Problem: problem, Hint: hint})
}
