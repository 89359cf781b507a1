package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// rewrite is a change of files that people keep below overlays/.
type rewrite struct {
	paths    []string
	contents [][]byte
}

func (r *rewrite) add(path string, content []byte) {
	r.paths = append(r.paths, path)
	r.contents = append(r.contents, content)
}

// run names the files, and writes them unless it is to check alone.
func (r *rewrite) run(w io.Writer, check bool) error {
	for i, path := range r.paths {
		if !check {
			if err := replaceFile(path, r.contents[i]); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(w, path); err != nil {
			return err
		}
	}
	if check && len(r.paths) > 0 {
		return exitError(exitDiffers)
	}
	return nil
}

// replaceFile gives a file other content: at every moment it is there as a whole, with the mode that it had.
func replaceFile(path string, content []byte) (err error) {
	mode := os.FileMode(0o644)
	if info, err := os.Lstat(path); err == nil {
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s is no regular file", path)
		}
		mode = info.Mode().Perm()
	}
	draft, err := os.CreateTemp(filepath.Dir(path), ".khagen-*") // whose names all commands pass over
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(draft.Name())
		}
	}()
	_, err = draft.Write(content)
	if err == nil {
		err = draft.Chmod(mode)
	}
	if err == nil {
		err = draft.Sync()
	}
	if err = errors.Join(err, draft.Close()); err != nil {
		return err
	}
	return os.Rename(draft.Name(), path)
}
