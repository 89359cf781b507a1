package tree

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// folder is a folder of the tree.
type folder struct{ path string }

// openFolder opens a folder by its path, links followed: out/ may well be one.
func openFolder(path string) (*folder, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, errors.New(path + ": is not a folder")
	}
	return &folder{path}, nil
}

// open opens a folder inside. A symbolic link, a junction or a mount point is an error.
func (f *folder) open(name string) (*folder, error) {
	path := f.place(name)
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Type() != fs.ModeDir {
		return nil, errors.New(path + ": is a link or not a folder; khagen does not write through it")
	}
	return &folder{path}, nil
}

// list gives the entries in the order of their names.
func (f *folder) list() ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(f.path)
	sortEntries(entries)
	return entries, err
}

// compare tells whether the regular file name holds content. Windows has no execute bit that could differ.
func (f *folder) compare(name string, content []byte, _ bool, buf []byte) (sameContent, sameMode bool, _ []byte, err error) {
	got, err := os.ReadFile(f.place(name))
	if err != nil {
		return false, false, buf, err
	}
	return bytes.Equal(got, content), true, buf, nil
}

// linked tells whether a file has other names too, which on Windows nobody asks: folders are never exchanged there.
func (f *folder) linked(string) (bool, error) { return true, nil }

// remove removes a file, or an empty folder.
func (f *folder) remove(name string, _ bool) error { return os.Remove(f.place(name)) }

// place gives the path of what is called name in the folder.
func (f *folder) place(name string) string { return filepath.Join(f.path, name) }

func (f *folder) close() {}
