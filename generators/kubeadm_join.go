package generators

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/internal/upstream"
)

// joinsKnownCA says whether hosts that join can tell the cluster from another. By token they can't before there is a CA, and
// its pin in the definition.
func joinsKnownCA(c *topology.Cluster) bool {
	return !c.JoinsByToken() || len(c.Spec.Kubernetes.Join.CACertHashes) > 0
}

// joinFile is join.yaml: kubeadm takes a token beside a configuration from nowhere else.
func joinFile(h *topology.Host, hasPatches bool) (tree.File, error) {
	f, err := kubeadmFile(h, "join.yaml", joinConfig(h, hasPatches))
	if h.Cluster.JoinsByToken() {
		f.Kind = tree.KindSecret
	}
	return f, err
}

func joinConfig(h *topology.Host, hasPatches bool) joinConfiguration {
	join := joinConfiguration{
		APIVersion:       upstream.KubeadmAPI(h.Cluster.Version),
		Kind:             "JoinConfiguration",
		NodeRegistration: registration(h),
		Discovery:        discoveryOf(h.Cluster),
		Patches:          patchesOf(hasPatches),
	}
	if h.Is(topology.RoleControlPlane) {
		join.ControlPlane = &joinControlPlane{localEndpoint(h)}
	}
	if h.Cluster.ExternalCA() { // khagen pki brings the kubelet's credentials, instead of the cluster
		join.NodeRegistration.IgnorePreflightErrors = append(join.NodeRegistration.IgnorePreflightErrors, "FileAvailable--etc-kubernetes-kubelet.conf")
	}
	return join
}

func discoveryOf(c *topology.Cluster) discovery {
	if j := c.Spec.Kubernetes.Join; c.JoinsByToken() {
		return discovery{BootstrapToken: &tokenDiscovery{secretText(j.TokenSecret), c.Endpoint, j.CACertHashes}}
	}
	return discovery{File: &fileDiscovery{discoveryFile}}
}
