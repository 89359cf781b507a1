package generators

import (
	"fmt"
	"slices"
	"sync"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

const (
	kubeadmFolder = "/etc/kubernetes/kubeadm/"
	discoveryFile = "/etc/kubernetes/discovery.conf" // brought to the host when it joins, never rendered
	kubeletConfig = "kubelet.config.k8s.io/v1beta1"
	proxyConfig   = "kubeproxy.config.k8s.io/v1alpha1"
)

// newKubeadm renders config.yaml on every control plane, which kubeadm init and its phases read, and join.yaml on
// every host that joins. Both are read when somebody runs kubeadm, so nothing restarts where they change.
func newKubeadm(c *topology.Cluster) HostFiles {
	if c.Spec.Kubernetes.Install != topology.InstallKubeadm {
		return none
	}
	shared := sync.OnceValues(func() ([]byte, error) { return marshal(clusterObjects(c)...) })
	return func(h *topology.Host) ([]tree.File, error) {
		if !h.IsNode() {
			return nil, nil
		}
		files, err := kubeadmPatches(h)
		if err != nil {
			return nil, err
		}
		hasPatches := len(files) > 0 || h.HasOwnPatches()
		if h.Is(topology.RoleControlPlane) {
			f, err := kubeadmFile(h, "config.yaml", initConfig(h, hasPatches))
			if err != nil {
				return nil, err
			}
			rest, err := shared()
			if err != nil {
				return nil, err
			}
			f.Content = slices.Concat(f.Content, []byte("---\n"), rest)
			files = append(files, f)
		}
		if h != c.Bootstrap && joinsKnownCA(c) {
			f, err := joinFile(h, hasPatches)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
		return files, nil
	}
}

// clusterObjects are what config.yaml says on every control plane alike.
func clusterObjects(c *topology.Cluster) []any {
	objects := []any{clusterConfig(c), kubeletConfiguration(c)}
	if c.RunsKubeProxy() {
		objects = append(objects, kubeProxyConfiguration(c))
	}
	return objects
}

func kubeadmFile(h *topology.Host, name string, object any) (tree.File, error) {
	content, err := document(h.Cluster, object)
	phase := tree.PhaseWorker
	if h.Is(topology.RoleControlPlane) {
		phase = tree.PhaseControlPlane
	}
	return tree.File{Path: kubeadmFolder + name, Kind: tree.KindObject, Mode: 0o600, Content: content, Phase: phase}, err
}

func initConfig(h *topology.Host, hasPatches bool) initConfiguration {
	return initConfiguration{
		APIVersion:       upstream.KubeadmAPI(h.Cluster.Version),
		Kind:             "InitConfiguration",
		NodeRegistration: registration(h),
		LocalAPIEndpoint: localEndpoint(h),
		SkipPhases:       skippedPhases(h.Cluster),
		Patches:          patchesOf(hasPatches),
	}
}

func localEndpoint(h *topology.Host) localAPIEndpoint {
	return localAPIEndpoint{h.Address().String(), h.Cluster.Spec.Kubernetes.APIServer.Port}
}

func patchesOf(has bool) *patches {
	if !has {
		return nil
	}
	return &patches{topology.KubeadmPatches}
}

// registration leaves the taints to kubeadm unless the definition says otherwise, or the control plane is a worker too.
func registration(h *topology.Host) nodeRegistration {
	r := nodeRegistration{Name: h.NodeName, CRISocket: h.RuntimeSocket()}
	if h.SharesAPIPort() && h.Cluster.BalancerUnit() != "" { // kubeadm wants the port to be free on all addresses
		r.IgnorePreflightErrors = []string{fmt.Sprintf("Port-%d", h.Cluster.Spec.Kubernetes.APIServer.Port)}
	}
	switch {
	case h.Spec.Taints != nil:
		taints := []taint{}
		for _, t := range *h.Spec.Taints {
			taints = append(taints, taint(t))
		}
		r.Taints = &taints
	case h.Is(topology.RoleControlPlane) && h.Is(topology.RoleWorker):
		r.Taints = &[]taint{}
	}
	return r
}

func clusterConfig(c *topology.Cluster) clusterConfiguration {
	k := c.Spec.Kubernetes
	config := clusterConfiguration{
		APIVersion:           upstream.KubeadmAPI(c.Version),
		Kind:                 "ClusterConfiguration",
		Etcd:                 kubeadmEtcd(c),
		Networking:           networking{joined(k.Networking.ServiceCIDRs), joined(k.Networking.PodCIDRs), k.Networking.DNSDomain},
		KubernetesVersion:    "v" + k.Version,
		ControlPlaneEndpoint: c.Endpoint,
		APIServer:            apiServer{apiServerComponent(c), c.CertSANs},
		ControllerManager:    controlPlaneComponent{extraArgs{list: controllerManagerArgs(c)}, volumes(k.ControllerManager.ExtraVolumes)},
		Scheduler:            schedulerComponent(c),
		ImageRepository:      k.ImageRepository,
		FeatureGates:         k.FeatureGates,
		ClusterName:          c.Spec.Name,
		EncryptionAlgorithm:  c.KeyAlgorithm(),

		CertificateValidityPeriod:   validity(k.Certificates.Validity),
		CACertificateValidityPeriod: validity(k.Certificates.CAValidity),
	}
	if !c.RunsKubeProxy() {
		config.Proxy = &addon{Disabled: true}
	}
	return config.inItsVersion()
}

// validity is written in hours, as kubeadm's documentation has it.
func validity(d schema.Duration) string {
	if hours := d.Std().Hours(); hours == float64(int(hours)) {
		return fmt.Sprintf("%dh", int(hours))
	}
	return d.Std().String()
}
