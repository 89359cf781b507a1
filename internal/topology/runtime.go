package topology

import (
	"cmp"

	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

// Container runtimes.
const (
	Containerd = "containerd"
	CRIO       = "cri-o"
)

// runtime is what runs containers on a host of a cluster: the definition's, in the version that goes with it where none is
// written.
func (c *Cluster) runtime(r schema.ContainerRuntime) schema.ContainerRuntime {
	if r.Name == CRIO {
		r.Version = cmp.Or(r.Version, upstream.CRIOFor(c.Version))
	}
	r.Version = cmp.Or(r.Version, upstream.DefaultContainerd)
	return r
}

// ManagesRuntime says whether khagen renders the files of the host's container runtime.
func (h *Host) ManagesRuntime() bool { return h.IsNode() && h.Machine.ContainerRuntime.Manage }

// ManagesContainerd says whether khagen renders containerd's files on the host.
func (h *Host) ManagesContainerd() bool {
	return h.ManagesRuntime() && h.Machine.ContainerRuntime.Name == Containerd
}

// ManagesCRIO says whether khagen renders CRI-O's files on the host.
func (h *Host) ManagesCRIO() bool {
	return h.ManagesRuntime() && h.Machine.ContainerRuntime.Name == CRIO
}

// RuntimeSocket is where the kubelet looks for the container runtime, khagen's or not: kubeadm's constants.
func (h *Host) RuntimeSocket() string {
	if h.Machine.ContainerRuntime.Name == CRIO {
		return "unix:///var/run/crio/crio.sock"
	}
	return "unix:///run/containerd/containerd.sock"
}

// RuntimeUnit is the systemd unit of the host's container runtime.
func (h *Host) RuntimeUnit() string {
	if h.Machine.ContainerRuntime.Name == CRIO {
		return Unit("crio")
	}
	return Unit("containerd")
}

// runtimePackage is the package of the container runtime. containerd is the distribution's where that has the version asked
// for, else containerd.io of Docker's repository, which has them all. CRI-O has a repository for each of its versions.
func (h *Host) runtimePackage() Package {
	asked := h.Machine.ContainerRuntime.Version
	if h.Machine.ContainerRuntime.Name == CRIO {
		return Package{Name: "cri-o", Version: asked + ".*", Hold: true}
	}
	if v, err := upstream.ParseVersion(asked); err == nil && v.MajorMinor() == h.OS.Containerd {
		return Package{Name: "containerd", Hold: true}
	}
	return Package{Name: "containerd.io", Version: asked + ".*", Hold: true}
}
