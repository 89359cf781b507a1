package registry

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
)

// writeLayer writes a tree as an archive without times, names of users or anything else of the machine.
func writeLayer(w io.Writer, t tree) error {
	paths, err := t.paths()
	if err != nil {
		return err
	}
	archive := tar.NewWriter(w)
	for _, at := range paths {
		if err := writeEntry(archive, at, t.at(at)); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	return archive.Close()
}

func writeEntry(archive *tar.Writer, at string, e entry) (err error) {
	header := &tar.Header{Name: strings.TrimPrefix(at, "/"), Mode: int64(e.Mode.Perm()), ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg}
	if e.Mode&fs.ModeSticky != 0 {
		header.Mode |= 0o1000
	}
	switch {
	case e.Mode.IsDir():
		header.Typeflag, header.Name = tar.TypeDir, header.Name+"/"
		return archive.WriteHeader(header)
	case e.Mode&fs.ModeSymlink != 0:
		header.Typeflag, header.Linkname = tar.TypeSymlink, e.Link
		return archive.WriteHeader(header)
	}
	from, size, err := e.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	header.Size = size
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(archive, from)
	return err
}
