package overlay

import (
	"io/fs"
	"path"
	"strings"
)

// unread reports YAML in a cluster's folder that nothing names: it would be passed over without a word.
func (r *repository) unread(cluster string) {
	err := fs.WalkDir(r.root.FS(), cluster, func(name string, entry fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case name == cluster:
			return nil
		case strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || name == path.Join(cluster, "files"):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if isYAML := strings.HasSuffix(base, ".yaml") || strings.HasSuffix(base, ".yml"); entry.IsDir() || !isYAML || name == path.Join(cluster, "cluster.yaml") {
			return nil
		}
		if _, read := r.read[name]; !read {
			r.report(r.position(name, nil), "nothing reads this file: no kustomization names it", "list it under patches, or under resources in "+objectsFolder+"/"+kustomizationName+", or take it away")
		}
		return nil
	})
	if err != nil {
		r.report(r.position(cluster, nil), err.Error(), "")
	}
}
