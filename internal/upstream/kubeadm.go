package upstream

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
