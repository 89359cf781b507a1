package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/khagen/khagen/internal/export"
)

// write gives the export its form. All of it is there before anything is written.
func (o *exportOptions) write(stdout io.Writer, e *export.Export) error {
	if o.dir != "" {
		return e.Folder(o.dir, os.Geteuid() == 0)
	}
	var content bytes.Buffer
	if o.tar {
		if err := e.Tar(&content); err != nil {
			return err
		}
	} else {
		content.Write(e.Sums())
	}
	if o.output == "" {
		_, err := stdout.Write(content.Bytes())
		return err
	}
	return writeOutput(o.output, content.Bytes(), e.Confidential())
}

// writeOutput puts a file into place as a whole; what is no file, such as a pipe, is written to.
func writeOutput(name string, content []byte, confidential bool) (err error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.Write(content)
		return errors.Join(err, f.Close())
	}
	draft, err := os.CreateTemp(filepath.Dir(name), ".khagen-*")
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--output %s: there is no folder %s", name, filepath.Dir(name))
	} else if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(draft.Name()))
		}
	}()
	_, err = draft.Write(content)
	if err == nil && !confidential {
		err = draft.Chmod(0o644)
	}
	if err := errors.Join(err, draft.Close()); err != nil {
		return err
	}
	return os.Rename(draft.Name(), name)
}

// tell says what isn't in the export, and what is left to do.
func (o *exportOptions) tell(messages io.Writer, h exported, e *export.Export) {
	say := func(format string, args ...any) {
		fmt.Fprintf(messages, "khagen: %s: %s\n", h, fmt.Sprintf(format, args...))
	}
	for _, place := range e.Unknown {
		say("left out, as no manifest lists it: %s", filepath.Join(h.dir(o.out), filepath.FromSlash(place)))
	}
	if len(e.LeftSecrets) > 0 {
		say("left out, as --secrets names no values: %s", some(e.LeftSecrets))
	}
	if len(e.LeftPKI) > 0 {
		say("left out, as --pki names no folder: %s", some(e.LeftPKI))
	}
	if len(e.Blocks) > 0 {
		var paths []string
		for _, b := range e.Blocks {
			paths = append(paths, b.Path)
		}
		if o.sums {
			say("no sum, as others own the rest of it: %s", some(paths))
		} else {
			say("%s on the host brings blocks into %s", path.Join(export.Place, "blocks.sh"), some(paths))
		}
	}
	if !o.sums {
		o.tellOwners(say, e)
	}
}

// tellOwners says which owners files don't have yet.
func (o *exportOptions) tellOwners(say func(string, ...any), e *export.Export) {
	if o.dir != "" && os.Geteuid() != 0 {
		say("files below %s belong to you: whoever copies them gives them to the owners in manifest.json", o.dir)
		return
	}
	for _, owner := range e.Owners() {
		what := "user " + owner.Name
		if owner.Group {
			what = "group " + owner.Name
		}
		if o.tar {
			say("%s has to be there before the tar is extracted, or root gets %s", what, owner.Path)
		} else if !owner.KnownHere() {
			say("%s isn't known here: root has got %s", what, owner.Path)
		}
	}
}

// some names a few of many.
func some(paths []string) string {
	const most = 3
	if len(paths) <= most {
		return strings.Join(paths, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(paths[:most], ", "), len(paths)-most)
}
