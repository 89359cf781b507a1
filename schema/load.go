// Package schema reads cluster definitions. In go folders below overlays/; out comes a Cluster for each, valid by itself and with
// every default filled in, or all problems at once, each with file, line and column. Relations between fields, hosts and clusters
// are for internal/rules.
//
// The shape of a definition, its defaults and its constraints are the CUE files of this folder, and nowhere else. The user's
// package is evaluated once, alone; then each of its values is put to the schema's value at the same place.
package schema

import (
	"bytes"
	"encoding/json"
	"path/filepath"

	"cuelang.org/go/cue"
)

// Load reads the cluster in dir: its cluster.cue or cluster.yaml, joined with the CUE files of the folders above it, up to the one
// that holds cue.mod. An error is always of type Errors.
func Load(dir string) (*Cluster, error) {
	f, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	v, problems := f.evaluate()
	if problems != nil {
		return nil, problems
	}
	definition := v.LookupPath(cue.ParsePath("cluster"))
	if problems := f.evaluation(v, definition); problems != nil {
		return nil, problems
	}
	s := theShape()
	c := &checker{shape: s, written: map[string]bool{}, place: func(v cue.Value) Position { return f.position(v.Pos()) }}
	c.value(s.root, definition)
	if len(c.problems) > 0 {
		return nil, c.problems.sorted()
	}
	cluster, err := decode(c.out.Bytes(), versionOf(definition))
	if err != nil {
		return nil, Errors{{Pos: f.position(definition.Pos()), Problem: err.Error()}}
	}
	cluster.Dir = dir
	cluster.source = &source{folder: f, written: c.written}
	if problems := f.finish(cluster, c, definition); len(problems) > 0 {
		return nil, problems.sorted()
	}
	return cluster, nil
}

// versionOf is kubernetes.version; empty where it isn't text.
func versionOf(definition cue.Value) string {
	v, _ := definition.LookupPath(cue.ParsePath("kubernetes.version")).Default()
	version, err := v.String()
	if err != nil {
		return ""
	}
	return version
}

// evaluation reports what is wrong with the user's package by itself.
func (f folder) evaluation(v, definition cue.Value) Errors {
	if err := v.Validate(cue.All()); err != nil {
		return f.convert(err)
	}
	if !definition.Exists() {
		return Errors{{Pos: f.position(v.Pos()), Path: "cluster", Problem: "missing", Hint: "the definition stands in a field of this name: cluster: {…}"}}
	}
	return nil
}

// finish checks what the schema's folder decides: the cluster's name, and the files that the definition names.
func (f folder) finish(cluster *Cluster, c *checker, definition cue.Value) Errors {
	var problems Errors
	if name := filepath.Base(f.abs); cluster.Name != name {
		problems = append(problems, Error{
			Pos:     f.position(definition.LookupPath(cue.ParsePath("name")).Pos()),
			Path:    "name",
			Problem: "want " + quote(name) + ", the name of the folder, got " + quote(cluster.Name),
		})
	}
	files, more := f.readFiles(c.files)
	cluster.Files = files
	return append(problems, more...)
}

// decode reads the checker's JSON over the defaults that depend on the version.
func decode(data []byte, version string) (*Cluster, error) {
	cluster := &Cluster{}
	for _, layer := range theShape().layers {
		if layer.minor > minorOf(version) {
			break
		}
		if err := decodeInto(cluster, layer.nested()); err != nil {
			return nil, err
		}
	}
	if err := decodeInto(cluster, data); err != nil {
		return nil, err
	}
	free := []map[string]any{cluster.Kubernetes.Kubelet.Config, cluster.Kubernetes.Scheduler.Config, cluster.Kubernetes.KubeProxy.Config}
	for _, h := range cluster.Hosts {
		free = append(free, h.Kubelet.Config)
	}
	for _, config := range free {
		plainNumbers(config)
	}
	return cluster, nil
}

func decodeInto(target any, data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(target)
}

// plainNumbers turns numbers into int64 where they are whole, else into float64.
func plainNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, err := v.Float64()
		if err != nil {
			return v.String()
		}
		return f
	case map[string]any:
		for key, value := range v {
			v[key] = plainNumbers(value)
		}
	case []any:
		for i, value := range v {
			v[i] = plainNumbers(value)
		}
	}
	return v
}
