package generators

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

var kubeProxyService = embedded("kube-proxy.service.tmpl")

// newKubeProxy renders kube-proxy of a cluster without kubeadm: unit, flags, configuration and kubeconfig.
func newKubeProxy(c *topology.Cluster) HostFiles {
	if !c.Binaries() || !c.RunsKubeProxy() {
		return none
	}
	s := service{c, "kube-proxy", tree.PhaseWorker}
	configFile := c.ConfigFile("kube-proxy-config.yaml")
	same := sameOn((*topology.Host).IsNode, func() ([]tree.File, error) {
		unit, err := s.unit(kubeProxyService, map[string]any{})
		if err != nil {
			return nil, err
		}
		login, err := s.kubeconfig("https://"+c.Endpoint, certificateOf(c, "kube-proxy"))
		return []tree.File{unit, s.flags([]arg{{"config", configFile}}), login}, err
	})
	return func(h *topology.Host) ([]tree.File, error) {
		files, err := same(h)
		if err != nil || files == nil {
			return nil, err
		}
		content, err := document(c, kubeProxyServiceConfiguration(h))
		return append(files[:len(files):len(files)], tree.File{
			Path: configFile, Kind: tree.KindObject, Mode: 0o600, Content: content,
			Phase: tree.PhaseWorker, Notify: restart(topology.Unit("kube-proxy")),
		}), err
	}
}

// kubeProxyServiceConfiguration adds to the cluster's what kubeadm would put in. hostnameOverride has to be the Node's
// name: kube-proxy looks its own Node up by it.
func kubeProxyServiceConfiguration(h *topology.Host) object {
	c := h.Cluster
	config := map[string]any{
		"clientConnection":   map[string]any{"kubeconfig": c.Kubeconfig("kube-proxy")},
		"clusterCIDR":        joined(c.Spec.Kubernetes.Networking.PodCIDRs),
		"hostnameOverride":   h.NodeName,
		"metricsBindAddress": topology.HostPort(c.Loopback(), 10249),
	}
	shared := kubeProxyConfiguration(c)
	return object{shared.APIVersion, shared.Kind, layOver(config, shared.Fields)}
}
