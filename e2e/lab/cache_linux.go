package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/khagen/khagen/e2e/rendered"
)

// Cache is the folder of what tests keep from one run to the next, which setup.sh shares between the clones of a machine by a link:
// the table of mounts wouldn't say that it is one.
func Cache() (string, error) {
	repository, err := rendered.Repository()
	if err != nil {
		return "", err
	}
	folder, err := filepath.EvalSymlinks(filepath.Join(repository, "e2e/.cache/shared"))
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("e2e/setup.sh makes what isn't there: %w", err)
	}
	return folder, err
}

// Programs is the folder of the programs that a module below e2e/tools builds, whether they are there or not.
func Programs(module string) (string, error) {
	repository, err := rendered.Repository()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(repository, "e2e/.cache/bin", module)
	if there, err := filepath.EvalSymlinks(folder); err == nil {
		return there, nil
	}
	return folder, nil
}

// Once gives a folder that is kept from one run to the next, and makes it where it isn't there yet. Its name has to tell all
// that it is made of. It is there whole or not at all.
func Once(name string, fill func(folder string) error) (string, error) {
	folder, err := Cache()
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, name)
	return path, once(path, func(partial string) error {
		if err := os.Mkdir(partial, 0o755); err != nil {
			return err
		}
		return fill(partial)
	})
}

// forgotten is when something that is kept goes, after nobody has asked for it.
const forgotten = 30 * 24 * time.Hour

func once(path string, fill func(partial string) error) error {
	// Whose lock is young is in use. Who comes second waits for it, and finds it made.
	if err := errors.Join(os.WriteFile(path+".lock", nil, 0o644), os.Chtimes(path+".lock", time.Time{}, time.Now())); err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	making, err := Lock(path+".lock", true)
	if err != nil {
		return err
	}
	defer making.Close()
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	forget(filepath.Dir(path))
	partial := path + ".partial"
	if err := removeAll(partial); err != nil { // what a killed run left
		return err
	}
	if err := fill(partial); err != nil {
		return errors.Join(err, removeAll(partial))
	}
	return os.Rename(partial, path)
}

// forget removes what once has made and nobody has asked for since, as far as it may: another user's, or what something is mounted in,
// stays. A lab doesn't say that it runs from an image; it asks for it when it starts.
func forget(folder string) {
	locks, _ := filepath.Glob(filepath.Join(folder, "*.lock"))
	for _, path := range locks {
		lock, err := Lock(path, false)
		if err != nil {
			continue // it is being made
		}
		if info, err := lock.Stat(); err == nil && time.Since(info.ModTime()) > forgotten {
			made := strings.TrimSuffix(path, ".lock")
			if removeAll(made+".partial") == nil && os.Rename(made, made+".partial") == nil {
				_ = removeAll(made + ".partial")
			}
		}
		lock.Close()
	}
}

// removeAll is os.RemoveAll for folders that something may be mounted in: then it removes nothing.
func removeAll(path string) error {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(mounts)) {
		if fields := strings.Fields(line); len(fields) > 4 && (fields[4] == path || strings.HasPrefix(fields[4], path+"/")) {
			return fmt.Errorf("%s is not removed: something is mounted on %s: %w", path, fields[4], fs.ErrExist)
		}
	}
	return os.RemoveAll(path)
}
