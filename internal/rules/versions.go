package rules

import (
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

var versionRules = []Rule{
	{
		ID: "KH120", Severity: Warning,
		Title:   "Kubernetes is of a minor version that gets fixes",
		Reason:  "Security holes of the others stay open.",
		Hint:    "upgrade, one minor version after the other",
		Source:  "https://kubernetes.io/releases/version-skew-policy/#supported-versions",
		cluster: kubernetesSupported,
	},
	{
		ID: "KH121", Severity: Warning,
		Title:   "the patch version of Kubernetes is one that is known, where no more come",
		Reason:  "Packages, programs and images of a version that was never released can't be installed.",
		Hint:    "see https://kubernetes.io/releases/patch-releases/ and correct the version, or update khagen",
		Source:  "https://kubernetes.io/releases/patch-releases/",
		cluster: patchKnown,
	},
	{
		ID: "KH122", Severity: Warning,
		Title:   "kube-proxy's mode has a future",
		Reason:  "ipvs is deprecated since Kubernetes 1.35 and will be removed.",
		Hint:    `use kubeProxy: mode: "nftables"`,
		Source:  "kubernetes/kubernetes CHANGELOG/CHANGELOG-1.35.md",
		cluster: ipvsDeprecated,
	},
	{
		ID: "KH123", Severity: Error,
		Title:   "nftables mode has the Kubernetes and the kernel that it needs",
		Reason:  "Before 1.33 the mode is not finished; on a kernel before 5.13 kube-proxy does not start.",
		Hint:    `use kubeProxy: mode: "iptables", or upgrade`,
		Source:  "https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-nftables",
		cluster: nftablesWorks,
	},
	{
		ID: "KH124", Severity: Error,
		Title:   "the version of containerd is one that khagen knows",
		Reason:  "The version decides on the shape of containerd's configuration.",
		Hint:    "use a release that exists, or machine.containerRuntime.manage: false with files of your own",
		Source:  "https://github.com/containerd/containerd/blob/main/RELEASES.md",
		cluster: containerdKnown,
	},
	{
		ID: "KH125", Severity: Warning,
		Title:   "containerd goes with this Kubernetes",
		Reason:  "Nobody tests older ones with it, and kubelets drop what they need: with 1.38, everything before containerd 2.0.",
		Hint:    "upgrade containerd first: a newer one goes with older kubelets",
		Source:  "https://github.com/containerd/containerd/blob/main/RELEASES.md#kubernetes-support",
		cluster: containerdPairs,
	},
	{
		ID: "KH126", Severity: Error,
		Title:   "the API server can limit anonymous requests to some paths",
		Reason:  "It refuses the configuration before 1.32, where the feature is off.",
		Hint:    `use anonymousAuth: "all"`,
		Source:  "kubernetes/kubernetes staging/src/k8s.io/apiserver/pkg/features/kube_features.go, AnonymousAuthConfigurableEndpoints",
		cluster: anonymousConfigurable,
	},
	{
		ID: "KH127", Severity: Error,
		Title:   "kubeadm can make certificates of this algorithm",
		Reason:  "kubeadm refuses the configuration. Before 1.31 it can't be told an algorithm: there is RSA-2048, and a feature gate for ECDSA-P256.",
		Hint:    `use algorithm: "ECDSA-P256", or Kubernetes 1.34`,
		Source:  "kubernetes/kubernetes cmd/kubeadm/app/apis/kubeadm/v1beta4/types.go, EncryptionAlgorithm; cmd/kubeadm/app/features/features.go of 1.30, PublicKeysECDSA",
		cluster: algorithmKnown,
	},
	{
		ID: "KH128", Severity: Error,
		Title:   "certificates live no longer than their CA",
		Reason:  "What the CA has signed ends with it.",
		Hint:    "shorten validity, or lengthen caValidity",
		Source:  "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/",
		cluster: validityFits,
	},
	{
		ID: "KH129", Severity: Error,
		Title:   "the patch version of Kubernetes can exist",
		Reason:  "Packages, programs and images of a version that was never released can't be installed.",
		Hint:    "see https://kubernetes.io/releases/patch-releases/ and correct the version, or update khagen",
		Source:  "https://kubernetes.io/releases/patch-releases/",
		cluster: patchPossible,
	},
}

var versionField = field{"kubernetes", "version"}

func kubernetesSupported(c *topology.Cluster, f *found) {
	if !upstream.KubernetesSupported(c.Version) {
		f.add(c, versionField, "Kubernetes %s gets no fixes any more: %s do", c.Version.MajorMinor(), upstream.SupportedKubernetes())
	}
}

// possiblePatches is more than a minor version gets in all its life after the release of a khagen that knows it.
const possiblePatches = 20

// newestPatch is the newest release that is known of a cluster's minor version, and how far beyond it the cluster is.
func newestPatch(c *topology.Cluster) (newest upstream.Version, beyond int, more bool) {
	patch, more := upstream.NewestPatch(c.Version)
	newest = upstream.Version{Major: c.Version.Major, Minor: c.Version.Minor, Patch: patch}
	return newest, c.Version.Patch - patch, more
}

func patchKnown(c *topology.Cluster, f *found) {
	if newest, beyond, more := newestPatch(c); !more && beyond > 0 && beyond <= possiblePatches {
		f.add(c, versionField, "the last release of %s that is known is %s", c.Version.MajorMinor(), newest)
	}
}

func patchPossible(c *topology.Cluster, f *found) {
	if newest, beyond, _ := newestPatch(c); beyond > possiblePatches {
		f.add(c, versionField, "%s is far beyond %s, the newest release of %s that is known", c.Version, newest, c.Version.MajorMinor())
	}
}

var proxyModeField = field{"kubernetes", "kubeProxy", "mode"}

func ipvsDeprecated(c *topology.Cluster, f *found) {
	if c.Spec.Kubernetes.KubeProxy.Mode == "ipvs" && c.Version.AtLeast(1, 35) {
		f.add(c, proxyModeField, "the mode is ipvs, and Kubernetes is %s", c.Version)
	}
}

func nftablesWorks(c *topology.Cluster, f *found) {
	if c.Spec.Kubernetes.KubeProxy.Mode != "nftables" {
		return
	}
	if !c.Version.AtLeast(1, 33) {
		f.add(c, proxyModeField, "the mode is nftables, and Kubernetes is %s", c.Version)
	}
	for _, h := range c.Hosts {
		kernel, err := upstream.ParseVersion(h.OS.Kernel)
		if h.IsNode() && err == nil && !kernel.AtLeast(5, 13) {
			f.add(c, proxyModeField, "the mode is nftables, and %s of host %s has kernel %s", h.Machine.OS, h.Name, h.OS.Kernel)
		}
	}
}

// eachRuntime calls check for the versions of a container runtime that the definition has, the cluster's and hosts' own.
func eachRuntime(c *topology.Cluster, name string, check func(at field, version string)) {
	at := field{"machine", "containerRuntime", "version"}
	if r := c.Spec.Machine.ContainerRuntime; r.Name == name && r.Version != "" {
		check(at, r.Version)
	}
	for _, h := range c.Hosts {
		if h.IsNode() && h.Spec.Machine.ContainerRuntime.Version != "" && h.Machine.ContainerRuntime.Name == name {
			check(append(field{"hosts", h.Name}, at...), h.Spec.Machine.ContainerRuntime.Version)
		}
	}
}

func containerdKnown(c *topology.Cluster, f *found) {
	eachRuntime(c, topology.Containerd, func(at field, version string) {
		if releases := upstream.ContainerdReleases(); !slices.Contains(releases, version) {
			f.add(c, at, "containerd %s is not known", version).mend("use one of %s", list(releases))
		}
	})
}

func containerdPairs(c *topology.Cluster, f *found) {
	least := upstream.ContainerdFor(c.Version)
	want, err := upstream.ParseVersion(least)
	if err != nil {
		return
	}
	eachRuntime(c, topology.Containerd, func(at field, version string) {
		if v, err := upstream.ParseVersion(version); err == nil && v.Compare(want) < 0 {
			f.add(c, at, "containerd is %s, and Kubernetes %s goes with %s or newer", version, c.Version.MajorMinor(), least)
		}
	})
}

func anonymousConfigurable(c *topology.Cluster, f *found) {
	if c.Spec.Kubernetes.APIServer.AnonymousAuth == "health" && !c.Version.AtLeast(1, 32) {
		f.add(c, field{"kubernetes", "apiServer", "anonymousAuth"}, `anonymousAuth is "health", and Kubernetes is %s`, c.Version)
	}
}

func algorithmKnown(c *topology.Cluster, f *found) {
	if c.Binaries() || c.ExternalCA() { // khagen pki knows all
		return
	}
	algorithm := c.Spec.Kubernetes.Certificates.Algorithm
	at := field{"kubernetes", "certificates", "algorithm"}
	switch {
	case algorithm == "ECDSA-P384" && !c.Version.AtLeast(1, 34):
		f.add(c, at, "the algorithm is ECDSA-P384, and kubeadm is %s", c.Version)
	case strings.HasPrefix(algorithm, "RSA-") && algorithm != "RSA-2048" && !c.Version.AtLeast(1, 31):
		f.add(c, at, "the algorithm is %s, and kubeadm is %s", algorithm, c.Version).
			mend(`use algorithm: "RSA-2048" or "ECDSA-P256", or Kubernetes 1.31`)
	}
}

func validityFits(c *topology.Cluster, f *found) {
	if v := c.Spec.Kubernetes.Certificates; v.Validity > v.CAValidity {
		f.add(c, field{"kubernetes", "certificates", "validity"}, "certificates live for %s, their CA for %s", short(v.Validity.Std()), short(v.CAValidity.Std()))
	}
}
