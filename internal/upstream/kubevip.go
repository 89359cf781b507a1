package upstream

// OldestKubeVIP is the oldest kube-vip that khagen renders for: the first that takes the prefix from vip_subnet (before it was
// vip_cidr), and gives the address up when it loses the lease (https://github.com/kube-vip/kube-vip/issues/996).
// Sources: pkg/kubevip/config_envvar.go and pkg/manager/manager_arp.go of each release.
var OldestKubeVIP = Version{0, 9, 0}

// KubeVIPChecks says whether kube-vip withdraws its BGP route while a health check fails (control_plane_health_check_…).
// Source: CHANGELOG.md and pkg/kubevip/config_envvar.go of 1.2.0.
func KubeVIPChecks(v Version) bool { return v.AtLeast(1, 2) }

// localInit has the patch of each minor version from which kubeadm init talks to the API server of its own host, not to
// the endpoint. Source: CHANGELOG-1.33.md to CHANGELOG-1.37.md.
var localInit = map[int]int{33: 12, 34: 8, 35: 5, 36: 1}

// InitNeedsEndpoint says whether kubeadm init waits for the endpoint before admin.conf has any right. Only super-admin.conf,
// which init writes on its own host since 1.29, has them from the start
// (https://github.com/kube-vip/kube-vip/issues/684).
func InitNeedsEndpoint(v Version) bool {
	if !v.AtLeast(1, 29) || v.AtLeast(1, 37) {
		return false
	}
	patch, fixed := localInit[v.Minor]
	return !fixed || v.Patch < patch
}

// LosesHostAliases says whether the kubelet leaves hostAliases of static pods in the host's network out, which 1.29.7 mended
// (https://github.com/kube-vip/kube-vip/issues/692, https://github.com/kube-vip/kube-vip/issues/938).
func LosesHostAliases(v Version) bool { return v.Minor == 29 && v.Patch < 7 }
