package registry

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Versions say which images are wanted. What is empty is not made.
type Versions struct {
	Kubernetes string // folder of e2e/.cache/bin, such as k8s-1.36: all that its kubeadm asks for but CoreDNS

	// Names of images that Debian's programs are served under, as definitions have them.
	HAProxy    string // docker.io/library/haproxy:3.2.19-alpine
	Keepalived string // with a shell and curl, for check scripts
	Nginx      string // docker.io/library/nginx:1.30.1-alpine

	KubeVIP string // its name, as definitions have it, with the version that e2e/tools builds: ghcr.io/kube-vip/kube-vip:v1.2.2
}

// Images are those that were made, by their names.
type Images struct {
	store  store
	byName map[string]descriptor // manifests
}

// Names are what the images are called, with registry and tag: registry.k8s.io/pause:3.10.2.
func (i *Images) Names() []string { return slices.Sorted(maps.Keys(i.byName)) }

// Digest is the sum of an image's manifest, sha256:…, or "" where there is no image of the name.
func (i *Images) Digest(name string) string { return i.byName[name].Digest }

// keep makes images in the store, one after the other: each reads and writes a hundred megabytes.
func (s store) keep(all []image, goOn func() error) (*Images, error) {
	kept := &Images{store: s, byName: map[string]descriptor{}}
	for _, i := range all {
		if err := goOn(); err != nil {
			return nil, err
		}
		d, err := i.keep(s)
		if err != nil {
			return nil, fmt.Errorf("make image %s: %w", i.name, err)
		}
		if other, is := kept.byName[i.name]; is && other != d {
			return nil, fmt.Errorf("image %s is made of two different things", i.name)
		}
		kept.byName[i.name] = d
	}
	return kept, nil
}

// splitName splits a name into its registry, repository and tag.
func splitName(name string) (registry, repository, tag string, err error) {
	registry, rest, found := strings.Cut(name, "/")
	repository, tag, tagged := strings.Cut(rest, ":")
	if !found || !tagged || !strings.ContainsAny(registry, ".:") || repository == "" || tag == "" || strings.Contains(tag, "@") {
		return "", "", "", fmt.Errorf("%s isn't a name of the form registry.example.net/repository:tag", name)
	}
	return registry, repository, tag, nil
}
