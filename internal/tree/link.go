package tree

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// linkOld takes over what stays: a hard link for each file keeps content, inode and times.
func (s *stage) linkOld() error {
	d, err := openFolder(s.place(""))
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(s.base, "/") {
		if name == "" {
			continue
		}
		sub, err := d.open(name)
		d.close()
		if err != nil {
			return err
		}
		d = sub
	}
	defer d.close()
	return s.linkFolder(d, s.base)
}

func (s *stage) linkFolder(d *folder, rel string) error {
	entries, err := d.list()
	if err != nil {
		return err
	}
	if len(entries) == 0 && rel != s.base { // not khagen's: it leaves no empty folders
		return s.mkdirAll(s.path(rel))
	}
	if rel == "hosts" {
		errs := make([]error, len(entries))
		parallel(workersFor(len(entries)), len(entries), func(_, i int) { errs[i] = s.linkEntry(d, rel, entries[i], new(bool)) })
		return errors.Join(errs...)
	}
	var made bool
	for _, e := range entries {
		if err := s.linkEntry(d, rel, e, &made); err != nil {
			return err
		}
	}
	return nil
}

// linkEntry takes over one entry of a folder; made says whether the new folder is there yet.
func (s *stage) linkEntry(d *folder, rel string, e fs.DirEntry, made *bool) error {
	path := e.Name()
	if rel != "" {
		path = rel + "/" + path
	}
	if _, ok := s.changes[path]; ok { // also a folder that becomes a file
		return nil
	}
	if e.IsDir() {
		sub, err := d.open(e.Name())
		if err != nil {
			return err
		}
		defer sub.close()
		return s.linkFolder(sub, path)
	}
	if !*made {
		if err := s.mkdirAll(s.path(rel)); err != nil {
			return err
		}
		*made = true
	}
	from, to := s.place(path), s.path(path)
	if err := os.Link(from, to); err != nil {
		return s.copy(from, to, err)
	}
	return nil
}

// copy takes over a file that can't be linked: another user's where the kernel protects those, or in a file system
// without links.
func (s *stage) copy(from, to string, linkErr error) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	switch {
	case info.Mode().Type() == fs.ModeSymlink:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case !info.Mode().IsRegular():
		return fmt.Errorf("take over a file that khagen didn't write: %w", linkErr)
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(info.Mode().Perm()), out.Close())
}
