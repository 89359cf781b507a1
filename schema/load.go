// Package schema reads cluster definitions. In go folders below overlays/; out comes a Cluster for each, valid by itself and with
// every default filled in, or all problems at once, each with file, line and column. Relations between fields, hosts and clusters
// are for internal/rules.
//
// The shape of a definition, its defaults and its constraints are the CUE files of this folder, and nowhere else. The user's
// package is evaluated once, alone; then each of its values is put to the schema's value at the same place.
package schema

import (
	"fmt"
	"path/filepath"
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/token"
)

// Load reads the cluster in dir: its cluster.cue or cluster.yaml, joined with the CUE files of the folders above it, up to the one
// that holds cue.mod. An error is always of type Errors.
func Load(dir string) (cluster *Cluster, err error) {
	f, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			cluster, err = nil, Errors{{
				Pos: f.position(token.NoPos), Problem: fmt.Sprintf("CUE can't evaluate this definition: %v", r),
				Hint: "this is a bug, here or in CUE: please report it with the definition",
			}}
		}
	}()
	return f.load()
}

// load does the work of Load.
func (f folder) load() (*Cluster, error) {
	e, problems := f.evaluate()
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	c := &checker{evaluated: e, shape: theShape(), written: map[string]bool{}}
	if e.cluster.Exists() {
		c.value(c.shape.root, e.cluster)
	}
	own, unfit := f.ownFiles()
	settings, unset := e.fileSettings(own, c.written)
	hosts, around := e.hosts(), e.around(slices.Concat(c.problems, unset))
	c.problems = slices.Concat(c.problems.without(hosts), hosts, around, unfit, unset)
	if len(c.problems) > 0 {
		return nil, c.problems.sorted()
	}
	cluster, err := decode(c.out.Bytes(), versionOf(e.cluster))
	if err != nil {
		return nil, Errors{{Pos: e.place(e.cluster), Problem: err.Error()}}
	}
	cluster.Dir = f.given
	cluster.FileSettings = settings
	cluster.source = &source{folder: f, written: c.written, own: pathsOf(own)}
	cluster.OwnFiles, c.problems = f.received(own, cluster)
	if problems := c.finish(cluster); len(problems) > 0 {
		return nil, problems.sorted()
	}
	return cluster, nil
}

// finish adds what the schema can't know to the problems: the folder's name, and the files that the definition names.
func (c *checker) finish(cluster *Cluster) Errors {
	problems := c.problems
	if name := filepath.Base(c.abs); cluster.Name != name {
		problems = append(problems, Error{
			Pos:     c.place(c.cluster.LookupPath(cue.ParsePath("name"))),
			Path:    "name",
			Problem: "want " + quote(name) + ", the name of the folder, got " + quote(cluster.Name),
		})
	}
	files, more := c.readFiles(c.files)
	cluster.Files = files
	return append(problems, more...)
}

// versionOf is kubernetes.version; empty where it isn't text.
func versionOf(cluster cue.Value) string {
	v, _ := cluster.LookupPath(cue.ParsePath("kubernetes.version")).Default()
	version, err := v.String()
	if err != nil {
		return ""
	}
	return version
}
