package rules

import (
	"maps"
	"slices"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

var registryRules = []Rule{{
	ID: "KH145", Severity: Error,
	Title:   "registries are described in a way that container runtimes and the kubelet can follow",
	Reason:  "containerd refuses a hosts.toml that has a mirror twice, and then pulls nothing from the registry; the kubelet looks logins up by the registry's name.",
	Hint:    "name each mirror once, and registries with a login by their names",
	Source:  "https://github.com/containerd/containerd/blob/main/docs/hosts.md; kubernetes/kubernetes pkg/credentialprovider/keyring.go",
	cluster: registriesWork,
}}

func registriesWork(c *topology.Cluster, f *found) {
	eachRegistry(c, func(at field, name string, r schema.Registry) {
		if name == "_default" && r.CredentialsSecret != "" {
			f.add(c, append(slices.Clone(at), "credentialsSecret"), "no login is for all other registries")
		}
		for i, m := range r.Mirrors {
			same := func(other schema.Mirror) bool { return other.URL == m.URL }
			if slices.IndexFunc(r.Mirrors, same) < i {
				f.add(c, append(slices.Clone(at), "mirrors", element(i), "url"), "%s is a mirror already", m.URL)
			}
		}
	})
}

// eachRegistry visits the registries of the cluster, then those of its hosts, each with the place where it stands.
func eachRegistry(c *topology.Cluster, visit func(at field, name string, r schema.Registry)) {
	each := func(at field, registries map[string]schema.Registry) {
		for _, name := range slices.Sorted(maps.Keys(registries)) {
			visit(append(slices.Clone(at), name), name, registries[name])
		}
	}
	each(field{"machine", "registries"}, c.Spec.Machine.Registries)
	for _, h := range c.Hosts {
		each(field{"hosts", h.Name, "machine", "registries"}, h.Spec.Machine.Registries)
	}
}
