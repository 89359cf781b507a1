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
	if h.Cluster.Binaries() {
		units = append(units, h.componentUnits()...)
	}
	if h.Cluster.RunsEtcd() && h.IsEtcdMember() {
		need(Unit("etcd"))
	}
	if h.ManagesContainerd() {
		packages = append(packages, h.containerdPackage())
		units = append(units, "containerd.service")
	}
	if h.IsNode() {
		need("", h.kubeProxyPackages()...)
	}
	lb := h.Cluster.Spec.LoadBalancer
	if h.IsLoadBalancer() && lb.Runtime == RuntimeSystemd {
		need(h.Cluster.BalancerUnit(), h.proxyPackages()...)
	}
	if h.IsLoadBalancer() && lb.Runtime == RuntimeContainer {
		unit := h.Cluster.BalancerUnit()
		if h.UsesQuadlet() {
			unit = "" // systemd makes it when it boots: there is nothing to enable
		}
		need(unit, h.enginePackages()...)
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

// componentUnits are the units of a cluster without kubeadm on the host.
func (h *Host) componentUnits() []string {
	var units []string
	for _, p := range h.kubernetesPrograms() {
		if p.Unit != "" {
			units = append(units, p.Unit)
		}
	}
	return units
}

// kubeProxyPackages are the programs that kube-proxy calls. kubeadm's packages and its image of kube-proxy bring them, but
// for ipvsadm, with which people look at what it did.
func (h *Host) kubeProxyPackages() []string {
	mode := h.Cluster.Spec.Kubernetes.KubeProxy.Mode
	var names []string
	if mode == "ipvs" {
		names = append(names, "ipset", "ipvsadm")
	}
	if !h.Cluster.Binaries() || mode == "none" {
		return names
	}
	if mode == "nftables" {
		names = append(names, "nftables")
	} else {
		names = append(names, "iptables")
	}
	if !h.Cluster.Version.AtLeast(1, 32) { // it speaks to the kernel itself since: CHANGELOG-1.32.md
		names = append(names, h.conntrackPackage())
	}
	return names
}

func (h *Host) conntrackPackage() string {
	if h.OS.Family == "rhel" {
		return "conntrack-tools"
	}
	return "conntrack"
}

// proxyPackages are those of the balancer. nginx's stream module has one of its own.
func (h *Host) proxyPackages() []string {
	switch {
	case h.Cluster.Spec.LoadBalancer.Proxy == "haproxy":
		return []string{"haproxy"}
	case h.OS.Family == "rhel":
		return []string{"nginx", "nginx-mod-stream"}
	}
	return []string{"libnginx-mod-stream", "nginx"}
}

// BalancerContainer is the name of the balancer's container and unit, where it runs in one.
const BalancerContainer = "khagen-balancer"

// UsesQuadlet says whether the balancer's container is a podman quadlet: podman understands them from 4.4 on.
func (h *Host) UsesQuadlet() bool {
	podman, err := upstream.ParseVersion(h.OS.Podman)
	return h.Cluster.Spec.LoadBalancer.Engine == "podman" && err == nil && podman.AtLeast(4, 4)
}

// BalancerUnit is the systemd unit of the balancers that khagen renders; empty where they are static pods, or none.
func (c *Cluster) BalancerUnit() string {
	switch lb := c.Spec.LoadBalancer; {
	case len(c.LoadBalancers) == 0:
	case lb.Runtime == RuntimeSystemd:
		return Unit(lb.Proxy)
	case lb.Runtime == RuntimeContainer:
		return Unit(BalancerContainer)
	}
	return ""
}

// enginePackages are those of what runs the balancer's container. docker is Debian's docker.io or Docker's own
// docker-ce: which one is the host's choice.
func (h *Host) enginePackages() []string {
	if h.Cluster.Spec.LoadBalancer.Engine == "podman" {
		return []string{"podman"}
	}
	return nil
}

// BalancerHealthPort answers the liveness probe of a balancer as a static pod, on the loopback.
const BalancerHealthPort = 10081

// SwapOffUnit switches swap off at boot.
const SwapOffUnit = "khagen-swapoff.service"

// NeedsSwapOff says whether swap has to be off on the host: a kubelet refuses to start where it is on.
func (h *Host) NeedsSwapOff() bool { return h.IsNode() && !h.Machine.Swap }

// ContainerdSocket is where kubelets look for the container runtime, khagen's or not.
const ContainerdSocket = "unix:///run/containerd/containerd.sock"

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
