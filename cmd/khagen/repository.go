package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/khagen/khagen/internal/rules"
	"github.com/khagen/khagen/internal/topology"
)

// findings asks all rules. Places in the repository's own files are named as seen from here, like all others.
func findings(out string, clusters []*topology.Cluster) []rules.Finding {
	all := rules.Check(clusters, repository(out, clusters))
	root, _ := gitRoot()
	here, err := os.Getwd()
	for i := range all {
		if all[i].Cluster != "" || all[i].Pos.File == "" || err != nil {
			continue
		}
		if rel, err := filepath.Rel(here, filepath.Join(root, all[i].Pos.File)); err == nil {
			all[i].Pos.File = rel
		}
	}
	return all
}

// repository gives rules what they judge besides definitions: which .gitignore files could hide a tree from review.
func repository(out string, clusters []*topology.Cluster) rules.Repo {
	root, ok := gitRoot()
	if !ok {
		return rules.Repo{}
	}
	abs, err := filepath.Abs(out)
	if err != nil {
		return rules.Repo{}
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return rules.Repo{}
	}
	repo := rules.Repo{Out: filepath.ToSlash(rel), Ignore: map[string][]byte{}}
	folders := []string{"."}
	for dir := rel; dir != "."; dir = filepath.Dir(dir) {
		folders = append(folders, dir)
	}
	for _, c := range clusters {
		folders = append(folders, filepath.Join(rel, c.Spec.Name))
	}
	for _, dir := range folders {
		name := filepath.Join(dir, ".gitignore")
		if content, err := os.ReadFile(filepath.Join(root, name)); err == nil {
			repo.Ignore[filepath.ToSlash(name)] = content
		}
	}
	return repo
}

// gitRoot is the nearest folder, from here upwards, that Git keeps.
func gitRoot() (string, bool) {
	dir, err := os.Getwd()
	if err != nil {
		return "", false
	}
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir, true
		}
		if dir == filepath.Dir(dir) {
			return "", false
		}
		dir = filepath.Dir(dir)
	}
}
