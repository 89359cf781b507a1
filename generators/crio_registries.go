package generators

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

const containersFolder = "/etc/containers"

var registriesConf = embedded("registries.conf.tmpl")

// crioRegistry is an entry of registries.conf: images below Prefix are looked for at the mirrors, then at the server.
type crioRegistry struct {
	Prefix  string
	Server  crioServer
	Mirrors []crioServer
}

// crioServer is a place that has images.
type crioServer struct {
	Location   string
	PlainHTTP  bool
	DigestOnly bool // isn't asked what a tag stands for
}

// crioRegistries are registries.conf, which CRI-O reads again when it is reloaded, and the CAs, which it reads with each image
// (https://github.com/containers/image/blob/main/docs/containers-certs.d.5.md).
func crioRegistries(h *topology.Host) ([]tree.File, error) {
	if len(h.Machine.Registries) == 0 {
		return nil, nil
	}
	var registries []crioRegistry
	var files []tree.File
	for _, name := range slices.Sorted(maps.Keys(h.Machine.Registries)) {
		registry, cas, err := crioRegistryOf(h.Cluster, name, h.Machine.Registries[name])
		if err != nil {
			return nil, fmt.Errorf("registry %s: %w", name, err)
		}
		registries = append(registries, registry)
		for _, ca := range cas {
			if !slices.ContainsFunc(files, func(f tree.File) bool { return f.Path == ca.Path }) {
				files = append(files, ca)
			}
		}
	}
	content, err := registriesConf().Render(map[string]any{"Header": header(h.Cluster), "Registries": registries})
	conf := registryFile(containersFolder+"/registries.conf.d/20-khagen.conf", content)
	conf.Notify = reload(h.RuntimeUnit())
	return append(files, conf), err
}

func crioRegistryOf(c *topology.Cluster, name string, r schema.Registry) (crioRegistry, []tree.File, error) {
	var cas []tree.File
	serverOf := func(raw, caFile string) (crioServer, error) {
		location, ok := topology.RegistryLocation(raw)
		if !ok {
			return crioServer{}, fmt.Errorf("%s is no URL that CRI-O can use", raw)
		}
		if caFile != "" {
			cas = append(cas, registryFile(crioCA(raw, caFile), c.Spec.Files[caFile]))
		}
		return crioServer{Location: location, PlainHTTP: strings.HasPrefix(raw, "http://")}, nil
	}
	registry := crioRegistry{Prefix: name}
	server := r.Server
	if server == "" {
		server = "https://" + name
	}
	var err error
	if registry.Server, err = serverOf(server, r.CAFile); err != nil {
		return registry, nil, err
	}
	for _, m := range r.Mirrors {
		mirror, err := serverOf(m.URL, m.CAFile)
		if err != nil {
			return registry, nil, err
		}
		mirror.DigestOnly = !slices.Contains(m.Capabilities, "resolve")
		registry.Mirrors = append(registry.Mirrors, mirror)
	}
	return registry, cas, nil
}

// crioCA is the place of a server's CA. Folders don't count there, and neither do files of another suffix.
func crioCA(raw, caFile string) string {
	host := ""
	if u, err := url.Parse(raw); err == nil {
		host = u.Host
	}
	name := strings.ReplaceAll(strings.TrimPrefix(caFile, "files/"), "/", "-")
	return path.Join(containersFolder, "certs.d", host, strings.TrimSuffix(name, ".crt")+".crt")
}
