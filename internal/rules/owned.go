package rules

import (
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

// ownedFlag says whether a flag follows from the definition, and which field decides it.
func ownedFlag(c *topology.Cluster, component, flag string) (instead string, owned bool) {
	if instead, owned = sometimesOwned(c, component, flag); owned {
		return instead, true
	}
	if instead, owned = ownedFlags[component][flag]; owned {
		return instead, true
	}
	if c.Binaries() || component == upstream.Etcd && c.RunsEtcd() {
		instead, owned = unitFlags[component][flag]
	} else {
		instead, owned = kubeadmFlags[component][flag]
	}
	return instead, owned
}

// KubeadmOwns is ownedFlag for a cluster that kubeadm installs, whatever else its definition says: for those who are still writing one.
func KubeadmOwns(component, flag string) (instead string, owned bool) {
	if instead, owned = ownedFlags[component][flag]; owned {
		return instead, true
	}
	instead, owned = kubeadmFlags[component][flag]
	return instead, owned
}

// KubeadmOwnsKey is KubeadmOwns for a key of KubeletConfiguration ("kubelet") or KubeProxyConfiguration ("kubeProxy").
func KubeadmOwnsKey(kind, key string) (instead string, owned bool) {
	if kind == "kubeProxy" {
		instead, owned = ownedProxyKeys[key]
		return instead, owned
	}
	if instead, owned = ownedKubeletKeys[key]; owned {
		return instead, true
	}
	instead, owned = kubeadmKubeletKeys[key]
	return instead, owned
}

// sometimesOwned is ownedFlag for flags that only some definitions decide on.
func sometimesOwned(c *topology.Cluster, component, flag string) (instead string, owned bool) {
	k := c.Spec.Kubernetes
	switch component {
	case upstream.APIServer:
		switch {
		case flag == "authentication-config" && c.AuthenticationByFile():
			return authenticationField(c), true
		case strings.HasPrefix(flag, "oidc-") && c.OIDCByFlags():
			return "kubernetes.apiServer.oidc: without it these flags are yours", true
		case flag == "shutdown-delay-duration" && c.KubeVIPChecks() && !c.BalancesByHAProxy() && c.ReadyzWindow() > 0:
			return "nothing: the delay is as long as kube-vip takes to notice", true
		case flag == "shutdown-delay-duration" && c.BalancesByHAProxy():
			return "loadBalancer.healthCheck: the delay is as long as the balancer takes to notice", true
		case flag == "encryption-provider-config" && k.APIServer.Encryption != nil:
			return "kubernetes.apiServer.encryption: without it the file is yours", true
		case flag == "enable-bootstrap-token-auth" && c.Binaries() && c.JoinsByToken():
			return "kubernetes.join.discovery", true
		}
	case upstream.ControllerManager:
		signs := strings.HasPrefix(flag, "cluster-signing-") && flag != "cluster-signing-duration"
		if signs && c.Binaries() && k.Certificates.CAKeyOnHosts {
			return "kubernetes.certificates.caKeyOnHosts: with false these flags are yours", true
		}
	case upstream.Scheduler:
		if flag == "profiling" && (c.Binaries() || len(k.Scheduler.Config) > 0) {
			return "kubernetes.scheduler.config.enableProfiling: the flag has no effect beside a configuration file", true
		}
	}
	return "", false
}

// authenticationField names what an AuthenticationConfiguration of khagen's comes from.
func authenticationField(c *topology.Cluster) string {
	const yours = `with "all" or "none" the file is yours`
	if c.Spec.Kubernetes.APIServer.OIDC != nil {
		return "kubernetes.apiServer.oidc: without it, and anonymousAuth " + yours
	}
	return "kubernetes.apiServer.anonymousAuth: " + yours
}

// useInstead says what to do, from what the tables have.
func useInstead(instead string) string {
	if why, nothing := strings.CutPrefix(instead, "nothing: "); nothing {
		return "delete it: " + why
	}
	return "use " + instead
}
