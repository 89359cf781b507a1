package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// apart refuses an out/ that is, holds or lies in the folder of the definitions: trees would stand among them.
func apart(out string) error {
	definitions, err := existing(overlays)
	if err != nil {
		return err
	}
	overlap, err := relation(out, definitions)
	if err != nil || overlap == "" {
		return err
	}
	return fmt.Errorf("--out %s: %s the folder of the definitions, %s/; rendered trees need a folder of their own", out, overlap, overlays)
}

// relation says how a folder and another overlap; empty where they don't.
func relation(dir string, other location) (string, error) {
	place, err := existing(dir)
	if err != nil {
		return "", err
	}
	switch whole := place.rest == ""; {
	case whole && os.SameFile(place.info, other.info):
		return "is", nil
	case whole && other.below(place.info):
		return "contains", nil
	case os.SameFile(place.info, other.info) || place.below(other.info):
		return "lies in", nil
	}
	return "", nil
}

// location is the part of a path that exists, symbolic links resolved.
type location struct {
	path string // absolute
	info fs.FileInfo
	rest string // what does not exist yet
}

// existing locates a path, of which the end may be missing.
func existing(path string) (location, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return location{}, err
	}
	rest := ""
	for {
		resolved, err := filepath.EvalSymlinks(abs)
		if err == nil {
			info, err := os.Stat(resolved)
			return location{resolved, info, rest}, err
		}
		if !errors.Is(err, fs.ErrNotExist) || abs == filepath.Dir(abs) {
			return location{}, err
		}
		abs, rest = filepath.Dir(abs), filepath.Join(filepath.Base(abs), rest)
	}
}

// below tells whether one of the folders above is this one. Folders are compared, not their names: on some systems
// names that differ in case are one.
func (l location) below(folder fs.FileInfo) bool {
	for dir := filepath.Dir(l.path); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && os.SameFile(info, folder) {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}
