// Package export makes one host's files ready for whatever copies files: in come the host's part of a tree, and maybe
// certificates and values of secrets, out go a tar, a folder, or sums to compare the host with.
package export

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// Source is what a host's files are made of.
type Source struct {
	Tree    fs.FS             // out/<cluster>/hosts/<host>
	Secrets map[string]string // values by name; where nil, files that hold a secret are left out
	PKI     fs.FS             // pki/<cluster>/hosts/<host>/rootfs; where nil, certificates and keys are left out
}

// Export is what a host gets.
type Export struct {
	Files  []File // whole files, in the order of their paths
	Blocks []File // parts of files that others own, at whose paths they stand, in the order of these

	LeftSecrets []string // paths of files that want secrets, where there are none
	LeftPKI     []string // paths of certificates and keys, where there are none
	Unknown     []string // files in the tree that its manifest doesn't list, below Source.Tree
}

// File is a file as the host has it.
type File struct {
	Path         string      // absolute on the host
	Mode         fs.FileMode // permissions
	Owner, Group string      // names, or numbers in digits
	Content      []byte      //
	Confidential bool        // a key, or a secret is in it
}

// Of gathers the files of a host. The tree has to be as its manifest says; all that is missing is named.
func Of(src Source, cluster, host string) (*Export, error) {
	content, err := fs.ReadFile(src.Tree, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("has no manifest.json: run khagen build")
	} else if err != nil {
		return nil, err
	}
	m, intact := tree.ReadManifest(content)
	if !intact || m.Host != host || m.Cluster != cluster {
		return nil, errors.New("manifest.json can't be read as one of khagen's for this host: run khagen build")
	}
	g := &gathering{src: src, listed: map[string]bool{"manifest.json": true}, missing: map[string][]string{}}
	for _, f := range m.Files {
		g.file(f)
	}
	for _, f := range m.PKI {
		g.pki(f)
	}
	if err := g.unlisted(); err != nil {
		g.problems = append(g.problems, err)
	}
	g.problems = append(g.problems, g.missingSecrets()...)
	if len(g.problems) > 0 {
		return nil, errors.Join(g.problems...)
	}
	byPath := func(a, b File) int { return cmp.Compare(a.Path, b.Path) }
	slices.SortFunc(g.Files, byPath)
	slices.SortFunc(g.Blocks, byPath)
	return &g.Export, nil
}

// gathering is an Export that is being made.
type gathering struct {
	Export
	src      Source
	listed   map[string]bool     // places in the tree that the manifest lists
	missing  map[string][]string // names of secrets without a value → the files that want them
	problems []error
}

func (g *gathering) file(entry tree.ManifestFile) {
	place := strings.TrimPrefix((&tree.File{Host: "-", Path: entry.Path, Kind: entry.Kind}).TreePath(), "hosts/-/")
	g.listed[place] = true
	f, ok := g.read(g.src.Tree, place, target{entry.Path, entry.Mode, entry.Owner})
	if !ok {
		return
	}
	switch {
	case entry.Kind == tree.KindBlock:
		g.Blocks = append(g.Blocks, f)
	case entry.Kind != tree.KindSecret:
		g.Files = append(g.Files, f)
	case g.src.Secrets == nil:
		g.LeftSecrets = append(g.LeftSecrets, f.Path)
	default:
		f.Confidential = true
		f.Content = g.fill(f)
		g.Files = append(g.Files, f)
	}
}

func (g *gathering) pki(entry tree.PKIFile) {
	if g.src.PKI == nil {
		g.LeftPKI = append(g.LeftPKI, entry.Path)
		return
	}
	if f, ok := g.read(g.src.PKI, strings.TrimPrefix(entry.Path, "/"), target{entry.Path, entry.Mode, entry.Owner}); ok {
		f.Confidential = f.Mode&0o004 == 0
		g.Files = append(g.Files, f)
	}
}

// target is what a manifest says of a file.
type target struct{ path, mode, owner string }

// read gives the file at a place. Links are none of khagen's: what they lead to isn't read.
func (g *gathering) read(from fs.FS, place string, to target) (f File, ok bool) {
	bits, err := strconv.ParseUint(to.mode, 8, 32)
	user, group, both := strings.Cut(to.owner, ":")
	if err != nil || bits > 0o777 || !both || !path.IsAbs(to.path) || path.Clean(to.path) != to.path {
		g.problems = append(g.problems, fmt.Errorf("manifest.json: %s, mode %s, owner %s: none of khagen's entries", to.path, to.mode, to.owner))
		return File{}, false
	}
	f = File{Path: to.path, Mode: fs.FileMode(bits), Owner: user, Group: group}
	info, err := fs.Lstat(from, place)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: is no regular file", place)
	} else if err == nil {
		f.Content, err = fs.ReadFile(from, place)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s: is missing", place)
	}
	if err != nil {
		g.problems = append(g.problems, err)
	}
	return f, err == nil
}

// unlisted finds what somebody put into the tree beside khagen's files.
func (g *gathering) unlisted() error {
	return fs.WalkDir(g.src.Tree, ".", func(place string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !g.listed[place] {
			g.Unknown = append(g.Unknown, place)
		}
		return err
	})
}

var placeholder = regexp.MustCompile(`\{\{ khagen_secrets\['([a-z][a-z0-9_]*)'\] \}\}`)

// fill puts the values of secrets into a template.
func (g *gathering) fill(f File) []byte {
	return placeholder.ReplaceAllFunc(f.Content, func(found []byte) []byte {
		name := string(placeholder.FindSubmatch(found)[1])
		value, ok := g.src.Secrets[name]
		if !ok && !slices.Contains(g.missing[name], f.Path) {
			g.missing[name] = append(g.missing[name], f.Path)
		}
		return []byte(value)
	})
}

func (g *gathering) missingSecrets() []error {
	var problems []error
	for name, paths := range g.missing {
		problems = append(problems, fmt.Errorf("secret %s has no value, and %s wants it", name, strings.Join(paths, ", ")))
	}
	slices.SortFunc(problems, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	return problems
}

// Confidential says whether keys or secrets are in it.
func (e *Export) Confidential() bool {
	return slices.ContainsFunc(e.Files, func(f File) bool { return f.Confidential })
}

// Sums gives a line for each whole file, as sha256sum --check reads them on the host.
func (e *Export) Sums() []byte {
	var b bytes.Buffer
	for _, f := range e.Files {
		fmt.Fprintf(&b, "%s  %s\n", sum(f.Content), f.Path)
	}
	return b.Bytes()
}
