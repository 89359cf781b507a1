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
	if h.ManagesRuntime() {
		packages = append(packages, h.runtimePackage())
		units = append(units, h.RuntimeUnit())
	}
	if h.IsNode() {
		need("", h.kubeProxyPackages()...)
		need("", h.rhelPackages()...)
	}
	lb := h.Cluster.Spec.LoadBalancer
	if h.IsLoadBalancer() && lb.Runtime == RuntimeSystemd {
		need(h.Cluster.BalancerUnit(), h.proxyPackages()...)
	}
	if containers := h.Containers(); len(containers) > 0 {
		need("", h.enginePackages()...)
		for _, name := range containers {
			if !h.UsesQuadlet() { // else podman makes the unit when the host boots: there is nothing to enable
				need(Unit(name))
			}
		}
	}
	if h.IsVRRPPeer() && h.Cluster.Spec.VIP.Keepalived.Runtime == RuntimeSystemd {
		need("keepalived.service", "keepalived")
		if h.OS.Family != upstream.FamilyRHEL { // where the system has curl, or curl-minimal, which conflicts with it
			need("", "curl") // the check script
		}
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

// rhelPackages are what nodes of RHEL's family need beside. From RHEL 10.2 on, the kernel modules that iptables' rules become
// have a package of their own (https://github.com/openshift/microshift/pull/7069). CRI-O's package doesn't ask for its policy.
func (h *Host) rhelPackages() []string {
	var names []string
	if h.Machine.OS == "rhel-10" {
		names = append(names, "kernel-modules-extra")
	}
	if h.OS.Family == upstream.FamilyRHEL && h.ManagesCRIO() {
		names = append(names, "container-selinux")
	}
	return names
}

func (h *Host) conntrackPackage() string {
	if h.OS.Family == upstream.FamilyRHEL {
		return "conntrack-tools"
	}
	return "conntrack"
}

// proxyPackages are those of the balancer. nginx's stream module has one of its own.
func (h *Host) proxyPackages() []string {
	switch {
	case h.Cluster.Spec.LoadBalancer.Proxy == "haproxy":
		return []string{"haproxy"}
	case h.OS.Family == upstream.FamilyRHEL:
		return []string{"nginx", "nginx-mod-stream"}
	}
	return []string{"libnginx-mod-stream", "nginx"}
}

// BalancerHealthPort answers the liveness probe of a balancer as a static pod, on the loopback.
const BalancerHealthPort = 10081

// SwapOffUnit switches swap off at boot.
const SwapOffUnit = "khagen-swapoff.service"

// NeedsSwapOff says whether swap has to be off on the host: a kubelet refuses to start where it is on.
func (h *Host) NeedsSwapOff() bool { return h.IsNode() && !h.Machine.Swap }

// ChronyUnit is the unit of chrony on the host's distribution.
func (h *Host) ChronyUnit() string {
	if h.OS.Family == upstream.FamilyRHEL {
		return "chronyd.service"
	}
	return "chrony.service"
}

// kubernetesPackages are those of pkgs.k8s.io, whose versions are pinned: a kubelet must never be newer than its API
// server, so nothing may upgrade them on the side.
func (h *Host) kubernetesPackages() []Package {
	version := h.Cluster.Version.String() + "-*"
	packages := []Package{
		{Name: "cri-tools"}, // what is delivered restarts static pods by it, and kubeadm's package needs it no more: kubernetes/release#4387
		{"kubeadm", version, true},
		{"kubelet", version, true},
	}
	if h.Is(RoleControlPlane) {
		packages = append(packages, Package{"kubectl", version, true})
	}
	return packages
}
