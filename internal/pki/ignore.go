package pki

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ignoreFile is what keeps all keys out of Git.
const ignoreFile = ".gitignore"

// ignored says whether the folder of all clusters has such a file, and whether that leaves nothing to Git.
func (f *Folder) ignored() (there, all bool, err error) {
	content, err := os.ReadFile(filepath.Join(f.Root, ignoreFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, false, nil
	}
	for line := range strings.Lines(string(content)) {
		switch line = strings.TrimRight(line, " \r\n"); {
		case slices.Contains([]string{"*", "/*", "**"}, line):
			all = true
		case strings.HasPrefix(line, "!") && strings.TrimPrefix(line[1:], "/") != ignoreFile: // the last line that matches counts
			all = false
		}
	}
	return err == nil, all, err
}

// fit refuses a folder in which keys could be committed, and one that is for something else: making Git ignore it would
// hide what belongs there.
func (f *Folder) fit() error {
	switch there, all, err := f.ignored(); {
	case err != nil || all:
		return err
	case there:
		return fmt.Errorf("%s: doesn't ignore everything below it, so that keys could be committed: make it one line, *, or choose another folder with --pki",
			filepath.Join(f.Root, ignoreFile))
	}
	entries, err := os.ReadDir(f.Root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ignoreFile) && !ofCluster(filepath.Join(f.Root, entry.Name())) {
			return fmt.Errorf("%s: holds %s, which is no cluster's folder of khagen pki: choose another folder with --pki (or put a %s with one line, *, there)",
				f.Root, entry.Name(), ignoreFile)
		}
	}
	return err
}

// ofCluster says whether a folder has nothing but what a cluster's has, or is brought by people there.
func ofCluster(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(entries, func(entry fs.DirEntry) bool {
		if entry.IsDir() {
			return entry.Name() != "hosts" && entry.Name() != staging
		}
		known := []string{".crt", ".key", ".pub", ".kubeconfig", ".pem", ".csr", ".srl"}
		return !slices.Contains(known, filepath.Ext(entry.Name()))
	})
}

// ignore has Git ignore the folder of all clusters, where nothing does yet. The file appears as a whole: another khagen
// pki may look at it.
func (d *draft) ignore() error {
	if there, _, err := d.ignored(); err != nil || there {
		return err
	}
	out, err := os.CreateTemp(d.Root, ignoreFile)
	if err != nil {
		return err
	}
	_, err = out.WriteString("# Made by khagen pki: keys are never committed.\n*\n")
	name := filepath.Join(d.Root, ignoreFile)
	if err = errors.Join(err, out.Chmod(modePublic), out.Close()); err == nil {
		err = os.Rename(out.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	if len(d.old) > 0 {
		d.note("%s: was missing beside keys: see that Git has none of them (git ls-files %s)", name, d.Root)
	}
	return nil
}

// unignored is the finding about a folder in which keys could be committed.
func (f *Folder) unignored() ([]Finding, error) {
	one := Finding{File: filepath.Join(f.Root, ignoreFile), Must: true}
	switch there, all, err := f.ignored(); {
	case err != nil || all:
		return nil, err
	case there:
		one.Problem, one.Mend = "doesn't ignore everything below it, so that keys could be committed", "make it one line, *"
	default:
		one.Problem, one.Mend = "is missing, so that keys could be committed", f.initCommand()
	}
	return []Finding{one}, nil
}
