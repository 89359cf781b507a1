package delivery

import (
	"cmp"
	"fmt"
	"path"
	"slices"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// readmeVersion is a line of the table of versions.
type readmeVersion struct{ What, Version, From string }

// readmeVersions are those of what runs on hosts, as far as the definition decides them.
func readmeVersions(c *topology.Cluster) []readmeVersion {
	var all []readmeVersion
	add := func(what, version, from string) { all = append(all, readmeVersion{what, version, from}) }
	if c.Binaries() {
		add("Kubernetes", c.Version.String(), "programs")
	} else {
		add("Kubernetes", c.Version.String(), "packages of pkgs.k8s.io for "+c.Version.MajorMinor()+", held")
	}
	switch {
	case c.RunsEtcd():
		if v, err := c.EtcdVersion(); err == nil {
			add("etcd", v.String(), "programs")
		}
	case len(c.EtcdMembers) > 0:
		add("etcd", "kubeadm's", "an image")
	default:
		add("etcd", "someone else's", "")
	}
	all = append(all, perHost(c, runtimeVersion)...)
	// Where kubeadm's packages bring them, their repository decides.
	if v := programVersion(c, "loopback"); v != "" {
		add("CNI plugins", v, "programs")
	}
	if v := programVersion(c, "crictl"); v != "" {
		add("crictl", v, "a program")
	}
	lb := c.Spec.LoadBalancer
	if len(c.LoadBalancers) > 0 {
		all = append(all, packaged(lb.Proxy, lb.Runtime, lb.Image, lb.Version))
	}
	if len(c.VRRPPeers) > 0 {
		k := c.Spec.VIP.Keepalived
		all = append(all, packaged("keepalived", k.Runtime, k.Image, k.Version))
	}
	if len(c.KubeVIPs) > 0 {
		add("kube-vip", c.Spec.VIP.KubeVIP.Version, "an image")
	}
	return append(all, perHost(c, func(h *topology.Host) readmeVersion {
		return readmeVersion{"operating system", h.Machine.OS, ""}
	})...)
}

// packaged is a program that a package or an image brings.
func packaged(name, runtime, image, version string) readmeVersion {
	if runtime == topology.RuntimeSystemd {
		return readmeVersion{name, cmp.Or(version, "the distribution's"), "a package"}
	}
	return readmeVersion{name, cmp.Or(version, "the image's"), "`" + image + "`"}
}

// runtimeVersion is that of the container runtime; nothing where the host needs none.
func runtimeVersion(h *topology.Host) readmeVersion {
	r := h.Machine.ContainerRuntime
	switch {
	case !h.IsNode():
		return readmeVersion{}
	case !r.Manage:
		return readmeVersion{r.Name, "yours", ""}
	}
	for _, p := range h.Packages {
		if tree.Package(p).IsRuntime() {
			return readmeVersion{r.Name, r.Version, "the package `" + p.Name + "`, held"}
		}
	}
	return readmeVersion{r.Name, r.Version, ""}
}

// programVersion is that of a program that hosts have without a package; empty where none has it.
func programVersion(c *topology.Cluster, name string) string {
	for _, h := range c.Hosts {
		for _, p := range h.Programs {
			if path.Base(p.Path) == name {
				return p.Version
			}
		}
	}
	return ""
}

// perHost has a line for each answer that hosts give, with their names where there are several; none for an empty one.
func perHost(c *topology.Cluster, ask func(*topology.Host) readmeVersion) []readmeVersion {
	var answers []readmeVersion
	var of [][]*topology.Host
	for _, h := range c.Hosts {
		a := ask(h)
		if a == (readmeVersion{}) {
			continue
		}
		i := slices.Index(answers, a)
		if i < 0 {
			i, answers, of = len(answers), append(answers, a), append(of, nil)
		}
		of[i] = append(of[i], h)
	}
	for i := range answers {
		if len(answers) > 1 {
			answers[i].What += " of " + someNames(of[i])
		}
	}
	return answers
}

// someNames are those of hosts, or the first and the last of many.
func someNames(hosts []*topology.Host) string {
	if n := len(hosts); n > mostOfZone {
		return fmt.Sprintf("%d hosts: %s … %s", n, hosts[0].Name, hosts[n-1].Name)
	}
	return names(hosts)
}
