package upstream

import (
	"fmt"
	"slices"
)

// Minor versions that get fixes, and the newest patches that are known. Whoever updates khagen updates both: it reads no
// clock. Source: https://kubernetes.io/releases/ and CHANGELOG/ of kubernetes/kubernetes.
const (
	oldestSupported = 35
	newestSupported = 37
)

var newestPatches = map[int]int{
	28: 15, 29: 15, 30: 14, 31: 14, 32: 13, 33: 13, 34: 10, 35: 10, 36: 5, 37: 2,
}

// KubernetesKnown says whether khagen knows a minor version.
func KubernetesKnown(v Version) bool {
	_, known := newestPatches[v.Minor]
	return known && v.Major == 1
}

// KubernetesSupported says whether a minor version gets fixes.
func KubernetesSupported(v Version) bool {
	return v.Minor >= oldestSupported && v.Minor <= newestSupported
}

// SupportedKubernetes gives the minor versions that get fixes: "1.35 to 1.37".
func SupportedKubernetes() string {
	return fmt.Sprintf("1.%d to 1.%d", oldestSupported, newestSupported)
}

// NewestKubernetes is the newest version that is known.
func NewestKubernetes() Version {
	return Version{1, newestSupported, newestPatches[newestSupported]}
}

// NewestPatch is the newest patch that is known of a minor version, and whether there will be more.
func NewestPatch(v Version) (patch int, more bool) {
	return newestPatches[v.Minor], KubernetesSupported(v)
}

// admissionPlugins by name: the first and last minor version that know them; 0 for older than 1.28 and for newer than
// 1.37. Source: pkg/kubeapiserver/options/plugins.go of 1.28 to 1.37, and the packages that it names.
var admissionPlugins = map[string][2]int{
	"AlwaysAdmit":                          {},
	"AlwaysDeny":                           {},
	"AlwaysPullImages":                     {},
	"CertificateApproval":                  {},
	"CertificateSigning":                   {},
	"CertificateSubjectRestriction":        {},
	"ClusterTrustBundleAttest":             {},
	"DefaultIngressClass":                  {},
	"DefaultStorageClass":                  {},
	"DefaultTolerationSeconds":             {},
	"DenyServiceExternalIPs":               {},
	"EventRateLimit":                       {},
	"ExtendedResourceToleration":           {},
	"ImagePolicyWebhook":                   {},
	"JobValidation":                        {36, 36},
	"LimitPodHardAntiAffinityTopology":     {},
	"LimitRanger":                          {},
	"MutatingAdmissionPolicy":              {32, 0},
	"MutatingAdmissionWebhook":             {},
	"NamespaceAutoProvision":               {},
	"NamespaceExists":                      {},
	"NamespaceLifecycle":                   {},
	"NodeDeclaredFeatureValidator":         {35, 0},
	"NodeRestriction":                      {},
	"OwnerReferencesPermissionEnforcement": {},
	"PersistentVolumeClaimResize":          {},
	"PersistentVolumeLabel":                {0, 30},
	"PodGroupProtection":                   {36, 0},
	"PodGroupWorkloadExists":               {36, 36},
	"PodNodeSelector":                      {},
	"PodResizeValidator":                   {36, 0},
	"PodSecurity":                          {},
	"PodSecurityPolicy":                    {0, 24},
	"PodTolerationRestriction":             {},
	"PodTopologyLabels":                    {33, 0},
	"Priority":                             {},
	"ResourceQuota":                        {},
	"RuntimeClass":                         {},
	"SecurityContextDeny":                  {0, 29},
	"ServiceAccount":                       {},
	"StorageObjectInUseProtection":         {},
	"TaintNodesByCondition":                {},
	"ValidatingAdmissionPolicy":            {},
	"ValidatingAdmissionWebhook":           {},
}

// AdmissionPluginProblem says why kube-apiserver of a version refuses an admission plugin; empty where it takes it.
func AdmissionPluginProblem(name string, v Version) string {
	life, known := admissionPlugins[name]
	switch {
	case !known:
		return "is no admission plugin of kube-apiserver"
	case v.Minor < life[0]:
		return fmt.Sprintf("exists from Kubernetes 1.%d on", life[0])
	case life[1] > 0 && v.Minor > life[1]:
		return fmt.Sprintf("was removed in Kubernetes 1.%d", life[1]+1)
	}
	return ""
}

// AdmissionPlugins are those that kube-apiserver of a version knows, sorted.
func AdmissionPlugins(v Version) []string {
	var names []string
	for name := range admissionPlugins {
		if AdmissionPluginProblem(name, v) == "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
