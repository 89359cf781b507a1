package upstream

import (
	"slices"
	"strings"
)

// Labels of kubernetes.io and k8s.io that a kubelet may give its own Node: these, and all below the two namespaces.
// Source: k8s.io/kubelet/pkg/apis/well_known_labels.go, cmd/kubelet/app/options/options.go (ValidateKubeletFlags).
var (
	kubeletLabels = []string{
		"beta.kubernetes.io/arch",
		"beta.kubernetes.io/instance-type",
		"beta.kubernetes.io/os",
		"failure-domain.beta.kubernetes.io/region",
		"failure-domain.beta.kubernetes.io/zone",
		"kubernetes.io/arch",
		"kubernetes.io/hostname",
		"kubernetes.io/os",
		"node.kubernetes.io/instance-type",
		"topology.kubernetes.io/region",
		"topology.kubernetes.io/zone",
	}
	kubeletNamespaces = []string{"kubelet.kubernetes.io", "node.kubernetes.io"}
)

// KubeletTakesLabel says whether a kubelet starts with a label in --node-labels.
func KubeletTakesLabel(key string) bool {
	namespace, _, found := strings.Cut(key, "/")
	if !found || !below(namespace, "kubernetes.io") && !below(namespace, "k8s.io") {
		return true
	}
	return slices.Contains(kubeletLabels, key) ||
		slices.ContainsFunc(kubeletNamespaces, func(n string) bool { return below(namespace, n) })
}

// below says whether a DNS name is another or lies below it.
func below(name, parent string) bool {
	return name == parent || strings.HasSuffix(name, "."+parent)
}
