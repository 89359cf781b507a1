package export

import (
	"archive/tar"
	"io"
	"strconv"
	"strings"
	"time"
)

// Tar writes the files, and the folders above them that not every system has. The same files give the same bytes: times are
// those of the epoch. Owners stand there by name, and as 0 where only the host knows their number.
func (e *Export) Tar(w io.Writer) error {
	out := tar.NewWriter(w)
	for _, entry := range e.entries() {
		if entry.system {
			continue
		}
		h := &tar.Header{
			Typeflag: tar.TypeReg, Name: strings.TrimPrefix(entry.Path, "/"), Size: int64(len(entry.Content)),
			Mode: int64(entry.Mode.Perm()), ModTime: time.Unix(0, 0),
		}
		if entry.folder {
			h.Typeflag = tar.TypeDir
			h.Name += "/"
		}
		h.Uid, h.Uname = owner(entry.Owner)
		h.Gid, h.Gname = owner(entry.Group)
		if err := out.WriteHeader(h); err != nil {
			return err
		}
		if _, err := out.Write(entry.Content); err != nil {
			return err
		}
	}
	return out.Close()
}

// owner gives a user or group as a tar has it.
func owner(name string) (id int, known string) {
	if n, err := strconv.Atoi(name); err == nil {
		return n, ""
	}
	return 0, name
}

// Owners gives the users and groups by name, root apart, that have to exist where the files are put, each with the first path
// that belongs to it.
func (e *Export) Owners() []Owner {
	var all []Owner
	seen := map[Owner]bool{}
	for _, f := range e.Files {
		for _, o := range []Owner{{Name: f.Owner}, {Name: f.Group, Group: true}} {
			if _, name := owner(o.Name); name == "" || name == "root" || seen[o] {
				continue
			}
			seen[o] = true
			o.Path = f.Path
			all = append(all, o)
		}
	}
	return all
}

// Owner is a user, or a group.
type Owner struct {
	Name  string
	Group bool
	Path  string // a file that belongs to it
}
