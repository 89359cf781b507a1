package starter

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Trial is a folder in which a new cluster is tried before it is written: beside copies of the definitions that its own is joined
// with.
type Trial struct{ dir string }

// NewTrial makes a trial of files in the repository at root. Close removes it.
func NewTrial(root string, files []File) (*Trial, error) {
	dir, err := os.MkdirTemp("", "khagen-init-")
	if err != nil {
		return nil, fmt.Errorf("try the definition: %w", err)
	}
	t := &Trial{dir}
	shared, err := definitions(root)
	if module := Module(); err == nil && !slices.ContainsFunc(shared, func(f File) bool { return f.Path == module.Path }) {
		shared = append(shared, module)
	}
	if err == nil {
		err = Write(dir, slices.Concat(shared, files))
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// Close removes the trial.
func (t *Trial) Close() { os.RemoveAll(t.dir) }

// Dir is where the cluster in a folder below overlays/ is tried.
func (t *Trial) Dir(dir string) string {
	return filepath.Join(t.dir, overlays, filepath.FromSlash(dir))
}

// Real gives a text with the paths in it as they are in the repository.
func (t *Trial) Real(text string) string {
	return strings.ReplaceAll(text, t.dir+string(filepath.Separator), "")
}

// definitions reads all CUE below overlays/ of a repository, which any cluster there may be joined with or import.
func definitions(root string) (files []File, err error) {
	err = filepath.WalkDir(filepath.Join(root, overlays), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".cue" {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		files = append(files, File{filepath.ToSlash(rel), content})
		return err
	})
	if os.IsNotExist(err) {
		return nil, nil
	}
	return files, err
}
