package tree

import (
	"cmp"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
)

// walker compares a folder with the files wanted in it. Each worker has one of its own.
type walker struct {
	*owners
	changes  []Change
	foreign  []string
	problems []error

	buf     []byte
	host    string          // the host whose manifest owned holds
	owned   map[string]bool // its files
	forHost bool            // host and owned are set
}

// pair is a name in a folder: what is there, and what is wanted there.
type pair struct {
	name  string
	entry fs.DirEntry // nil where there is nothing
	wants []want      // empty where nothing is wanted
	leaf  bool        // one file is wanted under this very name, not a folder
}

// pairs joins the entries of a folder with the wants below it, whose paths begin with the folder's in offset bytes.
func pairs(entries []fs.DirEntry, wants []want, offset int) []pair {
	list := make([]pair, 0, len(entries)+1)
	for len(entries) > 0 || len(wants) > 0 {
		if len(wants) == 0 {
			list = append(list, pair{name: entries[0].Name(), entry: entries[0]})
			entries = entries[1:]
			continue
		}
		name, n := child(wants, offset)
		p := pair{name: name, wants: wants[:n], leaf: len(wants[0].path) == offset+len(name)}
		if len(entries) > 0 && entries[0].Name() < name {
			list = append(list, pair{name: entries[0].Name(), entry: entries[0]})
			entries = entries[1:]
			continue
		}
		if len(entries) > 0 && entries[0].Name() == name {
			p.entry = entries[0]
			entries = entries[1:]
		}
		list = append(list, p)
		wants = wants[n:]
	}
	return list
}

// folder compares an open folder, whose path below the cluster's is rel, with the wants below it.
func (w *walker) folder(d *folder, rel string, wants []want) {
	entries, err := d.list()
	if err != nil {
		w.problem(err)
		return
	}
	offset := len(rel)
	if rel != "" {
		offset++
	}
	list := pairs(entries, wants, offset)
	if rel == "hosts" {
		w.hosts(d, list)
		return
	}
	for _, p := range list {
		w.pair(d, rel, p)
	}
}

// hosts compares the hosts of a cluster, several at once.
func (w *walker) hosts(d *folder, list []pair) {
	workers := make([]walker, workersFor(len(list)))
	parallel(len(workers), len(list), func(worker, i int) {
		workers[worker].owners = w.owners
		workers[worker].pair(d, "hosts", list[i])
	})
	for _, done := range workers {
		w.changes = append(w.changes, done.changes...)
		w.foreign = append(w.foreign, done.foreign...)
		w.problems = append(w.problems, done.problems...)
	}
	slices.SortFunc(w.problems, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
}

func (w *walker) pair(d *folder, rel string, p pair) {
	path := p.name
	if rel != "" {
		path = rel + "/" + p.name
	}
	switch {
	case p.entry == nil:
		w.add(p.wants)
	case p.leaf:
		w.file(d, path, p)
	case p.entry.IsDir():
		w.enter(d, path, p)
	case len(p.wants) > 0:
		w.blocked(path, p)
	case p.entry.Type().IsRegular() && w.owns(path):
		w.change(path, OpRemove, nil)
	default:
		w.foreign = append(w.foreign, path)
	}
}

// enter compares a folder inside.
func (w *walker) enter(d *folder, path string, p pair) {
	sub, err := d.open(p.name)
	if err != nil {
		w.problem(err)
		return
	}
	defer sub.close()
	w.folder(sub, path, p.wants)
}

// file compares what stands where one file is wanted.
func (w *walker) file(d *folder, path string, p pair) {
	file := p.wants[0].file
	switch {
	case p.entry.IsDir():
		before := len(w.foreign)
		w.enter(d, path, pair{name: p.name})
		if len(w.foreign) > before {
			w.problem(fmt.Errorf("%s: a folder with files that khagen didn't write (%s) where a file belongs; move them away",
				w.place(path), w.foreign[before]))
			return
		}
		w.change(path, OpAdd, file)
	case !p.entry.Type().IsRegular():
		w.problem(fmt.Errorf("%s: is %s; khagen does not write through it", w.place(path), kindOf(p.entry)))
	default:
		w.regular(d, path, p.name, file)
	}
}

// regular compares a regular file with the wanted one.
func (w *walker) regular(d *folder, path, name string, file *File) {
	exec := gitMode(file.Mode) == 0o755
	sameContent, sameMode, buf, err := d.compare(name, file.Content, exec, w.buf)
	w.buf = buf
	switch {
	case err != nil:
		w.problem(err)
	case sameContent && sameMode:
	case !w.owns(path):
		w.problem(fmt.Errorf("%s: khagen didn't write this file (no manifest lists it) and won't overwrite it; move it away%s",
			w.place(path), madeBy(file)))
	case sameContent:
		w.change(path, OpMode, file).Was = otherMode(file.Mode)
	case sameMode:
		w.change(path, OpChange, file).Was = gitMode(file.Mode)
	default:
		w.change(path, OpChange, file).Was = otherMode(file.Mode)
	}
}

func otherMode(mode fs.FileMode) fs.FileMode {
	if gitMode(mode) == 0o755 {
		return 0o644
	}
	return 0o755
}

// blocked handles something that is no folder where a folder is wanted.
func (w *walker) blocked(path string, p pair) {
	switch {
	case !p.entry.Type().IsRegular():
		w.problem(fmt.Errorf("%s: is %s; khagen does not write through it", w.place(path), kindOf(p.entry)))
	case !w.owns(path):
		w.problem(fmt.Errorf("%s: a file that khagen didn't write where a folder belongs; move it away", w.place(path)))
	default:
		w.change(path, OpRemove, nil)
		w.add(p.wants)
	}
}

func (w *walker) add(wants []want) {
	for _, want := range wants {
		w.change(want.path, OpAdd, want.file)
	}
}

func (w *walker) change(path string, op Op, file *File) *Change {
	c := Change{Path: path, Op: op, dir: w.dir}
	if file != nil {
		c.Mode, c.New = gitMode(file.Mode), file.Content
	}
	w.changes = append(w.changes, c)
	return &w.changes[len(w.changes)-1]
}

func (w *walker) problem(err error) { w.problems = append(w.problems, err) }

// place gives the path that a message names.
func (w *walker) place(path string) string { return filepath.Join(w.dir, filepath.FromSlash(path)) }

func kindOf(entry fs.DirEntry) string {
	switch entry.Type() {
	case fs.ModeSymlink:
		return "a symbolic link"
	case fs.ModeNamedPipe:
		return "a named pipe"
	case fs.ModeSocket:
		return "a socket"
	}
	return "no regular file"
}
