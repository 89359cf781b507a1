package rollout

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/internal/tree"
)

// patchesFlag is what kubeadm's upgrade commands take where the host has patches: without it these are gone.
func (c *change) patchesFlag(host string) string {
	if slices.ContainsFunc(c.after.Host(host).Files, func(f tree.ManifestFile) bool { return strings.HasPrefix(f.Path, patchFolder+"/") }) {
		return " --patches " + patchFolder
	}
	return ""
}

// ignoredFlag has an upgrade pass over what the host's own configuration had init or join pass over: upgrades read what the cluster
// has stored, which lacks that. Only the first control plane asks about CoreDNS, which a cluster that disabled it doesn't run.
func (c *change) ignoredFlag(host string, first bool) string {
	var ignored []string
	for _, d := range c.kubeadmObjects(host) {
		for _, name := range d.NodeRegistration.IgnorePreflightErrors {
			if !ofNewHosts(name) && !slices.Contains(ignored, name) {
				ignored = append(ignored, name)
			}
		}
		if first && d.DNS.Disabled {
			ignored = append(ignored, "CoreDNSMigration", "CoreDNSUnsupportedPlugins")
		}
	}
	if len(ignored) == 0 {
		return ""
	}
	slices.Sort(ignored)
	return " --ignore-preflight-errors " + strings.Join(slices.Compact(ignored), ",")
}

// ofNewHosts says whether kubeadm asks something only before a host is a node: ports and files are in use ever after.
func ofNewHosts(preflight string) bool {
	return slices.ContainsFunc([]string{"Port-", "FileAvailable-", "DirAvailable-"}, func(prefix string) bool {
		return len(preflight) >= len(prefix) && strings.EqualFold(preflight[:len(prefix)], prefix)
	})
}

// kubeadmObject has those fields of kubeadm's configuration that its upgrades have to be told.
type kubeadmObject struct {
	NodeRegistration struct {
		IgnorePreflightErrors []string `yaml:"ignorePreflightErrors"`
	} `yaml:"nodeRegistration"`
	DNS struct {
		Disabled bool `yaml:"disabled"`
	} `yaml:"dns"`
}

// kubeadmObjects are those of a host, of config.yaml and of join.yaml where the tree has it.
func (c *change) kubeadmObjects(host string) []kubeadmObject {
	var objects []kubeadmObject
	for _, file := range []string{c.kubeadmConfig(host), fileNamed(c.after.Host(host), "join.yaml")} {
		decoder := yaml.NewDecoder(strings.NewReader(c.read(c.after, host, file)))
		for {
			var o kubeadmObject
			err := decoder.Decode(&o)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				c.err = errors.Join(c.err, fmt.Errorf("%s of %s: %w", file, host, err))
				return objects
			}
			objects = append(objects, o)
		}
	}
	return objects
}
