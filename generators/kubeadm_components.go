package generators

import (
	"maps"
	"reflect"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// kubeletConfiguration is the cluster's, which kubeadm completes and keeps in the kubelet-config ConfigMap.
func kubeletConfiguration(c *topology.Cluster) object {
	config := kubeletDefaults(c, c.Spec.Machine.Swap)
	maps.Copy(config, c.Spec.Kubernetes.Kubelet.Config)
	return object{kubeletConfig, "KubeletConfiguration", config}
}

// kubeletDefaults are khagen's own settings, which the definition may replace. On hosts with swap pods get none: before 1.30
// that is what kubelets do, and they refuse the setting
// (https://kubernetes.io/docs/concepts/cluster-administration/swap-memory-management/).
func kubeletDefaults(c *topology.Cluster, swap bool) map[string]any {
	config := map[string]any{"cgroupDriver": "systemd"}
	if swap {
		config["failSwapOn"] = false
		if c.Version.AtLeast(1, 30) {
			config["memorySwap"] = map[string]any{"swapBehavior": "NoSwap"}
		}
	}
	return config
}

// kubeProxyConfiguration has hosts answer ARP only for addresses of the interface that asks where kube-vip moves one by ARP:
// with IPVS every host has every service's address.
func kubeProxyConfiguration(c *topology.Cluster) object {
	mode := c.Spec.Kubernetes.KubeProxy.Mode
	config := map[string]any{"mode": mode}
	if mode == "ipvs" && c.AnswersARP() {
		config["ipvs"] = map[string]any{"strictARP": true}
	}
	return object{proxyConfig, "KubeProxyConfiguration", layOver(config, c.Spec.Kubernetes.KubeProxy.Config)}
}

// kubeadmPatches change what kubeadm writes on this host: the kubelet's configuration where the host's differs from
// the cluster's, the address that its API server listens on, the probes of an API server that answers nobody without
// credentials, and the disks of etcd
// (https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/control-plane-flags/#patches).
func kubeadmPatches(h *topology.Host) ([]tree.File, error) {
	var files []tree.File
	if patch := kubeletPatch(h); len(patch) > 0 {
		f, err := patchFile(h, "kubeletconfiguration+merge.yaml", patch)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if !h.Is(topology.RoleControlPlane) {
		return files, nil
	}
	if h.Cluster.Spec.Kubernetes.APIServer.Bind == "address" {
		f, err := patchFile(h, "kube-apiserver+json.yaml", bindAddress(h))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if h.Cluster.Spec.Kubernetes.APIServer.AnonymousAuth == "none" {
		f, err := patchFile(h, "kube-apiserver+strategic.yaml", tcpProbes(h.Cluster))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	etcd, err := etcdPatches(h)
	return append(files, etcd...), err
}

func patchFile(h *topology.Host, name string, patch any) (tree.File, error) {
	f, err := kubeadmFile(h, "", patch)
	f.Path, f.Kind = topology.KubeadmPatches+"/"+name, tree.KindFile // a part of an object, which only kubeadm understands
	return f, err
}

// bindAddress adds a flag whose value is another on each host: those in ClusterConfiguration are the same on all.
func bindAddress(h *topology.Host) []jsonPatch {
	return []jsonPatch{{"add", "/spec/containers/0/command/-", "--bind-address=" + h.Address().String()}}
}

// jsonPatch is an operation of RFC 6902.
type jsonPatch struct {
	Op    string `yaml:"op"`
	Path  string `yaml:"path"`
	Value string `yaml:"value"`
}

// kubeletPatch has the settings in which the host differs from the cluster.
func kubeletPatch(h *topology.Host) map[string]any {
	want := kubeletDefaults(h.Cluster, h.Machine.Swap)
	maps.Copy(want, h.Kubelet.Config)
	have := kubeletConfiguration(h.Cluster).Fields
	patch := map[string]any{}
	for key, value := range want {
		if !reflect.DeepEqual(value, have[key]) {
			patch[key] = value
		}
	}
	if h.Cluster.ExternalCA() { // kubeadm switches it on, and nobody would sign; a kubelet that asked would use a copy of its first one
		patch["rotateCertificates"] = false
	}
	for key := range kubeletDefaults(h.Cluster, h.Cluster.Spec.Machine.Swap) {
		if _, ok := want[key]; !ok {
			patch[key] = nil // as if it had never been set
		}
	}
	return patch
}

// tcpProbes make the kubelet test the API server's port: its probes carry no credentials, are refused where anonymous
// requests are, and the kubelet would restart the API server for ever.
func tcpProbes(c *topology.Cluster) object {
	probe := map[string]any{"httpGet": nil, "tcpSocket": map[string]any{"port": c.Spec.Kubernetes.APIServer.Port}}
	return object{"v1", "Pod", map[string]any{
		"metadata": map[string]any{"name": "kube-apiserver", "namespace": "kube-system"},
		"spec": map[string]any{"containers": []any{map[string]any{
			"name": "kube-apiserver", "livenessProbe": probe, "readinessProbe": probe, "startupProbe": probe,
		}}},
	}}
}
