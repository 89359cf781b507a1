package pki

import (
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/khagen/khagen/internal/topology"
)

// wanted is all that the definition asks for, in the order in which it is made.
type wanted struct {
	authorities    []string
	serviceAccount bool
	kubeconfigs    []kubeconfig
	leaves         []leaf
	shared         []shared
}

// leaf is a certificate with a key of its own.
type leaf struct {
	topology.Certificate
	host string
	path string // in the folder, without .crt and .key
}

// shared is a host's copy of what several have.
type shared struct {
	topology.SharedFile
	host string
	path string // in the folder
	from string // what it is a copy of, in the folder
}

// Authorities by the order of their making, and the names that kubeadm gives them.
var authorityNames = []struct{ name, commonName string }{
	{topology.ClusterCA, "kubernetes"},
	{topology.EtcdCA, "etcd-ca"},
	{topology.FrontProxyCA, "front-proxy-ca"},
}

// want lists what a cluster needs. Two files of a host at one path are an error.
func want(c *topology.Cluster) (*wanted, error) {
	w := &wanted{kubeconfigs: kubeconfigs(c)}
	used := map[string]bool{topology.ClusterCA: true}
	for _, h := range c.Hosts {
		for _, s := range h.SharedFiles() {
			w.shared = append(w.shared, shared{s, h.Name, onHost(h, s.Path), source(s)})
			used[s.Of] = true
		}
		for _, k := range hostKubeconfigs(h) {
			w.kubeconfigs = append(w.kubeconfigs, k)
			used[k.Authority] = true
		}
		for _, l := range h.Certificates() {
			w.leaves = append(w.leaves, leaf{l, h.Name, onHost(h, l.Path)})
			used[l.Authority] = true
		}
	}
	for _, a := range authorityNames {
		if used[a.name] {
			w.authorities = append(w.authorities, a.name)
		}
	}
	w.serviceAccount = used[topology.ServiceAccountKeys]
	return w, w.apart()
}

// onHost is where a file of a host lies in the folder.
func onHost(h *topology.Host, file string) string { return path.Join("hosts", h.Name, "rootfs", file) }

// source is the file that a shared file is a copy of.
func source(s topology.SharedFile) string {
	switch {
	case s.Key:
		return s.Of + ".key"
	case s.Of == topology.ServiceAccountKeys:
		return s.Of + ".pub"
	}
	return s.Of + ".crt"
}

// apart refuses two files at one path.
func (w *wanted) apart() error {
	var errs []error
	seen := map[string]string{}
	put := func(path, what string) {
		if before, taken := seen[path]; taken && before != what {
			errs = append(errs, fmt.Errorf("%s would be both %s and %s: give kubernetes.paths.certificates and etcd.paths.certificates folders of their own", path, before, what))
		}
		seen[path] = what
	}
	for _, s := range w.shared {
		put(s.path, "a copy of "+s.from)
	}
	for _, l := range w.leaves {
		put(l.path+".crt", "the certificate of "+l.CommonName)
		put(l.path+".key", "the key of "+l.CommonName)
	}
	return errors.Join(errs...)
}

// of gives the leaves of these hosts.
func (w *wanted) of(hosts []string) (leaves []leaf, copies []shared) {
	for _, l := range w.leaves {
		if slices.Contains(hosts, l.host) {
			leaves = append(leaves, l)
		}
	}
	for _, s := range w.shared {
		if slices.Contains(hosts, s.host) {
			copies = append(copies, s)
		}
	}
	return leaves, copies
}
