package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/khagen/khagen/internal/rules"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// tryAdopted gives what vet will find in a definition that isn't written yet: it reads a copy of it and of the files above it.
func tryAdopted(folder string, text []byte) (problems []problem, err error) {
	root, err := os.MkdirTemp("", "khagen-adopt-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(root)) }()
	if err := copyAbove(root, folder); err != nil {
		return nil, err
	}
	dir := filepath.Join(root, folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := writeNew(filepath.Join(dir, "cluster.cue"), text); err != nil {
		return nil, err
	}
	cluster, err := understand(dir)
	if problems = mistakes(err, ""); problems == nil && err != nil {
		return nil, err
	}
	if cluster != nil {
		problems = found(rules.Check([]*topology.Cluster{cluster}, rules.Repo{}))
		if refused(problems) == nil {
			_, err := render(nil, cluster)
			problems = append(problems, mistakes(err, "")...)
		}
	}
	for i := range problems {
		problems[i].File = strings.TrimPrefix(problems[i].File, root+string(filepath.Separator))
		problems[i].Hint = strings.ReplaceAll(problems[i].Hint, root+string(filepath.Separator), "")
	}
	sortProblems(problems)
	return problems, nil
}

// copyAbove copies what CUE reads beside a cluster's own folder: the module's file, and the files of the folders above.
func copyAbove(root, folder string) error {
	module := filepath.Join(overlays, "cue.mod", "module.cue")
	content, err := os.ReadFile(module)
	if errors.Is(err, fs.ErrNotExist) {
		content, err = []byte(schema.ModuleFile), nil
	}
	if err != nil {
		return err
	}
	files := map[string][]byte{module: content}
	for dir := filepath.Dir(folder); dir != "."; dir = filepath.Dir(dir) {
		names, err := filepath.Glob(filepath.Join(dir, "*.cue"))
		if err != nil {
			return err
		}
		for _, name := range names {
			if files[name], err = os.ReadFile(name); err != nil {
				return err
			}
		}
	}
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := writeNew(path, content); err != nil {
			return err
		}
	}
	return nil
}
