package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/schema"
)

const (
	kustomizationName = "kustomization.yaml"
	objectsFolder     = "cluster" // of a cluster's folder: its own objects
	overlays          = "overlays"
)

// repository reads the folder overlays/ and nothing outside of it, links included. Names of files are slash-separated and
// relative to that folder.
type repository struct {
	root     *os.Root
	shown    string            // overlays/ as errors have it
	read     map[string][]byte // what was read
	problems schema.Errors
}

// openRepository finds the repository of a cluster's folder, and the folder's name in it.
func openRepository(dir string) (*repository, string, error) {
	cluster, shown := "", dir
	for {
		if _, err := os.Stat(filepath.Join(shown, "cue.mod")); err == nil {
			break
		}
		abs, err := filepath.Abs(shown)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", dir, err)
		}
		if filepath.Dir(abs) == abs {
			return nil, "", fmt.Errorf("%s: no cue.mod above it", dir)
		}
		cluster, shown = path.Join(filepath.Base(abs), cluster), filepath.Join(shown, "..")
	}
	root, err := os.OpenRoot(shown)
	if err != nil {
		return nil, "", err
	}
	return &repository{root: root, shown: shown, read: map[string][]byte{}}, cluster, nil
}

// exists says whether something has the name, be it a link that can't be followed: whoever reads it says so.
func (r *repository) exists(name string) bool {
	_, err := r.root.Lstat(filepath.FromSlash(name))
	return !errors.Is(err, fs.ErrNotExist)
}

func (r *repository) isFolder(name string) bool {
	info, err := r.root.Stat(filepath.FromSlash(name))
	return err == nil && info.IsDir()
}

// position is a place in a file.
func (r *repository) position(name string, node *yaml.Node) schema.Position {
	p := schema.Position{File: filepath.Join(r.shown, filepath.FromSlash(name))}
	if node != nil {
		p.Line, p.Col = node.Line, node.Column
	}
	return p
}

// lines gives the places of a file's lines.
func (r *repository) lines(name string) func(int) schema.Position {
	return func(line int) schema.Position {
		p := r.position(name, nil)
		if p.Line = line; line > 0 {
			p.Col = 1
		}
		return p
	}
}

// content reads a file; what is wrong is reported where the file is asked for.
func (r *repository) content(name string, asked schema.Position) ([]byte, bool) {
	if content, done := r.read[name]; done {
		return content, true
	}
	info, err := r.root.Stat(filepath.FromSlash(name))
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("no regular file")
	}
	var content []byte
	if err == nil {
		content, err = r.root.ReadFile(filepath.FromSlash(name))
	}
	if err != nil {
		problem, hint := reason(err)
		if shown := r.position(name, nil).File; shown != asked.File {
			problem = shown + ": " + problem
		}
		r.report(asked, problem, hint)
		return nil, false
	}
	r.read[name] = content
	return content, true
}

// reason says why a file can't be read, and what to do.
func reason(err error) (problem, hint string) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "no such file", "paths are relative to the kustomization that names them"
	case strings.Contains(err.Error(), "escapes from parent"):
		return "a symbolic link that leads out of overlays/", "put the file itself there"
	}
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	return err.Error(), ""
}

// document reads a file of one YAML document; nil where it can't be read, which is reported.
func (r *repository) document(name string, asked schema.Position) *yaml.Node {
	content, ok := r.content(name, asked)
	if !ok {
		return nil
	}
	documents, ok := r.documents(content, r.lines(name))
	if !ok {
		return nil
	}
	if len(documents) != 1 || documents[0].Kind != yaml.MappingNode {
		r.report(r.position(name, nil), "not one YAML mapping", "a kustomization has fields such as \"patches:\"")
		return nil
	}
	return documents[0]
}
