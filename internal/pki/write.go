package pki

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// staging is where files are complete before they are put in their places. It lies beside the hosts' folders, not in
// them: what a crash leaves here is copied nowhere.
const staging = ".new"

// write puts the fresh files in their places, one by one and in their order: a key before its certificate. Each is there
// as a whole or not at all, and takes the place of another only where the draft says so.
func (d *draft) write() (written []string, err error) {
	if len(d.order) == 0 {
		if len(d.old) > 0 {
			err = d.ignore()
		}
		return nil, err
	}
	if err := d.makeRoot(); err != nil {
		return nil, err
	}
	if err := folder(d.Dir(), 0o700); err != nil {
		return nil, err
	}
	if !d.locked {
		unlock, err := lock(d.Dir())
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, unlock()) }()
	}
	stage := d.name(staging)
	if err := os.RemoveAll(stage); err != nil {
		return nil, err
	}
	if err := os.Mkdir(stage, 0o700); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(stage)) }()
	for i, p := range d.order {
		if err := d.stage(d.staged(i), d.fresh[p]); err != nil {
			return nil, err
		}
	}
	for i, p := range d.order {
		if err := d.place(d.staged(i), p); err != nil {
			return written, err
		}
		written = append(written, d.name(p))
	}
	return written, nil
}

func (d *draft) staged(i int) string { return d.name(path.Join(staging, fmt.Sprint(i))) }

// stage writes a file where nobody reads it yet.
func (d *draft) stage(name string, f file) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.mode)
	if err != nil {
		return err
	}
	_, err = out.Write(f.content)
	if err == nil {
		err = out.Chmod(f.mode) // whatever the umask
	}
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// place gives a staged file its name.
func (d *draft) place(staged, p string) error {
	target := d.name(p)
	if err := d.makeFolders(path.Dir(p)); err != nil {
		return err
	}
	if d.replace {
		return os.Rename(staged, target)
	}
	if err := os.Link(staged, target); err == nil { // unlike a rename, never over another file
		return os.Remove(staged)
	}
	if _, err := os.Lstat(target); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(staged, target) // a file system without hard links; the lock keeps others out
	}
	return fmt.Errorf("%s: is there now, and wasn't before: another khagen pki is at work; run it again", target)
}

// makeFolders makes the folders of a file. Those that stand for the host's own are open, so that a copy that keeps modes
// closes none there; the ones around them are not.
func (d *draft) makeFolders(dir string) error {
	if dir == "." {
		return nil
	}
	parts := strings.Split(dir, "/")
	for i := range parts {
		mode := fs.FileMode(0o700)
		if i >= 2 { // hosts/HOST/rootfs
			mode = 0o755
		}
		if err := folder(d.name(path.Join(parts[:i+1]...)), mode); err != nil {
			return err
		}
	}
	return nil
}

// folder makes a folder where there is none.
func folder(name string, mode fs.FileMode) error {
	err := os.Mkdir(name, mode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Chmod(name, mode) // whatever the umask
}

// makeRoot makes the folder of all clusters, and has Git ignore it.
func (d *draft) makeRoot() error {
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(d.Root)), 0o755); err != nil {
		return err
	}
	if err := folder(d.Root, 0o700); err != nil {
		return err
	}
	return d.ignore()
}
