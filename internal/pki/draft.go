package pki

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// draft is a folder in memory: what is there, and what is to be written. Everything is made and judged here before the
// first file is touched. Paths are slash-separated and seen from the cluster's folder.
type draft struct {
	*Folder
	*wanted
	old   map[string]file
	fresh map[string]file
	order []string // of fresh
	stale []string // what hosts' folders have besides

	locked   bool // no other run changes the folder
	replace  bool // fresh files may take the place of old ones
	notes    []string
	known    map[string]*authority
	unsigned map[string][]string // files that an authority without its key would have to sign
}

// file is a file's content and mode.
type file struct {
	content []byte
	mode    fs.FileMode
}

// Modes of files.
const (
	modeSecret fs.FileMode = 0o600
	modePublic fs.FileMode = 0o644
)

// draft reads the folder. What can't be read is an error: nobody knows what it is, so nothing may be made beside it.
func (f *Folder) draft() (*draft, error) {
	w, err := want(f.Cluster)
	if err != nil {
		return nil, err
	}
	d := &draft{
		Folder: f, wanted: w, old: map[string]file{}, fresh: map[string]file{},
		known: map[string]*authority{}, unsigned: map[string][]string{},
	}
	for _, dir := range []string{f.Root, f.Dir()} { // once, not for each file below
		if info, err := os.Stat(dir); err == nil && !info.IsDir() {
			return nil, fmt.Errorf("%s: is no folder", dir)
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	wanted := w.paths()
	var errs []error
	for _, path := range slices.Sorted(maps.Keys(wanted)) {
		errs = append(errs, d.read(path))
	}
	hosts := f.name("hosts")
	errs = append(errs, filepath.WalkDir(hosts, func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == hosts {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(f.Dir(), name)
		if rel = filepath.ToSlash(rel); !wanted[rel] {
			d.stale = append(d.stale, rel)
		}
		return err
	}))
	return d, errors.Join(errs...)
}

// draftToWrite reads a folder in which keys may be put.
func (f *Folder) draftToWrite() (*draft, error) {
	d, err := f.draft()
	if err != nil {
		return nil, err
	}
	return d, f.fit()
}

// paths are those of all files that the definition asks for.
func (w *wanted) paths() map[string]bool {
	paths := map[string]bool{}
	for _, a := range w.authorities {
		paths[a+".crt"], paths[a+".key"] = true, true
	}
	if w.serviceAccount {
		paths[serviceAccountKey], paths[serviceAccountPub] = true, true
	}
	for _, k := range w.kubeconfigs {
		paths[k.path] = true
	}
	for _, l := range w.leaves {
		paths[l.path+".crt"], paths[l.path+".key"] = true, true
	}
	for _, s := range w.shared {
		paths[s.path] = true
	}
	return paths
}

func (d *draft) read(path string) error {
	name := d.name(path)
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: is no regular file", name)
	}
	content, err := os.ReadFile(name)
	d.old[path] = file{content, info.Mode()}
	return err
}

// get gives what a file has after the draft is written.
func (d *draft) get(path string) ([]byte, bool) {
	if f, ok := d.fresh[path]; ok {
		return f.content, true
	}
	f, ok := d.old[path]
	return f.content, ok
}

func (d *draft) has(path string) bool {
	_, ok := d.get(path)
	return ok
}

// put plans a file. Files are written in the order in which they were put first.
func (d *draft) put(path string, content []byte, mode fs.FileMode) {
	if _, ok := d.fresh[path]; !ok {
		d.order = append(d.order, path)
	}
	d.fresh[path] = file{content, mode}
}

// note keeps what people have to know, once.
func (d *draft) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(d.notes, text) {
		d.notes = append(d.notes, text)
	}
}

// problem is an error about a file of the folder.
func (d *draft) problem(path, format string, args ...any) error {
	return fmt.Errorf("%s: %w", d.name(path), fmt.Errorf(format, args...))
}

// secret says whether a file may be read by its owner only.
func secret(path string) bool {
	return slices.Contains([]string{".key", ".kubeconfig", ".conf"}, filepath.Ext(path))
}

// secrets are the files of the folder that hold a key, in the order of their paths.
func (d *draft) secrets() []string {
	paths := slices.DeleteFunc(slices.Collect(maps.Keys(d.old)), func(path string) bool { return !secret(path) })
	slices.Sort(paths)
	return paths
}
