package generators

import (
	"strings"
	"sync"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

var kubeletService = embedded("kubelet.service.tmpl")

// newKubeletService renders the kubelet of a cluster without kubeadm: unit, flags, configuration and kubeconfig.
func newKubeletService(c *topology.Cluster) HostFiles {
	if !c.Binaries() {
		return none
	}
	s := service{c, "kubelet", tree.PhaseWorker}
	same := sync.OnceValues(func() (tree.File, error) { return kubeletLogin(s) })
	return func(h *topology.Host) ([]tree.File, error) {
		if !h.IsNode() {
			return nil, nil
		}
		unit, err := s.unit(kubeletService, map[string]any{
			"Watchdog": kubeletWatchdog(c), "After": strings.Join(append([]string{"network-online.target"}, kubeletAfter(h)...), " "),
		})
		if err != nil {
			return nil, err
		}
		config, err := document(c, kubeletServiceConfiguration(h))
		if err != nil {
			return nil, err
		}
		login, err := same()
		if err != nil {
			return nil, err
		}
		return []tree.File{
			unit,
			s.flags(kubeletServiceFlags(h)),
			{
				Path: c.ConfigFile("kubelet-config.yaml"), Kind: tree.KindObject, Mode: 0o600, Content: config,
				Phase: tree.PhaseWorker, Notify: restart(kubeletUnit),
			},
			login,
		}, nil
	}
}

// kubeletWatchdog is the time after which systemd starts a kubelet again that has got stuck: from 1.32 on it says in time
// that its loops turn. Source: SystemdWatchdog in pkg/features/kube_features.go.
func kubeletWatchdog(c *topology.Cluster) string {
	if c.Version.AtLeast(1, 32) {
		return "60s"
	}
	return ""
}

// kubeletLogin is the kubelet's kubeconfig: one that names the certificate of khagen pki, or one with a bootstrap token,
// by which the kubelet asks for a certificate and writes a kubeconfig of its own.
func kubeletLogin(s service) (tree.File, error) {
	c := s.cluster
	server := "https://" + c.Endpoint
	if !c.JoinsByToken() {
		return s.kubeconfig(server, certificateOf(c, "kubelet-client"))
	}
	f, err := s.kubeconfig(server, credentials{Token: secretText(c.Spec.Kubernetes.Join.TokenSecret)})
	f.Path, f.Kind = bootstrapKubeconfig(c), tree.KindSecret
	f.Notify = nil // of no use to a kubelet that has its certificate; one that waits reads it when it starts again
	return f, err
}

func bootstrapKubeconfig(c *topology.Cluster) string {
	return c.Kubeconfig("kubelet-bootstrap")
}

// kubeletServiceFlags names the node always: what the host calls itself may differ, and the certificate has this name.
func kubeletServiceFlags(h *topology.Host) []arg {
	c := h.Cluster
	own := kubeletNodeFlags(h)
	own["config"] = c.ConfigFile("kubelet-config.yaml")
	own["kubeconfig"] = c.Kubeconfig("kubelet")
	own["hostname-override"] = h.NodeName
	if c.JoinsByToken() {
		own["bootstrap-kubeconfig"] = bootstrapKubeconfig(c)
	}
	return args(own, h.Kubelet.ExtraArgs)
}
