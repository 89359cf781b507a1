package rules

import (
	"strings"

	"github.com/khagen/khagen/internal/topology"
)

const (
	asPackage = "is installed anyway, in the version that belongs to the cluster"
	asProgram = "comes without a package: the manifest of the host lists its program"
)

// installedAnyway lists the packages whose programs khagen has installed on some hosts, and how they come there.
func installedAnyway(c *topology.Cluster, hosts []*topology.Host) map[string]string {
	all := map[string]string{}
	kubernetes := asPackage
	if c.Binaries() {
		kubernetes = asProgram
	}
	for _, h := range hosts {
		if h.IsNode() {
			all["kubelet"] = kubernetes
		}
		switch {
		case h.IsNode() && c.Binaries():
			all["kubernetes-cni"], all["cri-tools"] = asProgram, asProgram
		case h.IsNode():
			all["kubeadm"], all["cri-tools"] = kubernetes, kubernetes
		}
		if h.Is(topology.RoleControlPlane) {
			all["kubectl"] = kubernetes
		}
		if h.ManagesContainerd() {
			all["containerd"], all["containerd.io"] = asPackage, asPackage
		}
		if h.ManagesCRIO() {
			all["cri-o"] = asPackage
		}
		if c.RunsEtcd() && h.IsEtcdMember() {
			all["etcd"], all["etcd-server"] = asProgram, asProgram
		}
	}
	return all
}

func packagesFree(c *topology.Cluster, f *found) {
	check := func(at field, packages []string, hosts []*topology.Host) {
		if len(packages) == 0 {
			return
		}
		installed := installedAnyway(c, hosts)
		for i, text := range packages {
			name, _, _ := strings.Cut(text, "=")
			if how := installed[name]; how != "" {
				f.add(c, append(at[:len(at):len(at)], element(i)), "%s %s", name, how)
			} else if name == "kubeadm" && c.Binaries() {
				f.add(c, append(at[:len(at):len(at)], element(i)), `kubeadm has no use with install "binaries", and brings a kubelet with a unit of its own`)
			}
		}
	}
	check(field{"machine", "packages"}, c.Spec.Machine.Packages, c.Hosts)
	for _, h := range c.Hosts {
		check(field{"hosts", h.Name, "machine", "packages"}, h.Spec.Machine.Packages, []*topology.Host{h})
	}
}
