package upstream

import (
	"fmt"
	"slices"
)

// kubeadmRelease is what kubeadm of a minor version deploys beside the control plane.
type kubeadmRelease struct {
	config string // apiVersion of its configuration
	pause  string // tag of the sandbox image that it expects
	etcd   string // etcd that it deploys
}

// kubeadmReleases by minor version. Sources: cmd/kubeadm/app/constants/constants.go and
// cmd/kubeadm/app/util/config/common.go of each release.
var kubeadmReleases = map[int]kubeadmRelease{
	28: {"kubeadm.k8s.io/v1beta3", "3.9", "3.5.15"},
	29: {"kubeadm.k8s.io/v1beta3", "3.9", "3.5.16"},
	30: {"kubeadm.k8s.io/v1beta3", "3.9", "3.5.15"},
	31: {"kubeadm.k8s.io/v1beta4", "3.10", "3.5.24"},
	32: {"kubeadm.k8s.io/v1beta4", "3.10", "3.5.24"},
	33: {"kubeadm.k8s.io/v1beta4", "3.10", "3.5.24"},
	34: {"kubeadm.k8s.io/v1beta4", "3.10.1", "3.6.4"},
	35: {"kubeadm.k8s.io/v1beta4", "3.10.1", "3.6.6"},
	36: {"kubeadm.k8s.io/v1beta4", "3.10.2", "3.6.8"},
	37: {"kubeadm.k8s.io/v1beta4", "3.10.2", "3.7.0"},
}

// KubeadmAPI is the apiVersion of kubeadm's configuration that belongs to a Kubernetes version.
func KubeadmAPI(v Version) string { return kubeadmReleases[v.Minor].config }

// PauseTag is the tag of the sandbox image that kubeadm of a Kubernetes version expects the runtime to use.
func PauseTag(v Version) string { return kubeadmReleases[v.Minor].pause }

// DefaultEtcd is the etcd that kubeadm of a Kubernetes version deploys.
func DefaultEtcd(v Version) string { return kubeadmReleases[v.Minor].etcd }

// OldestEtcd is the oldest etcd beside kubeadm of a Kubernetes version, where that doesn't deploy etcd itself. kubeadm before
// 1.31 would take 3.4.13: khagen has no flags of 3.4, and 3.5 loses data before 3.5.3 and its members' agreement before
// 3.5.11. Sources: MinExternalEtcdVersion in cmd/kubeadm/app/constants/constants.go of the newest patch of each minor version.
func OldestEtcd(v Version) string {
	if v.Minor >= 31 {
		return "3.5.24"
	}
	return "3.5.11"
}

// KubeadmCertificates are the files that kubeadm makes for a control plane whose etcd runs elsewhere, in its folder of
// certificates. Source: cmd/kubeadm/app/phases/certs/certlist.go, GetCertsWithoutEtcd; certs.go, CreateServiceAccountKeyAndPublicKeyFiles.
var KubeadmCertificates = []string{
	"apiserver-kubelet-client.crt", "apiserver-kubelet-client.key", "apiserver.crt", "apiserver.key", "ca.crt", "ca.key",
	"front-proxy-ca.crt", "front-proxy-ca.key", "front-proxy-client.crt", "front-proxy-client.key", "sa.key", "sa.pub",
}

// gate is a feature gate of kubeadm by the minor versions that know it.
type gate struct {
	from, to int // to: 0 where the newest version knows it still
	locked   int // minor from which it can't be switched off; 0: never
}

// kubeadmGates by name. Source: cmd/kubeadm/app/features/features.go of 1.28 to 1.37.
var kubeadmGates = map[string]gate{
	"ControlPlaneKubeletLocalMode":     {31, 35, 35},
	"EtcdLearnerMode":                  {27, 32, 32},
	"NodeLocalCRISocket":               {32, 36, 36},
	"PublicKeysECDSA":                  {19, 36, 0},
	"RootlessControlPlane":             {22, 0, 0},
	"UpgradeAddonsBeforeControlPlane":  {28, 30, 0},
	"WaitForAllControlPlaneComponents": {30, 34, 34},
}

// KubeadmGateProblem says why kubeadm of a Kubernetes version refuses one of its own feature gates; empty where it takes it.
func KubeadmGateProblem(name string, on bool, v Version) string {
	g, known := kubeadmGates[name]
	switch {
	case !known:
		return "is no feature gate of kubeadm"
	case v.Minor < g.from:
		return fmt.Sprintf("exists from kubeadm 1.%d on", g.from)
	case g.to > 0 && v.Minor > g.to:
		return fmt.Sprintf("was removed in kubeadm 1.%d", g.to+1)
	case g.locked > 0 && v.Minor >= g.locked && !on:
		return fmt.Sprintf("can't be switched off since kubeadm 1.%d", g.locked)
	}
	return ""
}

// KubeadmGates are the feature gates that kubeadm of a Kubernetes version knows, sorted.
func KubeadmGates(v Version) []string {
	var names []string
	for name, g := range kubeadmGates {
		if v.Minor >= g.from && (g.to == 0 || v.Minor <= g.to) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
