package generators

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

const registriesFolder = "/etc/containerd/certs.d"

var hostsTOML = embedded("hosts.toml.tmpl")

// newRegistries renders how the container runtime reaches registries, and the kubelet's logins, which it reads again after
// five minutes: nothing restarts. containerd reads its files anew for each image.
func newRegistries(c *topology.Cluster) HostFiles {
	return func(h *topology.Host) ([]tree.File, error) {
		if !h.IsNode() {
			return nil, nil
		}
		var files []tree.File
		if h.ManagesContainerd() {
			for _, name := range slices.Sorted(maps.Keys(h.Machine.Registries)) {
				rendered, err := registryFiles(c, name, h.Machine.Registries[name])
				if err != nil {
					return nil, fmt.Errorf("registry %s: %w", name, err)
				}
				files = append(files, rendered...)
			}
		}
		if h.ManagesCRIO() {
			rendered, err := crioRegistries(h)
			if err != nil {
				return nil, err
			}
			files = append(files, rendered...)
		}
		logins, err := registryLogins(h)
		return append(files, logins...), err
	}
}

type registryMirror struct {
	URL          string
	Capabilities []string
	CA           string
	Whole        bool // the URL's path
}

// hasFolder says whether a URL names a folder of images, such as https://HOST/v2/FOLDER: containerd would add /v2 to any path that
// doesn't end so.
func hasFolder(url string) bool { return strings.Contains(strings.TrimSuffix(url, "/"), "/v2/") }

// registryFiles are a registry's hosts.toml and the CAs that it names
// (https://github.com/containerd/containerd/blob/main/docs/hosts.md). A registry that has its own is none of those that
// _default stands for.
func registryFiles(c *topology.Cluster, name string, r schema.Registry) ([]tree.File, error) {
	folder := path.Join(registriesFolder, name)
	var files []tree.File
	ca := func(file string) string {
		if file == "" {
			return ""
		}
		// Beside hosts.toml, laid out as below files/: two CAs of the same name keep apart.
		at := path.Join(folder, strings.TrimPrefix(file, "files/"))
		if !slices.ContainsFunc(files, func(f tree.File) bool { return f.Path == at }) {
			files = append(files, registryFile(at, c.Spec.Files[file]))
		}
		return at
	}
	var root []string
	if server := registryServer(name, r); server != "" {
		root = append(root, fmt.Sprintf("server = %q", server))
		if hasFolder(server) {
			root = append(root, "override_path = true")
		}
	}
	if file := ca(r.CAFile); file != "" {
		root = append(root, fmt.Sprintf("ca = %q", file))
	}
	var mirrors []registryMirror
	for _, m := range r.Mirrors {
		mirrors = append(mirrors, registryMirror{m.URL, m.Capabilities, ca(m.CAFile), hasFolder(m.URL)})
	}
	content, err := hostsTOML().Render(map[string]any{"Header": header(c), "Root": root, "Mirrors": mirrors})
	return append(files, registryFile(path.Join(folder, "hosts.toml"), content)), err
}

// registryServer is asked where no mirror answers. Docker's registry answers under another name than its images have;
// of all others together there is none.
func registryServer(name string, r schema.Registry) string {
	switch {
	case r.Server != "" || name == "_default":
		return r.Server
	case name == "docker.io":
		return "https://registry-1.docker.io"
	}
	return "https://" + name
}

func registryFile(at string, content []byte) tree.File {
	return tree.File{Path: at, Kind: tree.KindFile, Mode: 0o644, Content: content, Phase: tree.PhasePrerequisites}
}

// registryLogins is the file of all logins of a node, in the kubelet's own folder, where it looks first: it hands them to
// the runtime with each image, beside those of a pod's imagePullSecrets.
// Source: pkg/credentialprovider/config.go; cmd/kubelet/app/server.go, SetPreferredDockercfgPath.
func registryLogins(h *topology.Host) ([]tree.File, error) {
	if !hasLogins(h) {
		return nil, nil
	}
	type login struct {
		Auth string `json:"auth"`
	}
	logins := map[string]login{}
	for name, r := range h.Machine.Registries {
		if r.CredentialsSecret != "" {
			logins[name] = login{tree.Secret(r.CredentialsSecret)}
		}
	}
	content, err := json.MarshalIndent(map[string]any{"auths": logins}, "", "  ")
	return []tree.File{{
		Path: loginsFile(h), Kind: tree.KindSecret, Mode: 0o600, Content: append(content, '\n'),
		Phase: tree.PhasePrerequisites,
	}}, err
}

func loginsFile(h *topology.Host) string { return path.Join(h.KubeletRoot(), "config.json") }

func hasLogins(h *topology.Host) bool {
	for _, r := range h.Machine.Registries {
		if r.CredentialsSecret != "" {
			return true
		}
	}
	return false
}
