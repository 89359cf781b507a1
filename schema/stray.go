package schema

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cuelang.org/go/cue/parser"
)

// refuses reports an entry of dir that was written for khagen, but has no use; around is the cluster that dir lies in.
func (s *search) refuses(dir string, entry fs.DirEntry, around string) bool {
	name, path := entry.Name(), filepath.Join(dir, entry.Name())
	switch {
	case name == "cluster.yml":
		s.report(path, "khagen doesn't read this name", "call it cluster.yaml")
	case misspeltKustomization(name) && !entry.IsDir():
		s.report(path, "khagen doesn't read this name", "call it "+kustomizationName)
	case around == dir && entry.IsDir() && name == "patches" && !hasKustomization(dir) && !hasKustomization(path):
		s.report(path, "nothing reads these patches: no "+kustomizationName+" lies beside them", "list them there under patches")
	case around == dir && entry.IsDir() && name == "cluster" && !hasKustomization(path):
		s.report(path, "nothing reads this folder: it has no "+kustomizationName, "list its files there under resources")
	case (around == dir || around == "") && name == filesName && entry.IsDir():
		s.strayFiles(path, around == dir)
	case around == dir && name == filesName && hasLevels(path):
		s.report(path, "a symbolic link to a folder", "make it a folder; what clusters share goes into files/ of a folder above them")
	case around == "" && entry.Type()&fs.ModeSymlink != 0 && !s.skips(entry, around):
		return s.linked(path)
	default:
		return false
	}
	return true
}

const kustomizationName = "kustomization.yaml"

// misspeltKustomization says whether a file was meant to be a kustomization; kustomize itself reads three names.
func misspeltKustomization(name string) bool {
	return name != kustomizationName && (name == "Kustomization" || name == "kustomization.yml" || distance(strings.ToLower(name), kustomizationName) <= 2)
}

func hasKustomization(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, kustomizationName))
	return err == nil
}

// kustomized looks at a folder outside of clusters that has a kustomization, such as a component that clusters share: all below it
// is kustomize's. It says whether it is such a folder: one with clusters below it is none, nor is the root of all.
func (s *search) kustomized(root, dir string) bool {
	above, known := dir == root, s.known()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != dir && s.skips(entry, ""):
			return fs.SkipDir
		case entry.Name() == cueName || entry.Name() == yamlName:
			above = true
		case dir != root && misspeltKustomization(entry.Name()):
			s.refuses(filepath.Dir(path), entry, "")
		}
		return nil
	})
	switch {
	case err != nil:
		s.report(dir, "not a readable folder: "+reason(err), "")
	case above:
		s.problems = s.problems[:len(s.problems)-(s.known()-known)] // those below are found again
		s.report(filepath.Join(dir, kustomizationName), "a kustomization above clusters, which nothing reads", "what clusters share is a Component, in a folder of its own that their kustomizations list")
	}
	return !above
}

// linked refuses a link to a folder: a cluster in there would have two names.
func (s *search) linked(path string) bool {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		s.report(path, "a symbolic link to a folder", "make it a folder; what clusters share goes into a CUE file above them")
	case err != nil && filepath.Ext(path) == "":
		s.report(path, "a symbolic link that leads nowhere: "+reason(err), "")
	default:
		return false // Load judges links to files
	}
	return true
}

// misnamed reports a folder without a cluster in it or below it, where a file looks as if it was to be one. An empty folder, or
// one with a package that others import, is none.
func (s *search) misnamed(dir string, entries []fs.DirEntry) {
	var names []string
	for _, entry := range entries {
		if name := entry.Name(); !entry.IsDir() && looksLikeDefinition(filepath.Join(dir, name)) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	meant, near := names[0], slices.IndexFunc(names, func(name string) bool { return nearDefinition(name) != "" })
	right := cueName
	if near >= 0 {
		meant = names[near]
		right = nearDefinition(meant)
	} else if isYAML(meant) {
		right = yamlName
	}
	hint := "did you mean to name " + meant + " " + right + "?"
	if near < 0 && len(names) > 1 {
		hint = "one of its files has to be called " + right + ", or a folder below needs one"
	}
	s.report(dir, "no "+right+" here", hint)
}

// looksLikeDefinition says whether a file was meant to be a cluster, or a part of one.
func looksLikeDefinition(path string) bool {
	name := filepath.Base(path)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || strings.HasSuffix(name, "~") {
		return false
	}
	if isYAML(name) || nearDefinition(name) != "" {
		return true
	}
	if !isSource(name) {
		return false
	}
	file, err := parser.ParseFile(path, nil, parser.PackageClauseOnly)
	return err != nil || file.PackageName() == "" || file.PackageName() == packageName
}

// nearDefinition is the name that a misspelt one stands for.
func nearDefinition(name string) string { return Nearest(name, []string{cueName, yamlName}) }

func isYAML(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// unread reports YAML beside or above a cluster: neither khagen nor CUE would read it. What a cluster's kustomizations could name
// is for those who read them.
func (s *search) unread(dir string, entries []fs.DirEntry) {
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || !isYAML(name) || name == yamlName || name == "cluster.yml" || name == kustomizationName || misspeltKustomization(name) || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
			continue
		}
		s.report(filepath.Join(dir, name), "khagen reads no YAML but cluster.yaml", "what clusters share is CUE: a file such as common.cue, in package "+packageName+", above them")
	}
}
