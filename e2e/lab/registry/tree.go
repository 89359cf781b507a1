package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
)

// tree is the one layer of an image: what is at each absolute path. Folders above what it has go without saying. All of it
// belongs to root.
type tree map[string]entry

// entry is a file, folder or symbolic link.
type entry struct {
	Mode    fs.FileMode // type and permissions
	Link    string      // where a symbolic link leads, as it is written
	Content []byte      // of a file
	Source  string      // of a file instead: one of the machine
}

func (t tree) folder(at string, mode fs.FileMode) { t[at] = entry{Mode: fs.ModeDir | mode} }

func (t tree) file(at, content string) { t[at] = entry{Mode: 0o644, Content: []byte(content)} }

func (t tree) link(at, to string) { t[at] = entry{Mode: fs.ModeSymlink | 0o777, Link: to} }

// program adds a program of the machine that needs nothing beside it.
func (t tree) program(at, source string) error {
	needs, err := readELF(source)
	if err != nil {
		return err
	}
	if needs.loader != "" || len(needs.libraries) > 0 {
		return fmt.Errorf("%s needs %s %v: an image from scratch has none; build it with CGO_ENABLED=0", source, needs.loader, needs.libraries)
	}
	t[at] = entry{Mode: 0o755, Source: source}
	return nil
}

// open gives the content of a file.
func (e entry) open() (io.ReadCloser, int64, error) {
	if e.Source == "" {
		return io.NopCloser(bytes.NewReader(e.Content)), int64(len(e.Content)), nil
	}
	f, err := os.Open(e.Source)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// paths are all that a tree has, with the folders above, sorted: folders come before what is in them.
func (t tree) paths() ([]string, error) {
	all := map[string]bool{}
	for at := range t {
		if !path.IsAbs(at) || path.Clean(at) != at {
			return nil, fmt.Errorf("%s is no absolute path", at)
		}
		for above := path.Dir(at); above != "/"; above = path.Dir(above) {
			if e, is := t[above]; is && !e.Mode.IsDir() {
				return nil, fmt.Errorf("%s lies below %s, which is no folder", at, above)
			}
			all[above] = true
		}
		all[at] = true
	}
	return slices.Sorted(maps.Keys(all)), nil
}

// at gives what is at a path, which may be a folder that goes without saying.
func (t tree) at(at string) entry {
	if e, is := t[at]; is {
		return e
	}
	return entry{Mode: fs.ModeDir | 0o755}
}

// sum is the same for trees that make the same layer.
func (t tree) sum() ([]byte, error) {
	paths, err := t.paths()
	if err != nil {
		return nil, err
	}
	all := sha256.New()
	lines := json.NewEncoder(all)
	for _, at := range paths {
		e := t.at(at)
		content := sha256.New()
		if e.Mode.IsRegular() {
			if err := e.copyTo(content); err != nil {
				return nil, err
			}
		}
		if err := lines.Encode([]any{at, e.Mode, e.Link, content.Sum(nil)}); err != nil {
			return nil, err
		}
	}
	return all.Sum(nil), nil
}

// copyTo writes the content of a file.
func (e entry) copyTo(w io.Writer) error {
	from, _, err := e.open()
	if err != nil {
		return err
	}
	_, err = io.Copy(w, from)
	return errors.Join(err, from.Close())
}
