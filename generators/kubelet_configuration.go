package generators

import (
	"path"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

// podPidsLimit keeps one pod from using up the process numbers of its node. CIS asks for a limit and names none.
const podPidsLimit = 4096

// kubeletServiceConfiguration is what a kubelet without kubeadm reads: what follows from the definition, and what CIS 4.2
// asks for, with the definition's own settings laid over both. protectKernelDefaults is left out: the kubelet then sets
// the parameters that it wants, instead of refusing to start where one differs.
func kubeletServiceConfiguration(h *topology.Host) object {
	c := h.Cluster
	config := kubeletDefaults(c, h.Machine.Swap)
	config["authentication"] = map[string]any{
		"anonymous": map[string]any{"enabled": false},
		"webhook":   map[string]any{"enabled": true},
		"x509":      map[string]any{"clientCAFile": c.PKIFile("ca.crt")},
	}
	config["authorization"] = map[string]any{"mode": "Webhook"}
	config["clusterDNS"] = c.ClusterDNS
	config["clusterDomain"] = c.Spec.Kubernetes.Networking.DNSDomain
	config["containerRuntimeEndpoint"] = h.RuntimeSocket()
	config["podPidsLimit"] = podPidsLimit
	config["seccompDefault"] = true // what containers had before Kubernetes switched it off for them
	config["tlsMinVersion"] = "VersionTLS12"
	if file := upstream.ResolvConf(h.Machine.OS); file != "" {
		config["resolvConf"] = file
	}
	if h.HasStaticPods() {
		config["staticPodPath"] = path.Clean(manifestsFolder)
	}
	if t := registration(h).Taints; t != nil && len(*t) > 0 {
		config["registerWithTaints"] = *t
	}
	setKubeletCertificates(c, config)
	return object{kubeletConfig, "KubeletConfiguration", layOver(config, h.Kubelet.Config)}
}

// setKubeletCertificates says where certificates come from. Those of khagen pki are read again when their files change,
// the client's too, so that a renewal needs no restart; a kubelet that rotated them would keep copies of its own and never
// look at the files again.
func setKubeletCertificates(c *topology.Cluster, config map[string]any) {
	if c.JoinsByToken() {
		config["rotateCertificates"] = true
		config["serverTLSBootstrap"] = true
		return
	}
	config["tlsCertFile"] = c.PKIFile("kubelet.crt")
	config["tlsPrivateKeyFile"] = c.PKIFile("kubelet.key")
}

// layOver gives base with the settings of over, key by key at every depth; lists are replaced.
func layOver(base, over map[string]any) map[string]any {
	for key, value := range over {
		below, both := base[key].(map[string]any)
		if above, ok := value.(map[string]any); ok && both {
			base[key] = layOver(below, above)
		} else {
			base[key] = value
		}
	}
	return base
}
