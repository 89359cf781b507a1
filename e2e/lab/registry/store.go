package registry

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// descriptor names a blob, as OCI's manifests do.
type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"` // sha256:…
	Size      int64  `json:"size"`
}

// store is a folder of blobs, named by their sums as in an OCI layout, and of records: which manifest was made of what. Any
// number of processes may read it while one adds to it.
type store struct{ folder string }

func newStore(folder string) (store, error) {
	s := store{folder}
	for _, below := range []string{s.blobs(), s.records()} {
		if err := os.MkdirAll(below, 0o755); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s store) blobs() string { return filepath.Join(s.folder, "blobs/sha256") }

func (s store) records() string { return filepath.Join(s.folder, "made") }

// path is the file of a blob.
func (s store) path(digest string) string {
	return filepath.Join(s.blobs(), strings.TrimPrefix(digest, "sha256:"))
}

// put keeps what write writes. A blob is there whole or not at all.
func (s store) put(mediaType string, write func(io.Writer) error) (_ descriptor, err error) {
	partial, err := os.CreateTemp(s.folder, "partial-")
	if err != nil {
		return descriptor{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(partial.Name()))
		}
	}()
	sum := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(partial, sum), 1<<20)
	err = errors.Join(write(buffered), buffered.Flush())
	size, failed := partial.Seek(0, io.SeekCurrent)
	if err := errors.Join(err, failed, partial.Chmod(0o644), partial.Close()); err != nil {
		return descriptor{}, err
	}
	made := descriptor{MediaType: mediaType, Digest: "sha256:" + hex.EncodeToString(sum.Sum(nil)), Size: size}
	return made, os.Rename(partial.Name(), s.path(made.Digest))
}

// putJSON keeps a value.
func (s store) putJSON(mediaType string, value any) (descriptor, error) {
	return s.put(mediaType, func(w io.Writer) error { return json.NewEncoder(w).Encode(value) })
}

// has tells whether a blob is there as it was made.
func (s store) has(d descriptor) bool {
	info, err := os.Stat(s.path(d.Digest))
	return err == nil && info.Size() == d.Size
}

// manifest reads a manifest.
func (s store) manifest(d descriptor) (manifest, error) {
	var m manifest
	text, err := os.ReadFile(s.path(d.Digest))
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	return m, err
}

// made gives the manifest that was made of something before, where all of it is still there.
func (s store) made(of string) (descriptor, bool, error) {
	var d descriptor
	text, err := os.ReadFile(filepath.Join(s.records(), of))
	if errors.Is(err, fs.ErrNotExist) {
		return d, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		return d, false, fmt.Errorf("%s: %w", s.records(), err)
	}
	if !s.has(d) {
		return d, false, nil
	}
	m, err := s.manifest(d)
	if err != nil {
		return d, false, err
	}
	for _, part := range m.parts() {
		if !s.has(part) {
			return d, false, nil
		}
	}
	return d, true, nil
}

// record keeps what made gives from now on.
func (s store) record(of string, d descriptor) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	partial := filepath.Join(s.folder, "partial-"+of)
	if err := os.WriteFile(partial, text, 0o644); err != nil {
		return err
	}
	return os.Rename(partial, filepath.Join(s.records(), of))
}

// sweep removes what a killed process had begun. Nobody else may be adding.
func (s store) sweep() error {
	begun, err := filepath.Glob(filepath.Join(s.folder, "partial-*"))
	for _, path := range begun {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}
