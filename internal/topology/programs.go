package topology

import (
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/upstream"
)

// Program is an executable that no package brings.
type Program struct {
	Path    string // on the host
	Version string
	Role    string // what the host needs it for: RoleEtcd, RoleControlPlane or RoleWorker
	Unit    string // the unit that runs it, and goes on with the old one until it is restarted; empty: people and others call it
	upstream.Download
}

// cniFolder is where container runtimes look for plugins.
const cniFolder = "/opt/cni/bin/"

// cniPlugins are those that CNIs call or chain; each brings its own beside them.
var cniPlugins = []string{"bandwidth", "bridge", "firewall", "host-local", "loopback", "portmap", "tuning"}

// crictl is where people look for it, and what is delivered calls it: to restart static pods.
const crictl = "/usr/local/bin/crictl"

// etcd is the component that runs a member, etcdPrograms are what its project publishes together.
const etcd = "etcd"

var etcdPrograms = []string{etcd, "etcdctl", "etcdutl"}

// programs lists what has to be on the host beside packages; none where kubeadm's packages bring it.
func (h *Host) programs() ([]Program, error) {
	var all []Program
	c := h.Cluster
	if c.RunsEtcd() && h.IsEtcdMember() {
		version, err := c.EtcdVersion()
		if err != nil {
			return nil, err
		}
		for _, name := range etcdPrograms {
			unit := ""
			if name == etcd {
				unit = Unit(etcd)
			}
			all = append(all, Program{c.Program(name), version.String(), RoleEtcd, unit, upstream.EtcdDownload(name, version)})
		}
	}
	if c.Binaries() {
		all = append(all, h.kubernetesPrograms()...)
		if h.IsNode() {
			for _, name := range cniPlugins {
				all = append(all, Program{cniFolder + name, upstream.CNIPlugins, RoleWorker, "", upstream.CNIDownload(name)})
			}
			all = append(all, Program{crictl, upstream.CRITools, RoleWorker, "", upstream.CrictlDownload()})
		}
	}
	slices.SortFunc(all, func(a, b Program) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// kubernetesPrograms are those of Kubernetes on the host, in a cluster without kubeadm.
func (h *Host) kubernetesPrograms() []Program {
	c := h.Cluster
	var all []Program
	add := func(role, name, unit string) {
		all = append(all, Program{c.Program(name), c.Version.String(), role, unit, upstream.KubernetesDownload(name, c.Version)})
	}
	if h.Is(RoleControlPlane) {
		for _, name := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler"} {
			add(RoleControlPlane, name, Unit(name))
		}
		add(RoleControlPlane, "kubectl", "")
	}
	if h.IsNode() {
		add(RoleWorker, "kubelet", Unit("kubelet"))
		if c.RunsKubeProxy() {
			add(RoleWorker, "kube-proxy", Unit("kube-proxy"))
		}
	}
	return all
}
