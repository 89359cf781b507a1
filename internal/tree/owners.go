package tree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// owners knows which files of a cluster's folder khagen wrote: those that its manifests list, and the manifests.
type owners struct {
	dir         string
	interrupted map[string]bool // files that an interrupted build was about to write
	once        sync.Once
	paths       map[string]bool
	err         error
}

// owns tells whether khagen wrote a file. It is asked only about files that differ or aren't wanted, so that manifests
// are read only where something changed.
func (w *walker) owns(path string) bool {
	if isManifest(path) || w.interrupted[path] {
		return true
	}
	w.once.Do(func() { w.paths, w.err = listed(w.dir, "") })
	if w.err != nil {
		w.problem(w.err)
		return false
	}
	if w.paths[path] {
		return true
	}
	host := hostOf(path)
	if host == "" {
		return false
	}
	if !w.forHost || w.host != host {
		owned, err := listed(w.dir, host)
		if err != nil {
			w.problem(err)
		}
		w.host, w.owned, w.forHost = host, owned, true
	}
	return w.owned[path]
}

// listed reads the manifest of a host, or the cluster's where host is "", and gives the places of its files.
// A missing one lists nothing.
func listed(dir, host string) (map[string]bool, error) {
	name := filepath.Join(dir, manifestName)
	if host != "" {
		name = filepath.Join(dir, "hosts", host, manifestName)
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m, _ := ReadManifest(data)
	paths := map[string]bool{}
	for _, p := range m.treePaths(host) {
		paths[p] = true
	}
	return paths, nil
}
