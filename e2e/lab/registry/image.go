package registry

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
)

// Media types of https://github.com/opencontainers/image-spec.
const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar"
)

// image is one to be made.
type image struct {
	name string // with registry and tag
	tree tree
	run  run
}

// run is what an image says of how it is started, in the terms of OCI's configuration.
type run struct {
	User       string   `json:"User,omitempty"`
	Env        []string `json:"Env"`
	Entrypoint []string `json:"Entrypoint,omitempty"`
	Cmd        []string `json:"Cmd,omitempty"`
	WorkingDir string   `json:"WorkingDir,omitempty"`
	StopSignal string   `json:"StopSignal,omitempty"`
}

// defaultPath is where commands are looked for, as in most images.
const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

// parts are the blobs that a manifest names.
func (m manifest) parts() []descriptor { return append([]descriptor{m.Config}, m.Layers...) }

type configuration struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
	Config       run    `json:"config"`
	RootFS       rootFS `json:"rootfs"`
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

// keep makes an image in the store, unless it was made before, and gives its manifest.
func (i image) keep(s store) (descriptor, error) {
	of, err := i.sum()
	if err != nil {
		return descriptor{}, err
	}
	if d, is, err := s.made(of); is || err != nil {
		return d, err
	}
	layer, err := s.put(layerType, func(w io.Writer) error { return writeLayer(w, i.tree) })
	if err != nil {
		return descriptor{}, err
	}
	config, err := s.putJSON(configType, configuration{
		Architecture: runtime.GOARCH, OS: "linux", Config: i.run,
		RootFS: rootFS{Type: "layers", DiffIDs: []string{layer.Digest}}, // which isn't compressed
	})
	if err != nil {
		return descriptor{}, err
	}
	d, err := s.putJSON(manifestType, manifest{SchemaVersion: 2, MediaType: manifestType, Config: config, Layers: []descriptor{layer}})
	if err != nil {
		return descriptor{}, err
	}
	return d, s.record(of, d)
}

// recipe is counted up when the same contents make other blobs.
const recipe = 1

// sum is the same for images that are made of the same, whatever they are called.
func (i image) sum() (string, error) {
	contents, err := i.tree.sum()
	if err != nil {
		return "", err
	}
	text, err := json.Marshal([]any{recipe, runtime.GOARCH, i.run, contents})
	return fmt.Sprintf("%x", sha256.Sum256(text)), err
}
