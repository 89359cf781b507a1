package rules

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

// named is a file or folder, and the place where the definition names it.
type named struct {
	at   field
	file string
}

func filesKept(c *topology.Cluster, f *found) {
	_, open := namedFiles(c)
	findPassing(c, open, f)
}

func filesSeen(c *topology.Cluster, f *found) {
	closed, _ := namedFiles(c)
	findPassing(c, closed, f)
}

// findPassing looks for what lies in folders of users, or is only there for a while.
func findPassing(c *topology.Cluster, files []named, f *found) {
	for _, n := range files {
		for _, folder := range []string{"/home", "/root", "/tmp", "/var/tmp"} {
			if within(n.file, folder) {
				f.add(c, n.at, "%s lies in %s", n.file, folder)
			}
		}
	}
}

// namedFiles lists what a definition names: closed for units of khagen's that see no home folders and have a /tmp of their
// own, open for all others.
func namedFiles(c *topology.Cluster) (closed, open []named) {
	for _, k := range components(c) {
		if c.Binaries() && k.name != upstream.Kubelet {
			closed = append(closed, filesOf(k)...)
		} else {
			open = append(open, filesOf(k)...)
		}
	}
	folders := namedFolders(c)
	if c.Binaries() {
		return append(closed, folders...), open
	}
	return closed, append(open, folders...)
}

// filesOf are those that a component's flags and volumes name.
func filesOf(k component) []named {
	var all []named
	for _, name := range k.flags() {
		for _, value := range k.args[name] {
			all = append(all, named{k.flag(name), value})
		}
	}
	for i, v := range k.volumes {
		all = append(all, named{append(k.at[:len(k.at)-1:len(k.at)-1], "extraVolumes", element(i), "hostPath"), v.HostPath})
	}
	return all
}

// namedFolders are the definition's own, and files of the control plane that it names beside flags.
func namedFolders(c *topology.Cluster) []named {
	var all []named
	if audit := c.Spec.Kubernetes.APIServer.Audit; audit.Enabled {
		all = append(all, named{field{"kubernetes", "apiServer", "audit", "logPath"}, audit.LogPath})
	}
	if e := c.Spec.Etcd.External; e != nil {
		for _, n := range []struct{ name, file string }{{"caFile", e.CAFile}, {"certFile", e.CertFile}, {"keyFile", e.KeyFile}} {
			all = append(all, named{field{"etcd", "external", n.name}, n.file})
		}
	}
	for _, f := range foldersOf(c) {
		all = append(all, named{f.at, f.path})
	}
	return all
}
