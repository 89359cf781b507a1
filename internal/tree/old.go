package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// removeOld removes a folder that was swapped out. A file in it that has no other name and that the plan didn't know
// came, or was saved anew by an editor, after the cluster was staged: it is carried over now.
func (s *stage) removeOld() error {
	old := s.path(s.base)
	if s.empty {
		old = s.gone()
	}
	root, err := openFolder(old)
	if err != nil {
		return err
	}
	defer root.close()
	if err := s.removeFolder(root, s.base); err != nil {
		return err
	}
	return os.Remove(old)
}

func (s *stage) removeFolder(d *folder, rel string) error {
	entries, err := d.list()
	if err != nil {
		return err
	}
	errs := make([]error, len(entries))
	workers := 1
	if rel == "hosts" {
		workers = workersFor(len(entries))
	}
	parallel(workers, len(entries), func(_, i int) { errs[i] = s.removeEntry(d, rel, entries[i]) })
	return errors.Join(errs...)
}

func (s *stage) removeEntry(d *folder, rel string, e fs.DirEntry) error {
	path := e.Name()
	if rel != "" {
		path = rel + "/" + path
	}
	if e.IsDir() {
		sub, err := d.open(e.Name())
		if err != nil {
			return err
		}
		defer sub.close()
		if err := s.removeFolder(sub, path); err != nil {
			return err
		}
		return d.remove(e.Name(), true)
	}
	if op, ok := s.changes[path]; !ok || op == OpAdd {
		linked, err := d.linked(e.Name())
		if err != nil {
			return err
		}
		if !linked {
			return s.carry(d.place(e.Name()), path, op)
		}
	}
	return d.remove(e.Name(), false)
}

// carry moves a late file into the new folder; under another name where khagen has written that very path meanwhile.
func (s *stage) carry(from, path string, op Op) error {
	to := s.place(path)
	if op == OpAdd {
		to += ".orig"
	}
	err := os.MkdirAll(filepath.Dir(to), 0o755)
	if err == nil {
		err = os.Rename(from, to)
	}
	if err != nil {
		return fmt.Errorf("carry over a file that came while khagen was building: %w", err)
	}
	return nil
}
