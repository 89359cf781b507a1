package tree

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Prune plans the removal of each cluster that khagen wrote and that isn't among clusters any more; foreign files in it
// stay. A folder without a manifest of khagen's is left alone, but where it holds what would reach hosts, as a removed
// cluster's does in which foreign files stayed, its plan names these files.
func (f *Folder) Prune(clusters []string) ([]*Plan, error) {
	entries, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var plans []*Plan
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() || checkCluster(name) != nil || slices.Contains(clusters, name) {
			continue
		}
		p, err := f.pruned(name)
		if err != nil {
			return nil, err
		}
		if p != nil {
			plans = append(plans, p)
		}
	}
	return plans, nil
}

// pruned plans for one folder; nil where it is no cluster's.
func (f *Folder) pruned(name string) (*Plan, error) {
	dir := filepath.Join(f.dir, name)
	data, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if m, _ := ReadManifest(data); m.Cluster != "" {
		return f.Plan(name, nil)
	}
	foreign, err := strayFiles(dir)
	if err != nil || len(foreign) == 0 {
		return nil, err
	}
	return &Plan{Cluster: name, Foreign: foreign, dir: dir, exists: true, folder: f}, nil
}

// strayFiles finds what would reach hosts in a folder that is laid out as a cluster's.
func strayFiles(dir string) ([]string, error) {
	tree := os.DirFS(dir)
	hosts, err := foldersIn(tree, "hosts")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, host := range hosts {
		parts, err := foldersIn(tree, host)
		if err != nil {
			return nil, err
		}
		for _, part := range parts {
			err := fs.WalkDir(tree, part, func(name string, e fs.DirEntry, err error) error {
				if err == nil && !e.IsDir() && delivered(name) {
					found = append(found, name)
				}
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(found, comparePaths)
	return found, nil
}

// foldersIn gives the paths of the folders in a folder, which may be missing. Symbolic links are none.
func foldersIn(tree fs.FS, dir string) ([]string, error) {
	entries, err := fs.ReadDir(tree, dir)
	if err != nil && !missing(err) {
		return nil, err
	}
	var folders []string
	for _, e := range entries {
		if e.IsDir() {
			folders = append(folders, path.Join(dir, e.Name()))
		}
	}
	return folders, nil
}
