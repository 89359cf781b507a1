package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Op says what happens to a file.
type Op string

// The operations.
const (
	OpAdd    Op = "add"
	OpChange Op = "change" // the content, perhaps the execute bit too
	OpMode   Op = "mode"   // the execute bit alone
	OpRemove Op = "remove"
)

// Plan is what has to happen to one folder out/<cluster> so that it holds the wanted files and no others of khagen's.
type Plan struct {
	Cluster string
	Changes []Change // in the order of their paths; empty where the folder is as wanted
	Foreign []string // files that khagen didn't write, in the order of their paths; they stay as they are

	dir    string // out/<cluster>
	exists bool   // dir is there already
	folder *Folder
	files  []File // the wanted ones
}

// Change is one file that differs.
type Change struct {
	Path string      // below out/<cluster>/, slash-separated
	Op   Op          //
	Mode fs.FileMode // what it gets: 0644 or 0755; 0 where it is removed
	Was  fs.FileMode // what it has: 0644 or 0755; 0 where it is new or removed
	New  []byte      // what it gets; nil where it is removed, and after Out.Stage

	dir string
}

// Old reads what the file holds now, nil where it is new. It can be called until the plan is committed.
func (c *Change) Old() ([]byte, error) {
	if c.Op == OpAdd {
		return nil, nil
	}
	return os.ReadFile(filepath.Join(c.dir, filepath.FromSlash(c.Path)))
}

// Host gives the host whose file it is, "" for a file of the whole cluster.
func (c *Change) Host() string { return hostOf(c.Path) }

// ForeignDelivered gives the foreign files that reach hosts, since they lie where khagen's own files are copied from.
func (p *Plan) ForeignDelivered() []string {
	var paths []string
	for _, f := range p.Foreign {
		if delivered(f) {
			paths = append(paths, f)
		}
	}
	return paths
}

// Plan compares the files of a cluster with its folder and writes nothing. Its errors name every file that has a
// path it must not have, or that would overwrite what khagen didn't write.
func (f *Folder) Plan(cluster string, files []File) (*Plan, error) {
	if err := checkCluster(cluster); err != nil {
		return nil, err
	}
	wants, problems := wantsOf(files)
	if len(problems) > 0 {
		for i, err := range problems {
			problems[i] = fmt.Errorf("cluster %s: %w", cluster, err)
		}
		return nil, errors.Join(problems...)
	}
	p := &Plan{Cluster: cluster, dir: filepath.Join(f.dir, cluster), folder: f, files: files}
	w := &walker{owners: &owners{dir: p.dir, interrupted: f.interrupted[cluster]}}
	root, err := f.openCluster(cluster)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		w.add(wants)
	case err != nil:
		return nil, err
	default:
		defer root.close()
		p.exists = true
		w.folder(root, "", wants)
	}
	if err := errors.Join(w.problems...); err != nil {
		return nil, err
	}
	p.Changes, p.Foreign = w.changes, w.foreign
	slices.SortFunc(p.Changes, func(a, b Change) int { return comparePaths(a.Path, b.Path) })
	slices.SortFunc(p.Foreign, comparePaths)
	return p, nil
}

// openCluster opens out/<cluster>; fs.ErrNotExist where it, or out/ itself, is missing.
func (f *Folder) openCluster(cluster string) (*folder, error) {
	out, err := openFolder(f.dir)
	if err != nil {
		return nil, err
	}
	defer out.close()
	return out.open(cluster)
}

// want is a wanted file and its place.
type want struct {
	path string
	file *File
}

// wantsOf gives the wanted files in the order of comparePaths, and what is wrong with their places.
func wantsOf(files []File) ([]want, []error) {
	wants := make([]want, len(files))
	var problems []error
	for i := range files {
		f := &files[i]
		if err := f.check(); err != nil {
			problems = append(problems, fmt.Errorf("%w%s", err, madeBy(f)))
			continue
		}
		wants[i] = want{f.TreePath(), f}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	slices.SortFunc(wants, func(a, b want) int { return comparePaths(a.path, b.path) })
	return wants, append(clashes(wants, 0), twice(wants)...)
}

func madeBy(f *File) string {
	if f.Source == "" {
		return ""
	}
	return " (made by " + f.Source + ")"
}

// child gives the name below a folder (whose path with its slash is offset bytes long) to which the first of its wants
// belongs, and how many wants do.
func child(wants []want, offset int) (name string, n int) {
	name, _, _ = strings.Cut(wants[0].path[offset:], "/")
	for n = 1; n < len(wants); n++ {
		rest, ok := strings.CutPrefix(wants[n].path[offset:], name)
		if !ok || rest != "" && rest[0] != '/' {
			break
		}
	}
	return name, n
}

// gitMode is the mode that a file has in Git.
func gitMode(mode fs.FileMode) fs.FileMode {
	if mode&0o111 != 0 && runtime.GOOS != "windows" {
		return 0o755
	}
	return 0o644
}
