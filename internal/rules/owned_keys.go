package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
)

// Keys of free-form configuration that follow from the definition; dots go into blocks. What khagen only proposes is free:
// cgroupDriver, failSwapOn, memorySwap.
var (
	ownedKubeletKeys = map[string]string{
		"apiVersion":               "nothing: khagen writes it",
		"clusterDNS":               "kubernetes.networking.serviceCIDRs: its tenth address",
		"clusterDomain":            "kubernetes.networking.dnsDomain",
		"containerRuntimeEndpoint": "machine.containerRuntime",
		"kind":                     "nothing: khagen writes it",
		"podCIDR":                  "kubernetes.networking.podCIDRs",
		"registerWithTaints":       "hosts.NAME.taints",
	}
	kubeadmKubeletKeys = map[string]string{
		"rotateCertificates": "nothing: kubeadm switches it on, whatever stands here, and a patch of khagen's off where caKeyOnHosts is false",
		"staticPodPath":      "nothing: kubeadm puts the control plane into /etc/kubernetes/manifests",
	}
	unitKubeletKeys = map[string]string{
		"authentication.x509.clientCAFile": "nothing: khagen sets it to the cluster's CA",
		"rotateCertificates":               "kubernetes.join.discovery: kubelets that join by token rotate theirs, khagen pki renews the others",
		"serverTLSBootstrap":               "kubernetes.join.discovery: kubelets that join by token ask for theirs, khagen pki issues the others",
		"staticPodPath":                    "nothing: khagen sets it",
		"tlsCertFile":                      "nothing: khagen pki issues the certificate, or the kubelet asks for it where it joins by token",
		"tlsPrivateKeyFile":                "nothing: khagen pki makes the key, or the kubelet where it joins by token",
	}
	ownedProxyKeys = map[string]string{
		"apiVersion":       "nothing: khagen writes it",
		"clusterCIDR":      "kubernetes.networking.podCIDRs",
		"hostnameOverride": "hosts.NAME.nodeName",
		"kind":             "nothing: khagen writes it",
		"mode":             "kubernetes.kubeProxy.mode",
	}
	unitProxyKeys = map[string]string{
		"clientConnection.kubeconfig": "nothing: khagen sets it",
	}
	ownedSchedulerKeys = map[string]string{
		"apiVersion": "nothing: khagen writes it",
		"kind":       "nothing: khagen writes it",
	}
)

// configuration is a component's free-form configuration.
type configuration struct {
	kind   string // kubelet, kubeProxy, scheduler
	at     field
	config map[string]any
}

// configurations lists all of a definition; those of hosts as they stand there, without the cluster's.
func configurations(c *topology.Cluster) []configuration {
	k := c.Spec.Kubernetes
	all := []configuration{
		{"kubelet", field{"kubernetes", "kubelet", "config"}, k.Kubelet.Config},
		{"kubeProxy", field{"kubernetes", "kubeProxy", "config"}, k.KubeProxy.Config},
		{"scheduler", field{"kubernetes", "scheduler", "config"}, k.Scheduler.Config},
	}
	for _, h := range c.Hosts {
		if len(h.Spec.Kubelet.Config) > 0 {
			all = append(all, configuration{"kubelet", field{"hosts", h.Name, "kubelet", "config"}, h.Spec.Kubelet.Config})
		}
	}
	return all
}

// key is where the definition has one of the keys; dots go into blocks.
func (c configuration) key(name string) field {
	return append(slices.Clone(c.at), strings.Split(name, ".")...)
}

// value of a key; nil where it is absent.
func (c configuration) value(name string) any {
	var v any = c.config
	for _, step := range strings.Split(name, ".") {
		block, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = block[step]
	}
	return v
}

// ownedKeys are those that follow from the definition, by the kind of configuration.
func ownedKeys(c *topology.Cluster, kind string) []map[string]string {
	switch {
	case kind == "kubelet" && c.Binaries():
		return []map[string]string{ownedKubeletKeys, unitKubeletKeys}
	case kind == "kubelet":
		return []map[string]string{ownedKubeletKeys, kubeadmKubeletKeys}
	case kind == "kubeProxy" && c.Binaries():
		return []map[string]string{ownedProxyKeys, unitProxyKeys}
	case kind == "kubeProxy":
		return []map[string]string{ownedProxyKeys}
	}
	return []map[string]string{ownedSchedulerKeys}
}

func configFree(c *topology.Cluster, f *found) {
	for _, config := range configurations(c) {
		for _, owned := range ownedKeys(c, config.kind) {
			for _, key := range slices.Sorted(maps.Keys(owned)) {
				if config.value(key) != nil {
					f.add(c, config.key(key), "%s follows from the definition", key).mend("%s", useInstead(owned[key]))
				}
			}
		}
	}
}
