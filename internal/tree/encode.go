package tree

import (
	"bytes"
	"cmp"
	"encoding/json"
	"path"
	"reflect"
	"slices"
	"strings"
)

// EncodeManifest gives the JSON of a manifest: one line for each package, program, unit and file, each list in the order of its
// names, so that a diff says what came and went and a merge conflict stays readable.
func EncodeManifest(m *Manifest) []byte {
	c := *m
	c.Packages = sorted(c.Packages, func(a, b Package) int { return cmp.Compare(a.Name, b.Name) })
	c.Programs = sorted(c.Programs, func(a, b Program) int { return cmp.Compare(a.Path, b.Path) })
	c.Certificates = sorted(c.Certificates, func(a, b Certificate) int { return cmp.Compare(a.Path, b.Path) })
	c.PKI = sorted(c.PKI, func(a, b PKIFile) int { return cmp.Compare(a.Path, b.Path) })
	c.Units = sorted(c.Units, func(a, b Unit) int { return cmp.Compare(a.Name, b.Name) })
	c.Files = sorted(c.Files, func(a, b ManifestFile) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind))
	})
	e := encoder{buf: make([]byte, 0, 256+160*len(m.Files)), indent: "\n  "}
	e.fields(reflect.ValueOf(c))
	e.add("\n")
	return e.buf
}

func sorted[T any](list []T, compare func(a, b T) int) []T {
	if slices.IsSortedFunc(list, compare) {
		return list
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, compare)
	return list
}

// encoder writes JSON with the line breaks that a manifest wants.
type encoder struct {
	buf    []byte
	indent string // a line break and what stands before a key
}

func (e *encoder) add(s string) { e.buf = append(e.buf, s...) }

// fields appends a struct with one line for each of its fields; a topology's have lines of their own.
func (e *encoder) fields(v reflect.Value) {
	e.add("{")
	first := true
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		field := v.Field(i)
		if options == "omitempty" && (field.IsZero() || field.Kind() == reflect.Slice && field.Len() == 0) {
			continue
		}
		if !first {
			e.add(",")
		}
		first = false
		e.add(e.indent + "\"" + name + "\": ")
		switch {
		case field.Type() == reflect.TypeFor[*Topology]():
			inner := encoder{e.buf, e.indent + "  "}
			inner.fields(field.Elem())
			e.buf = inner.buf
		case field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.Struct:
			e.lines(field)
		default:
			e.value(field.Interface())
		}
	}
	e.add(e.indent[:len(e.indent)-2] + "}")
}

// lines appends a list with one line for each item.
func (e *encoder) lines(items reflect.Value) {
	if items.Len() == 0 {
		e.add("[]")
		return
	}
	e.add("[")
	for i := range items.Len() {
		if i > 0 {
			e.add(",")
		}
		e.add("\n    ")
		e.value(items.Index(i).Addr().Interface())
	}
	e.add("\n  ]")
}

// value appends the JSON of v with the characters &, < and > as they are.
func (e *encoder) value(v any) {
	buf := bytes.NewBuffer(e.buf)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // strings, booleans and lists of strings always encode
	}
	e.buf = bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// ReadManifest reads a manifest. One that Git left with conflict markers, or that is damaged otherwise, is read line by
// line as the union of what its sides list (Host, Cluster and Files only), and intact is false.
func ReadManifest(data []byte) (m *Manifest, intact bool) {
	m = new(Manifest)
	if json.Unmarshal(data, m) == nil {
		return m, true
	}
	m = new(Manifest)
	seen := map[[2]string]bool{}
	for line := range bytes.Lines(data) {
		line = bytes.TrimSuffix(bytes.TrimSpace(line), []byte(","))
		var file ManifestFile
		if json.Unmarshal(line, &file) == nil && file.Path != "" && file.Kind != "" {
			key := [2]string{file.Path, string(file.Kind)}
			if !seen[key] {
				seen[key] = true
				m.Files = append(m.Files, file)
			}
			continue
		}
		var head struct{ Host, Cluster string }
		if json.Unmarshal(slices.Concat([]byte("{"), line, []byte("}")), &head) == nil {
			m.Host = cmp.Or(m.Host, head.Host)
			m.Cluster = cmp.Or(m.Cluster, head.Cluster)
		}
	}
	return m, false
}

// treePaths gives the places of a manifest's files in the tree, of host where it is not "". Places outside the host's
// own folder are left out: nobody but a hand can have written those.
func (m *Manifest) treePaths(host string) []string {
	var paths []string
	for _, file := range m.Files {
		f := File{Host: host, Path: file.Path, Kind: file.Kind}
		p := f.TreePath()
		if host == "" || strings.HasPrefix(p, path.Join("hosts", host)+"/") {
			paths = append(paths, p)
		}
	}
	return paths
}
