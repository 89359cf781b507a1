package tree

import (
	"os"
	"strings"
)

// narrow finds the deepest folder below which all changes lie, so that a change of one host needs no new folder for
// each of the others.
func (s *stage) narrow(changes []Change) {
	s.base = commonFolder(changes[0].Path, changes[len(changes)-1].Path)
	for {
		if s.exists = isFolder(s.place(s.base)); s.exists || s.base == "" {
			return
		}
		parent := parentOf(s.base)
		if isFolder(s.place(parent)) {
			return
		}
		s.base = parent
	}
}

// widen finds out whether the folder goes, and takes those above it along that hold nothing else: Git keeps no empty
// folders, so khagen doesn't either.
func (s *stage) widen() error {
	entries, err := os.ReadDir(s.path(s.base))
	if err != nil && !missing(err) {
		return err
	}
	s.empty = len(entries) == 0
	for s.empty && s.base != "" {
		entries, err := os.ReadDir(s.place(parentOf(s.base)))
		if err != nil {
			return err
		}
		if len(entries) > 1 {
			break
		}
		s.base = parentOf(s.base)
	}
	return nil
}

// commonFolder gives the deepest folder that two files share.
func commonFolder(a, b string) string {
	a, b = parentOf(a), parentOf(b)
	for a != b {
		if len(a) > len(b) {
			a = parentOf(a)
		} else {
			b = parentOf(b)
		}
	}
	return a
}

// parentOf gives the folder of a file or folder, "" at the top.
func parentOf(path string) string { return path[:max(0, strings.LastIndexByte(path, '/'))] }

func isFolder(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}
