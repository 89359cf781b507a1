package export

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// Folder writes the files below a folder that isn't there or is empty: all of them or none. With owners it gives each its
// owner as well, which only root can; root keeps what belongs to users and groups that this machine doesn't know.
func (e *Export) Folder(dir string, owners bool) (err error) {
	dir = filepath.Clean(dir)
	entries, err := os.ReadDir(dir)
	switch {
	case len(entries) > 0:
		return fmt.Errorf("%s: is not empty, and has %s: name a new folder", dir, entries[0].Name())
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	draft, err := os.MkdirTemp(filepath.Dir(dir), ".khagen-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(draft))
		}
	}()
	for _, entry := range e.entries() {
		if err := entry.write(draft, owners); err != nil {
			return err
		}
	}
	if err := os.Chmod(draft, 0o755); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(draft, dir)
}

// write puts a file or folder below root. It is nobody else's to read before it has its mode.
func (f *entry) write(root string, owners bool) error {
	place := filepath.Join(root, filepath.FromSlash(f.Path))
	var err error
	if f.folder {
		err = os.Mkdir(place, 0o700)
	} else {
		err = os.WriteFile(place, f.Content, 0o600)
	}
	if err != nil {
		return err
	}
	if owners {
		uid, _ := Owner{Name: f.Owner}.lookUp() // root's 0 where it isn't known
		gid, _ := Owner{Name: f.Group, Group: true}.lookUp()
		if err := os.Lchown(place, uid, gid); err != nil {
			return err
		}
	}
	return os.Chmod(place, f.Mode)
}

// KnownHere says whether this machine has the user or group.
func (o Owner) KnownHere() bool {
	_, err := o.lookUp()
	return err == nil
}

// lookUp gives its number on this machine.
func (o Owner) lookUp() (int, error) {
	if n, err := strconv.Atoi(o.Name); err == nil {
		return n, nil
	}
	if o.Group {
		g, err := user.LookupGroup(o.Name)
		if err != nil {
			return 0, err
		}
		return strconv.Atoi(g.Gid)
	}
	u, err := user.Lookup(o.Name)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(u.Uid)
}
