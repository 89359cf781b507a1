// Package rendered reads trees that khagen wrote, for tests that run programs over them: in goes the folder out/ of a
// repository, out come the files of each host with their modes and owners, as the manifests list them.
package rendered

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// Host is what one host gets; with Name "", the files of the whole cluster.
type Host struct {
	Cluster  string
	Name     string
	Roles    []string
	Packages []tree.Package
	Programs []tree.Program
	PKI      []tree.PKIFile
	Units    []tree.Unit
	Files    []tree.File
}

// String gives "cluster/host".
func (h *Host) String() string { return h.Cluster + "/" + cmp.Or(h.Name, "cluster") }

// Load reads every cluster below out, in the order of their names: first its own files, then its hosts. A file that a
// manifest lists and the tree lacks is an error, and so is a tree without any cluster.
func Load(out string) ([]*Host, error) {
	var hosts []*Host
	for _, pattern := range []string{"*/manifest.json", "*/hosts/*/manifest.json"} {
		manifests, err := filepath.Glob(filepath.Join(out, pattern))
		if err != nil {
			return nil, err
		}
		for _, manifest := range manifests {
			h, err := load(manifest)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", manifest, err)
			}
			hosts = append(hosts, h)
		}
	}
	if len(hosts) == 0 {
		return nil, fmt.Errorf("no rendered cluster: %w", &fs.PathError{Op: "find", Path: out, Err: fs.ErrNotExist})
	}
	slices.SortStableFunc(hosts, func(a, b *Host) int {
		return cmp.Or(cmp.Compare(a.Cluster, b.Cluster), cmp.Compare(a.Name, b.Name))
	})
	return hosts, nil
}

func load(manifest string) (*Host, error) {
	data, err := os.ReadFile(manifest)
	if err != nil {
		return nil, err
	}
	h := &Host{}
	if err := h.describe(data); err != nil {
		return nil, err
	}
	m, _ := tree.ReadManifest(data)
	// Paths of files are relative to the cluster's folder.
	base := filepath.Dir(manifest)
	if h.Name != "" {
		base = filepath.Dir(filepath.Dir(base))
	}
	for _, line := range m.Files {
		mode, err := strconv.ParseUint(line.Mode, 8, 32)
		if err != nil {
			return nil, fmt.Errorf("mode of %s: %w", line.Path, err)
		}
		f := tree.File{
			Host: m.Host, Path: line.Path, Kind: line.Kind, Mode: fs.FileMode(mode), Owner: line.Owner,
			Phase: line.Phase, Source: line.Source,
		}
		if f.Content, err = os.ReadFile(filepath.Join(base, filepath.FromSlash(f.TreePath()))); err != nil {
			return nil, err
		}
		h.Files = append(h.Files, f)
	}
	return h, nil
}

// describe takes what a manifest says of the host beside its files.
func (h *Host) describe(manifest []byte) error {
	m, intact := tree.ReadManifest(manifest)
	if !intact {
		return errors.New("damaged")
	}
	h.Cluster, h.Name, h.Roles = m.Cluster, m.Host, m.Roles
	h.Packages, h.Programs, h.PKI, h.Units = m.Packages, m.Programs, m.PKI, m.Units
	return nil
}

// Hosts gives the hosts of a cluster, without the cluster's own files.
func Hosts(all []*Host, cluster string) []*Host {
	return slices.DeleteFunc(slices.Clone(all), func(h *Host) bool { return h.Cluster != cluster || h.Name == "" })
}

// File gives the host's file at a path, or nil.
func (h *Host) File(path string) *tree.File {
	for i := range h.Files {
		if h.Files[i].Path == path {
			return &h.Files[i]
		}
	}
	return nil
}

// StubSecret stands for every secret but those that have a form of their own. It has the eight characters that VRRP allows.
const StubSecret = "stub1234"

var secret = regexp.MustCompile(`\{\{ khagen_secrets\['([a-z][a-z0-9_]*)'\] \}\}`)

// Delivered gives the content that a host gets: a secret's template with a stub in place of each secret.
func Delivered(f *tree.File) []byte {
	return DeliveredWith(f, Stub)
}

// StubToken stands for bootstrap tokens, which have a form of their own.
const StubToken = "abcdef.0123456789abcdef"

// StubKey stands for the keys of etcd's content: 32 bytes in base64.
const StubKey = "c3R1YiBzdHViIHN0dWIgc3R1YiBzdHViIHN0dWIgc3Q="

// Stub is what stands for a secret.
func Stub(name string) string {
	switch {
	case strings.HasSuffix(name, "token"):
		return StubToken
	case strings.HasPrefix(name, "etcd_"):
		return StubKey
	}
	return StubSecret
}

// DeliveredWith is Delivered with secrets by their names.
func DeliveredWith(f *tree.File, secrets func(name string) string) []byte {
	if f.Kind != tree.KindSecret {
		return f.Content
	}
	return secret.ReplaceAllFunc(f.Content, func(reference []byte) []byte {
		return []byte(secrets(string(secret.FindSubmatch(reference)[1])))
	})
}

// Repository gives the folder of the repository that the working folder is in.
func Repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the working folder")
		}
		dir = parent
	}
}

// Out gives the folder of trees to test: the repository's, or another that KHAGEN_E2E_OUT names.
func Out() (string, error) {
	if out := os.Getenv("KHAGEN_E2E_OUT"); out != "" {
		return out, nil
	}
	repository, err := Repository()
	return filepath.Join(repository, "out"), err
}
