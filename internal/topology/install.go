package topology

import (
	"path"
	"slices"
	"strings"
)

// Binaries says whether the components are programs under systemd units of khagen's, not what kubeadm makes.
func (c *Cluster) Binaries() bool { return c.Spec.Kubernetes.Install == InstallBinaries }

// ConfigFile is the path of a configuration file or kubeconfig of Kubernetes.
func (c *Cluster) ConfigFile(name string) string {
	return path.Join(c.Spec.Kubernetes.Paths.Config, name)
}

// Kubeconfig is the path of a component's kubeconfig.
func (c *Cluster) Kubeconfig(component string) string { return c.ConfigFile(component + ".kubeconfig") }

// RunsKubeProxy says whether nodes run kube-proxy; else the CNI does its work.
func (c *Cluster) RunsKubeProxy() bool { return c.Spec.Kubernetes.KubeProxy.Mode != "none" }

// PKIFile is the path of a certificate or key of Kubernetes.
func (c *Cluster) PKIFile(name string) string {
	return path.Join(c.Spec.Kubernetes.Paths.Certificates, name)
}

// EtcdPKIFile is the path of a certificate or key of an etcd member.
func (c *Cluster) EtcdPKIFile(name string) string {
	return path.Join(c.Spec.Etcd.Paths.Certificates, name)
}

// Program is the path of a program of Kubernetes or etcd.
func (c *Cluster) Program(name string) string {
	if slices.Contains(etcdPrograms, name) {
		return path.Join(c.Spec.Etcd.Paths.Binaries, name)
	}
	return path.Join(c.Spec.Kubernetes.Paths.Binaries, name)
}

// FlagsFile is the file with a component's flags. Where the folder is the distribution's own for such files, it is named
// as they are there, after the service alone.
func (c *Cluster) FlagsFile(component string) string {
	folder := c.Spec.Kubernetes.Paths.Flags
	if component == etcd {
		folder = c.Spec.Etcd.Paths.Config
	}
	if folder == "/etc/default" || folder == "/etc/sysconfig" {
		return path.Join(folder, component)
	}
	return path.Join(folder, component+".conf")
}

// EtcdInitialFile is the file with the flags that etcd reads only while it has no data.
func (c *Cluster) EtcdInitialFile() string {
	return path.Join(c.Spec.Etcd.Paths.Config, "etcd-initial.conf")
}

// FlagsVariable is the environment variable that holds a component's flags: KUBE_APISERVER_OPTS. etcd takes every ETCD_… for
// a setting of its own: its variable is called as Debian's package has it.
func FlagsVariable(component string) string {
	if component == etcd {
		return "DAEMON_ARGS"
	}
	return strings.ToUpper(strings.ReplaceAll(component, "-", "_")) + "_OPTS"
}

// Unit is the systemd unit of a component.
func Unit(component string) string { return component + ".service" }

// KeyAlgorithm is that of new keys: the definition's, else kubeadm's own default, else ECDSA, whose handshakes are cheaper.
func (c *Cluster) KeyAlgorithm() string {
	switch {
	case c.Spec.Kubernetes.Certificates.Algorithm != "":
		return c.Spec.Kubernetes.Certificates.Algorithm
	case c.Binaries():
		return "ECDSA-P256"
	}
	return "RSA-2048"
}
