package rendered

import (
	"fmt"

	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/delivery"
	"github.com/khagen/khagen/internal/overlay"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

// Tree is one cluster, rendered in memory.
type Tree struct {
	Cluster *topology.Cluster
	Hosts   []*Host // as Load gives them: the cluster's own files first, then hosts in the order of their names
}

// Render gives what Load gives of a cluster, from the definition in a folder, without a tree on disk.
func Render(folder string) ([]*Host, error) {
	t, err := RenderTree(folder)
	if err != nil {
		return nil, err
	}
	return t.Hosts, nil
}

// Files gives all files of a cluster, manifests too, from the definition in a folder.
func Files(folder string) (*topology.Cluster, []tree.File, error) {
	spec, err := schema.Load(folder)
	if err != nil {
		return nil, nil, err
	}
	cluster, err := topology.New(spec)
	if err != nil {
		return nil, nil, err
	}
	files, err := generators.Generate(cluster)
	if err != nil {
		return nil, nil, err
	}
	if files, err = overlay.Apply(cluster, files); err != nil {
		return nil, nil, fmt.Errorf("lay overlay over: %w", err)
	}
	files, err = delivery.Files(cluster, files)
	return cluster, files, err
}

// RenderTree is Render for those who need to know the cluster, too.
func RenderTree(folder string) (*Tree, error) {
	cluster, files, err := Files(folder)
	if err != nil {
		return nil, err
	}
	name := cluster.Spec.Name
	t := &Tree{Cluster: cluster, Hosts: []*Host{{Cluster: name}}}
	for _, h := range cluster.Hosts {
		t.Hosts = append(t.Hosts, &Host{Cluster: name, Name: h.Name})
	}
	for _, f := range files {
		h := t.Host(f.Host)
		if f.Kind != tree.KindManifest {
			h.Files = append(h.Files, f)
		} else if err := h.describe(f.Content); err != nil {
			return nil, fmt.Errorf("manifest of %v: %w", h, err)
		}
	}
	return t, nil
}

// Host gives a host by its name, or the cluster itself, which has none.
func (t *Tree) Host(name string) *Host {
	for _, h := range t.Hosts {
		if h.Name == name {
			return h
		}
	}
	return nil
}
