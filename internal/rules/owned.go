package rules

import (
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

// What follows from the definition, by component and flag, and the field that decides it. Flags that kubeadm sets and
// that nothing else relies on are free: bind-address and cluster-signing-* of the controller manager, leader election,
// authorization-mode, service-account-issuer, feature-gates.
var ownedFlags = map[string]map[string]string{
	upstream.APIServer: {
		"admission-control":                  "kubernetes.apiServer.admissionPlugins",
		"advertise-address":                  "hosts.NAME.address",
		"anonymous-auth":                     "kubernetes.apiServer.anonymousAuth",
		"audit-log-maxage":                   "kubernetes.apiServer.audit.maxAgeDays",
		"audit-log-maxbackup":                "kubernetes.apiServer.audit.maxBackups",
		"audit-log-maxsize":                  "kubernetes.apiServer.audit.maxSizeMB",
		"audit-log-path":                     "kubernetes.apiServer.audit.logPath",
		"audit-policy-file":                  "kubernetes.apiServer.audit.policyFile",
		"bind-address":                       "kubernetes.apiServer.bind",
		"client-ca-file":                     "nothing: kubeadm sets it to the cluster's CA",
		"enable-admission-plugins":           "kubernetes.apiServer.admissionPlugins",
		"etcd-cafile":                        "nothing: kubeadm sets it to etcd's CA",
		"etcd-certfile":                      "nothing: kubeadm sets it to the certificate that it makes",
		"etcd-keyfile":                       "nothing: kubeadm sets it to the key that it makes",
		"etcd-servers":                       "etcd.topology",
		"kubelet-client-certificate":         "nothing: kubeadm sets it to the certificate that it makes",
		"kubelet-client-key":                 "nothing: kubeadm sets it to the key that it makes",
		"proxy-client-cert-file":             "nothing: kubeadm sets it to the certificate that it makes",
		"proxy-client-key-file":              "nothing: kubeadm sets it to the key that it makes",
		"requestheader-allowed-names":        "nothing: kubeadm sets it to the name in the certificate that it makes",
		"requestheader-client-ca-file":       "nothing: kubeadm sets it to the front proxy's CA",
		"requestheader-extra-headers-prefix": "nothing: kubeadm sets it",
		"requestheader-group-headers":        "nothing: kubeadm sets it",
		"requestheader-username-headers":     "nothing: kubeadm sets it",
		"secure-port":                        "kubernetes.apiServer.port",
		"service-account-signing-key-file":   "nothing: kubeadm sets it to the key that all control planes share",
		"service-cluster-ip-range":           "kubernetes.networking.serviceCIDRs",
		"tls-cert-file":                      "kubernetes.apiServer.certSANs: kubeadm makes the certificate",
		"tls-private-key-file":               "nothing: kubeadm sets it to the key that it makes",
	},
	upstream.ControllerManager: {
		"authentication-kubeconfig":        "nothing: kubeadm sets it",
		"authorization-kubeconfig":         "nothing: kubeadm sets it",
		"client-ca-file":                   "nothing: kubeadm sets it to the cluster's CA",
		"cluster-cidr":                     "kubernetes.networking.podCIDRs",
		"cluster-name":                     "name",
		"kubeconfig":                       "nothing: kubeadm sets it",
		"node-cidr-mask-size":              "kubernetes.networking.nodeCIDRMaskSizes.ipv4",
		"node-cidr-mask-size-ipv4":         "kubernetes.networking.nodeCIDRMaskSizes.ipv4",
		"node-cidr-mask-size-ipv6":         "kubernetes.networking.nodeCIDRMaskSizes.ipv6",
		"requestheader-client-ca-file":     "nothing: kubeadm sets it to the front proxy's CA",
		"root-ca-file":                     "nothing: kubeadm sets it to the cluster's CA",
		"service-account-private-key-file": "nothing: kubeadm sets it to the key that all control planes share",
		"service-cluster-ip-range":         "kubernetes.networking.serviceCIDRs",
	},
	upstream.Scheduler: {
		"authentication-kubeconfig": "nothing: kubeadm sets it",
		"authorization-kubeconfig":  "nothing: kubeadm sets it",
		"config":                    "kubernetes.scheduler.config",
		"kubeconfig":                "nothing: kubeadm sets it",
	},
	upstream.Kubelet: {
		"bootstrap-kubeconfig":       "nothing: kubeadm's unit sets it",
		"config":                     "kubernetes.kubelet.config",
		"container-runtime-endpoint": "machine.containerRuntime",
		"hostname-override":          "hosts.NAME.nodeName",
		"kubeconfig":                 "nothing: kubeadm's unit sets it",
		"node-ip":                    "hosts.NAME.address",
		"node-labels":                "hosts.NAME.labels",
		"pod-manifest-path":          "nothing: kubeadm sets it to /etc/kubernetes/manifests",
		"register-with-taints":       "hosts.NAME.taints",
	},
	upstream.Etcd: {
		"advertise-client-urls":       "hosts.NAME.address",
		"cert-file":                   "nothing: kubeadm sets it to the certificate that it makes",
		"client-cert-auth":            "nothing: kubeadm switches it on",
		"config-file":                 "nothing: etcd would ignore all flags beside it",
		"data-dir":                    "etcd.dataDir",
		"election-timeout":            "etcd.electionTimeout",
		"heartbeat-interval":          "etcd.heartbeatInterval",
		"initial-advertise-peer-urls": "hosts.NAME.address",
		"initial-cluster":             "the role control-plane of hosts",
		"initial-cluster-state":       "nothing: kubeadm knows it when a member joins",
		"initial-cluster-token":       "etcd.token",
		"key-file":                    "nothing: kubeadm sets it to the key that it makes",
		"listen-client-urls":          "hosts.NAME.address",
		"listen-peer-urls":            "hosts.NAME.address",
		"name":                        "hosts.NAME.nodeName",
		"peer-cert-file":              "nothing: kubeadm sets it to the certificate that it makes",
		"peer-client-cert-auth":       "nothing: kubeadm switches it on",
		"peer-key-file":               "nothing: kubeadm sets it to the key that it makes",
		"peer-trusted-ca-file":        "nothing: kubeadm sets it to etcd's CA",
		"quota-backend-bytes":         "etcd.quotaBackendGiB",
		"trusted-ca-file":             "nothing: kubeadm sets it to etcd's CA",
		"wal-dir":                     "etcd.walDir: kubeadm mounts no other folder than dataDir",
	},
}

// ownedFlag says whether a flag follows from the definition, and which field decides it.
func ownedFlag(c *topology.Cluster, component, flag string) (instead string, owned bool) {
	if component == upstream.APIServer {
		switch {
		case flag == "authentication-config" && c.Spec.Kubernetes.APIServer.AnonymousAuth == "health":
			return `kubernetes.apiServer.anonymousAuth: with "all" or "none" the file is yours`, true
		case flag == "shutdown-delay-duration" && len(c.LoadBalancers) > 0:
			return "loadBalancer.healthCheck: the delay is as long as the balancer takes to notice", true
		}
	}
	instead, owned = ownedFlags[component][flag]
	return instead, owned
}

// Keys of free-form configuration that follow from the definition. What khagen only proposes is free: cgroupDriver,
// failSwapOn, memorySwap.
var (
	ownedKubeletKeys = map[string]string{
		"apiVersion":               "nothing: khagen writes it",
		"clusterDNS":               "kubernetes.networking.serviceCIDRs: its tenth address",
		"clusterDomain":            "kubernetes.networking.dnsDomain",
		"containerRuntimeEndpoint": "machine.containerRuntime",
		"kind":                     "nothing: khagen writes it",
		"podCIDR":                  "kubernetes.networking.podCIDRs",
		"registerWithTaints":       "hosts.NAME.taints",
		"rotateCertificates":       "nothing: kubeadm switches it on, whatever stands here",
		"staticPodPath":            "nothing: kubeadm puts the control plane into /etc/kubernetes/manifests",
	}
	ownedProxyKeys = map[string]string{
		"apiVersion":       "nothing: khagen writes it",
		"clusterCIDR":      "kubernetes.networking.podCIDRs",
		"hostnameOverride": "hosts.NAME.nodeName",
		"kind":             "nothing: khagen writes it",
		"mode":             "kubernetes.kubeProxy.mode",
	}
	ownedSchedulerKeys = map[string]string{
		"apiVersion": "nothing: khagen writes it",
		"kind":       "nothing: khagen writes it",
	}
)

// useInstead says what to do, from what the tables have.
func useInstead(instead string) string {
	if why, nothing := strings.CutPrefix(instead, "nothing: "); nothing {
		return "delete it: " + why
	}
	return "use " + instead
}
