package rollout

import (
	"path"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

const (
	patchFolder = "/etc/kubernetes/patches"
	oldFolder   = "/etc/kubernetes/khagen-old"
)

// kubeadmConfig is the path of kubeadm's config.yaml on a control plane.
func (c *change) kubeadmConfig(host string) string {
	m := c.after.Host(host)
	i := slices.IndexFunc(m.Files, func(f tree.ManifestFile) bool {
		return path.Base(f.Path) == "config.yaml" && path.Base(path.Dir(f.Path)) == kubeadm
	})
	if i < 0 {
		return "/etc/kubernetes/kubeadm/config.yaml"
	}
	return m.Files[i].Path
}

// objectsOf splits a file into its documents by their kinds.
func objectsOf(content string) map[string]string {
	objects := map[string]string{}
	for _, document := range strings.Split("\n"+content, "\n---\n") {
		for line := range strings.Lines(document) {
			if kind, ok := strings.CutPrefix(line, "kind: "); ok {
				objects[strings.TrimSpace(kind)] = document
			}
		}
	}
	return objects
}

// fieldsOf splits a document into its fields, each with the lines below it.
func fieldsOf(document string) map[string]string {
	fields, field := map[string]string{}, ""
	for line := range strings.Lines(document) {
		if name, _, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "-") && !strings.HasPrefix(line, "#") {
			field = name
		}
		fields[field] += line
	}
	return fields
}

// kubeadmChange is what a change asks of kubeadm's phases on a control plane.
type kubeadmChange struct {
	certificates                 []string // phases of init's certs
	controlPlane, etcd           bool     // static pods
	kubelet                      bool     // KubeletConfiguration
	uploadKubeadm, uploadKubelet bool     // what the cluster has stored
	proxy, dns                   bool     // addons
	stale                        []string // patches that are gone and would still be applied
}

func (k *kubeadmChange) empty() bool {
	return len(k.certificates)+len(k.stale) == 0 && !k.controlPlane && !k.etcd && !k.kubelet && !k.uploadKubeadm && !k.uploadKubelet && !k.proxy && !k.dns
}

// kubeadmNeeds compares what kubeadm reads on a host. The version alone is nothing: upgrades write it themselves.
func (c *change) kubeadmNeeds(host string) kubeadmChange {
	var k kubeadmChange
	file := c.kubeadmConfig(host)
	was, is := objectsOf(c.read(c.before, host, file)), objectsOf(c.read(c.after, host, file))
	had, has := fieldsOf(was["ClusterConfiguration"]), fieldsOf(is["ClusterConfiguration"])
	differ := func(fields ...string) bool {
		return slices.ContainsFunc(fields, func(f string) bool { return had[f] != has[f] })
	}
	if len(was) > 0 && len(is) > 0 {
		k.controlPlane = differ("apiServer", "controllerManager", "scheduler", "featureGates", "clusterName") || was["InitConfiguration"] != is["InitConfiguration"]
		k.etcd = differ("etcd")
		k.dns = differ("dns", "imageRepository")
		k.proxy = was["KubeProxyConfiguration"] != is["KubeProxyConfiguration"]
		k.kubelet = was["KubeletConfiguration"] != is["KubeletConfiguration"]
		k.uploadKubelet = k.kubelet
		for field := range has {
			k.uploadKubeadm = k.uploadKubeadm || field != "kubernetesVersion" && field != "" && had[field] != has[field]
		}
		for field := range had {
			k.uploadKubeadm = k.uploadKubeadm || field != "" && has[field] == ""
		}
	}
	for _, d := range c.diffs[host] {
		k.patched(d.Path)
	}
	if l := c.left[host]; l != nil {
		for _, gone := range l.Files {
			if path.Dir(gone) == patchFolder {
				k.stale = append(k.stale, gone)
				k.patched(gone)
			}
		}
	}
	k.certificates = c.kubeadmCertificates(host)
	return k
}

// patched notes what a patch is for: the beginning of its name.
func (k *kubeadmChange) patched(file string) {
	if path.Dir(file) != patchFolder {
		return
	}
	switch name := path.Base(file); {
	case strings.HasPrefix(name, "kube-apiserver"), strings.HasPrefix(name, "kube-controller-manager"), strings.HasPrefix(name, "kube-scheduler"):
		k.controlPlane = true
	case strings.HasPrefix(name, "etcd"):
		k.etcd = true
	case strings.HasPrefix(name, "kubeletconfiguration"):
		k.kubelet = true
	case strings.HasPrefix(name, "coredns"):
		k.dns = true
	case strings.HasPrefix(name, "kubeproxy"):
		k.proxy = true
	}
}

// kubeadmCertificates are the certificates of kubeadm's that a host serves by other names than before, as phases of init's certs.
func (c *change) kubeadmCertificates(host string) []string {
	var phases []string
	for _, is := range c.after.Host(host).Certificates {
		if is.Issuer != kubeadm {
			continue
		}
		for _, was := range c.before.Host(host).Certificates {
			if was.Path == is.Path && !slices.Equal(was.Names, is.Names) {
				name := strings.TrimSuffix(path.Base(is.Path), ".crt")
				if path.Base(path.Dir(is.Path)) == roleEtcd {
					name = roleEtcd + "-" + name
				}
				phases = append(phases, name)
			}
		}
	}
	return phases
}

// reconfigured says whether kubeadm has something to do on a host, whatever is delivered there.
func (c *change) reconfigured(host string) bool {
	k := c.kubeadmNeeds(host)
	return !k.empty()
}
