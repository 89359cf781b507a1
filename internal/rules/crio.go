package rules

import (
	"slices"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

var crioRules = []Rule{
	{
		ID: "KH205", Severity: Error,
		Title:   "registries are described in a way that CRI-O can follow",
		Reason:  "registries.conf names registries one by one, knows URLs as a host and a folder of images, and asks a mirror for images or not at all.",
		Hint:    "describe the registry by its own name, with URLs such as https://mirror.example.net or https://mirror.example.net/v2/folder",
		Source:  "https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md",
		cluster: crioRegistries,
	},
	{
		ID: "KH206", Severity: Error,
		Title:   "the version of CRI-O is one that exists",
		Reason:  "CRI-O has the versions of Kubernetes: packages of others can't be installed.",
		Hint:    "leave version out: it is the one of kubernetes.version then",
		Source:  "https://github.com/cri-o/cri-o#compatibility-matrix-cri-o--kubernetes",
		cluster: crioKnown,
	},
	{
		ID: "KH207", Severity: Warning,
		Title:   "CRI-O is of the version of Kubernetes",
		Reason:  "The two are released together and tested together only.",
		Hint:    "leave version out: it is the one of kubernetes.version then",
		Source:  "https://github.com/cri-o/cri-o#compatibility-matrix-cri-o--kubernetes",
		cluster: crioPairs,
	},
}

func crioRegistries(c *topology.Cluster, f *found) {
	anywhere := slices.ContainsFunc(c.Hosts, (*topology.Host).ManagesCRIO)
	own := map[string]bool{}
	for _, h := range c.Hosts {
		own[h.Name] = h.ManagesCRIO()
	}
	eachRegistry(c, func(at field, name string, r schema.Registry) {
		concerned := anywhere
		if at[0] == "hosts" {
			concerned = own[at[1]]
		}
		if concerned {
			crioRegistry(c, f, at, r)
		}
	})
}

func crioRegistry(c *topology.Cluster, f *found, at field, r schema.Registry) {
	below := func(more ...string) field { return slices.Concat(at, more) }
	if at[len(at)-1] == "_default" {
		f.add(c, at, "CRI-O knows no entry for all other registries").mend("name each registry that has a mirror, such as \"docker.io\"")
		return
	}
	check := func(at field, url string) {
		if _, ok := topology.RegistryLocation(url); !ok {
			f.add(c, at, "%s has a path that is none of CRI-O's: it asks https://HOST/v2/", url).
				mend("write the host alone, or https://HOST/v2/FOLDER where images lie in a folder there")
		}
	}
	if r.Server != "" {
		check(below("server"), r.Server)
	}
	for i, m := range r.Mirrors {
		check(below("mirrors", element(i), "url"), m.URL)
		if !slices.Contains(m.Capabilities, "pull") {
			f.add(c, below("mirrors", element(i), "capabilities"), "CRI-O has no use for a mirror without images: %s lacks pull", m.URL).
				mend(`write ["pull", "resolve"], or ["pull"] for a mirror that isn't asked what a tag stands for`)
		}
	}
}

func crioKnown(c *topology.Cluster, f *found) {
	eachRuntime(c, topology.CRIO, func(at field, version string) {
		if v, err := upstream.ParseVersion(version); err != nil || !upstream.KubernetesKnown(v) {
			f.add(c, at, "CRI-O %s is not known", version)
		}
	})
}

func crioPairs(c *topology.Cluster, f *found) {
	belongs := upstream.CRIOFor(c.Version)
	eachRuntime(c, topology.CRIO, func(at field, version string) {
		if v, err := upstream.ParseVersion(version); err == nil && upstream.KubernetesKnown(v) && version != belongs {
			f.add(c, at, "CRI-O is %s, and Kubernetes %s", version, c.Version.MajorMinor())
		}
	})
}
