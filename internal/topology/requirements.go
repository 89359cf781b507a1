package topology

import (
	"cmp"
	"slices"

	"github.com/khagen/khagen/internal/upstream"
)

// setRequirements lists the packages and units that the host's files need.
func (h *Host) setRequirements() {
	var packages []Package
	var units []string
	need := func(unit string, names ...string) {
		if unit != "" {
			units = append(units, unit)
		}
		for _, n := range names {
			packages = append(packages, Package{Name: n})
		}
	}
	if h.IsNode() && h.Cluster.Spec.Kubernetes.Install == InstallKubeadm {
		packages = append(packages, h.kubernetesPackages()...)
		units = append(units, "kubelet.service")
	}
	if h.ManagesContainerd() {
		packages = append(packages, h.containerdPackage())
		units = append(units, "containerd.service")
	}
	if h.Cluster.Spec.Kubernetes.KubeProxy.Mode == "ipvs" && h.IsNode() {
		need("", "ipset", "ipvsadm")
	}
	lb := h.Cluster.Spec.LoadBalancer
	if h.IsLoadBalancer() && lb.Runtime == RuntimeSystemd {
		need(lb.Proxy+".service", lb.Proxy)
	}
	if h.IsVRRPPeer() && h.Cluster.Spec.VIP.Keepalived.Runtime == RuntimeSystemd {
		need("keepalived.service", "keepalived", "curl") // curl: the check script
	}
	if h.NeedsSwapOff() {
		units = append(units, SwapOffUnit)
	}
	if len(h.Machine.TimeServers) > 0 {
		need(h.ChronyUnit(), "chrony")
	}
	need("", h.Machine.Packages...)
	slices.SortFunc(packages, func(a, b Package) int { return cmp.Compare(a.Name, b.Name) })
	slices.Sort(units)
	h.Packages = slices.CompactFunc(packages, func(a, b Package) bool { return a.Name == b.Name })
	h.Units = slices.Compact(units)
}

// HAProxyHealthPort answers the liveness probe of haproxy as a static pod, on 127.0.0.1.
const HAProxyHealthPort = 10081

// SwapOffUnit switches swap off at boot.
const SwapOffUnit = "khagen-swapoff.service"

// NeedsSwapOff says whether swap has to be off on the host: a kubelet refuses to start where it is on.
func (h *Host) NeedsSwapOff() bool { return h.IsNode() && !h.Machine.Swap }

// ManagesContainerd says whether khagen renders containerd's files on the host.
func (h *Host) ManagesContainerd() bool {
	r := h.Machine.ContainerRuntime
	return h.IsNode() && r.Name == "containerd" && r.Manage
}

// ChronyUnit is the unit of chrony on the host's distribution.
func (h *Host) ChronyUnit() string {
	if h.OS.Family == "rhel" {
		return "chronyd.service"
	}
	return "chrony.service"
}

// kubernetesPackages are those of pkgs.k8s.io, whose versions are pinned: a kubelet must never be newer than its API
// server, so nothing may upgrade them on the side.
func (h *Host) kubernetesPackages() []Package {
	version := h.Cluster.Version.String() + "-*"
	packages := []Package{{"kubeadm", version, true}, {"kubelet", version, true}}
	if h.Is(RoleControlPlane) {
		packages = append(packages, Package{"kubectl", version, true})
	}
	return packages
}

// containerdPackage is the distribution's where that has the version asked for, else containerd.io of Docker's
// repository, which has them all.
func (h *Host) containerdPackage() Package {
	asked := h.Machine.ContainerRuntime.Version
	if v, err := upstream.ParseVersion(asked); err == nil && v.MajorMinor() == h.OS.Containerd {
		return Package{Name: "containerd", Hold: true}
	}
	return Package{Name: "containerd.io", Version: asked + ".*", Hold: true}
}
