package schema

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

const (
	filesName  = "files"  // the folder of files that definitions name, and of those that hosts get by themselves
	rootfsName = "rootfs" // the part of a level that is laid out as on the host
)

// levelNames are the folders of files/ that bring files to hosts.
var levelNames = []string{"all", "roles", "hosts"}

// strayFiles reports what lies in a folder files/ as if it came to hosts, and doesn't. Definitions name other files of the cluster's
// own folder, of none above it.
func (s *search) strayFiles(dir string, inCluster bool) {
	for _, entry := range s.entries(dir) {
		name, path := entry.Name(), filepath.Join(dir, entry.Name())
		switch {
		case slices.Contains(levelNames, name):
			s.strayLevels(path, name)
		case !inCluster && (name == cueName || name == yamlName):
			s.report(path, "a folder called files/ holds files, it can't be a cluster", "give the folder another name")
		case !isFolder(path):
		case name == rootfsName:
			s.report(path, "these files have no level, so no host gets them", "move it to files/all/rootfs, files/roles/ROLE/rootfs or files/hosts/HOST/rootfs")
		case bringsRootfs(path):
			s.report(path, "no host gets these files: "+name+" is no level", orNear(name, levelNames, "want files/all/rootfs, files/roles/ROLE/rootfs or files/hosts/HOST/rootfs"))
		case !inCluster:
			s.report(path, "nobody reads this folder", orNear(name, levelNames, "above clusters, files/ has the folders all, roles and hosts"))
		}
	}
}

// strayLevels reports what lies beside the rootfs/ of a level.
func (s *search) strayLevels(path, name string) {
	if !s.folder(path) {
		return
	}
	if name == "all" {
		s.besideRootfs(path)
		return
	}
	for _, entry := range s.entries(path) {
		if level := filepath.Join(path, entry.Name()); s.folder(level) {
			s.besideRootfs(level)
		}
	}
}

func (s *search) besideRootfs(level string) {
	for _, entry := range s.entries(level) {
		path := filepath.Join(level, entry.Name())
		if entry.Name() != rootfsName {
			s.report(path, "no host gets this", "what hosts get lies in "+filepath.Join(level, rootfsName))
			continue
		}
		s.folder(path)
	}
}

// folder says whether path is one, and reports what is something else.
func (s *search) folder(path string) bool {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		s.report(path, "can't be read: "+reason(err), "")
	case info.Mode()&fs.ModeSymlink != 0 && isFolder(path):
		s.report(path, "a symbolic link to a folder", "make it a folder; what clusters share goes into files/ of a folder above them")
	case !info.IsDir():
		s.report(path, "no folder, so no host gets this", "files of hosts lie in files/all/rootfs, files/roles/ROLE/rootfs and files/hosts/HOST/rootfs")
	default:
		return true
	}
	return false
}

// entries of a folder, without what editors and the like leave there.
func (s *search) entries(dir string) []fs.DirEntry {
	entries, err := os.ReadDir(dir)
	if err != nil {
		s.report(dir, "not a readable folder: "+reason(err), "")
	}
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return leftover(e.Name()) })
}

// hasLevels says whether a folder would bring files to hosts.
func hasLevels(dir string) bool {
	return slices.ContainsFunc(levelNames, func(name string) bool { return isFolder(filepath.Join(dir, name)) })
}

// bringsRootfs says whether a folder, or one in it, has a rootfs/.
func bringsRootfs(dir string) bool {
	if isFolder(filepath.Join(dir, rootfsName)) {
		return true
	}
	entries, err := os.ReadDir(dir)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return isFolder(filepath.Join(dir, e.Name(), rootfsName)) })
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
