package rollout

import (
	"fmt"
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
	told := c.toldToUpgrade(host)
	ignored := slices.DeleteFunc(told.NodeRegistration.IgnorePreflightErrors, ofNewHosts)
	if first && told.DNS.Disabled {
		ignored = append(ignored, "CoreDNSMigration", "CoreDNSUnsupportedPlugins")
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

// kubeadmFields are those of kubeadm's configuration that its upgrades have to be told.
type kubeadmFields struct {
	NodeRegistration struct {
		IgnorePreflightErrors []string `yaml:"ignorePreflightErrors"`
	} `yaml:"nodeRegistration"`
	DNS struct {
		Disabled bool `yaml:"disabled"`
	} `yaml:"dns"`
}

// toldToUpgrade gives what config.yaml and join.yaml of a host say of it, as far as the tree has them.
func (c *change) toldToUpgrade(host string) kubeadmFields {
	var all kubeadmFields
	for _, file := range []string{c.kubeadmConfig(host), fileNamed(c.after.Host(host), "join.yaml")} {
		objects := objectsOf(c.read(c.after, host, file))
		for _, kind := range []string{"InitConfiguration", "ClusterConfiguration", "JoinConfiguration"} {
			var of kubeadmFields
			if err := yaml.Unmarshal([]byte(objects[kind]), &of); err != nil && c.err == nil {
				c.err = fmt.Errorf("%s in %s of %s: %w", kind, file, host, err)
			}
			all.NodeRegistration.IgnorePreflightErrors = append(all.NodeRegistration.IgnorePreflightErrors, of.NodeRegistration.IgnorePreflightErrors...)
			all.DNS.Disabled = all.DNS.Disabled || of.DNS.Disabled
		}
	}
	return all
}
