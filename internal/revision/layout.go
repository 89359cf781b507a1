package revision

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// layout writes files below a folder of its own. Links come last, so that no file is written through one.
type layout struct {
	dir   string
	made  string // the folder of the last file
	links []link
}

type link struct{ path, target string }

// longest is more than any system takes as a link's target.
const longest = 8 << 10

// put writes one file, or remembers one link.
func (l *layout) put(e entry, content io.Reader) error {
	local := filepath.FromSlash(e.path)
	if !fs.ValidPath(e.path) || !filepath.IsLocal(local) {
		return fmt.Errorf("%q can't be the name of a file here", e.path)
	}
	if e.mode == "120000" {
		target, err := io.ReadAll(io.LimitReader(content, longest))
		if err != nil {
			return err
		}
		if !stays(e.path, string(target)) {
			return fmt.Errorf("%s is a symbolic link to %s, which isn't read from there: name a folder", e.path, target)
		}
		l.links = append(l.links, link{e.path, string(target)})
		return nil
	}
	if folder := path.Dir(e.path); folder != l.made {
		if err := os.MkdirAll(filepath.Join(l.dir, filepath.FromSlash(folder)), 0o755); err != nil {
			return err
		}
		l.made = folder
	}
	mode := fs.FileMode(0o644)
	if e.mode == "100755" {
		mode = 0o755
	}
	f, err := os.OpenFile(filepath.Join(l.dir, local), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}

// link makes the links.
func (l *layout) link() error {
	for _, one := range l.links {
		place := filepath.Join(l.dir, filepath.FromSlash(one.path))
		err := os.MkdirAll(filepath.Dir(place), 0o755)
		if err == nil {
			err = os.Symlink(filepath.FromSlash(one.target), place)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// stays says whether a link leads to a place in the same first folder, whatever other links lie on the way: it goes up before it goes
// down, never again after.
func stays(place, target string) bool {
	if strings.HasPrefix(target, "/") || strings.Contains(target, `\`) {
		return false
	}
	top, _, _ := strings.Cut(place, "/")
	down := false
	for name := range strings.SplitSeq(target, "/") {
		if name == ".." && down {
			return false
		}
		down = down || name != ".." && name != "." && name != ""
	}
	end := path.Join(path.Dir(place), target)
	return end == top || strings.HasPrefix(end, top+"/")
}
