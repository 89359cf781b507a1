// Package starter begins clusters and repositories: in come a name, and answers or a reference cluster; out come the files of the
// cluster's folder below overlays/, and those that a repository of definitions has around it.
package starter

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// overlays is the folder of the definitions, seen from the repository's root.
const overlays = "overlays"

// File is one that is to be written.
type File struct {
	Path    string // slash-separated, as seen from the repository's root
	Content []byte
}

// Write writes files below root, all or none. It overwrites nothing: a file that is there is an error.
func Write(root string, files []File) (err error) {
	var made []string
	defer func() {
		if err == nil {
			return
		}
		for _, path := range slices.Backward(made) {
			os.Remove(path)
		}
	}()
	for _, file := range files {
		path := filepath.Join(root, filepath.FromSlash(file.Path))
		folders, err := makeFolder(filepath.Dir(path))
		made = append(made, folders...)
		if err != nil {
			return err
		}
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err != nil {
			return fmt.Errorf("write %s: %w", file.Path, err)
		}
		made = append(made, path)
		_, err = f.Write(file.Content)
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("write %s: %w", file.Path, err)
		}
	}
	return nil
}

// makeFolder makes a folder and those above it, and gives those that it made.
func makeFolder(dir string) (made []string, err error) {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if made, err = makeFolder(filepath.Dir(dir)); err != nil {
		return made, err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return made, err
	}
	return append(made, dir), nil
}
