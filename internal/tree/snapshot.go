package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Snapshot is one state of a cluster's tree: what its manifests say, and the files behind them.
type Snapshot struct {
	Name    string      // of the cluster
	Cluster *Manifest   // nil where the tree has no such cluster
	Hosts   []*Manifest // in natural order of their names

	read func(path string) ([]byte, error)
}

// Read gives a file by its path below out/<cluster>/; fs.ErrNotExist where the tree hasn't got it.
func (s *Snapshot) Read(path string) ([]byte, error) { return s.read(path) }

// Host gives a host's manifest, nil where the tree has no such host.
func (s *Snapshot) Host(name string) *Manifest {
	i, ok := slices.BinarySearchFunc(s.Hosts, name, func(m *Manifest, name string) int { return compareNatural(m.Host, name) })
	if !ok {
		return nil
	}
	return s.Hosts[i]
}

// Snapshot reads the manifests of a cluster's folder. One without a folder is empty.
func (f *Folder) Snapshot(cluster string) (*Snapshot, error) {
	dir := filepath.Join(f.dir, cluster)
	s := &Snapshot{Name: cluster, read: func(p string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, filepath.FromSlash(p))) }}
	own, err := s.manifest("")
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	} else if err != nil {
		return nil, err
	}
	s.Cluster = own
	entries, err := os.ReadDir(filepath.Join(dir, "hosts"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		m, err := s.manifest(e.Name())
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%s has no manifest.json", filepath.Join(dir, "hosts", e.Name()))
		}
		if err != nil {
			return nil, err
		}
		s.Hosts = append(s.Hosts, m)
	}
	s.sort()
	return s, nil
}

// manifest reads that of a host, or of the cluster where host is "".
func (s *Snapshot) manifest(host string) (*Manifest, error) {
	place := manifestName
	if host != "" {
		place = path.Join("hosts", host, manifestName)
	}
	content, err := s.Read(place)
	if err != nil {
		return nil, err
	}
	m, intact := ReadManifest(content)
	if !intact || m.Host != host || m.Cluster != s.Name {
		return nil, fmt.Errorf("%s of cluster %s can't be read as one of khagen's: run khagen build there", place, s.Name)
	}
	return m, nil
}

func (s *Snapshot) sort() {
	slices.SortFunc(s.Hosts, func(a, b *Manifest) int { return compareNatural(a.Host, b.Host) })
}

// Before is the state that the plan was compared with. It can be called until the plan is committed.
func (p *Plan) Before() (*Snapshot, error) { return p.folder.Snapshot(p.Cluster) }

// After is the state that the plan leads to; empty where it takes the cluster away.
func (p *Plan) After() (*Snapshot, error) { return SnapshotOf(p.Cluster, p.files) }

// SnapshotOf is the state that a cluster's rendered files make, its manifests among them.
func SnapshotOf(cluster string, files []File) (*Snapshot, error) {
	contents := make(map[string][]byte, len(files))
	s := &Snapshot{Name: cluster}
	for i := range files {
		contents[files[i].TreePath()] = files[i].Content
	}
	s.read = func(p string) ([]byte, error) {
		if content, ok := contents[p]; ok {
			return content, nil
		}
		return nil, &fs.PathError{Op: "read", Path: p, Err: fs.ErrNotExist}
	}
	var err error
	for i := range files {
		if f := &files[i]; f.Kind != KindManifest {
			continue
		} else if f.Host == "" {
			s.Cluster, err = s.manifest("")
		} else {
			var m *Manifest
			m, err = s.manifest(f.Host)
			s.Hosts = append(s.Hosts, m)
		}
		if err != nil {
			return nil, err
		}
	}
	s.sort()
	return s, nil
}
