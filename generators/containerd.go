package generators

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/internal/upstream"
)

var (
	containerdV2 = embedded("containerd-v2.toml.tmpl")
	containerdV3 = embedded("containerd-v3.toml.tmpl")
	crictlYAML   = embedded("crictl.yaml.tmpl")
)

func newContainerd(c *topology.Cluster) HostFiles {
	return func(h *topology.Host) ([]tree.File, error) {
		if !h.ManagesContainerd() {
			return nil, nil
		}
		version, err := upstream.ParseVersion(h.Machine.ContainerRuntime.Version)
		if err != nil {
			return nil, err
		}
		config := containerdV2 // containerd 1.x
		if version.AtLeast(2, 0) {
			config = containerdV3
		}
		content, err := config().Render(map[string]any{
			"Header": header(c), "SystemdCgroup": cgroupDriver(h) == "systemd", "Sandbox": pauseImage(c),
		})
		if err != nil {
			return nil, err
		}
		crictl, err := crictlFile(h)
		return []tree.File{
			{
				Path: "/etc/containerd/config.toml", Kind: tree.KindFile, Mode: 0o644, Content: content,
				Phase: tree.PhasePrerequisites, Notify: restart(h.RuntimeUnit()),
			},
			crictl,
		}, err
	}
}

// crictlFile tells crictl where the runtime is.
func crictlFile(h *topology.Host) (tree.File, error) {
	content, err := crictlYAML().Render(map[string]any{"Header": header(h.Cluster), "Socket": h.RuntimeSocket()})
	return tree.File{
		Path: "/etc/crictl.yaml", Kind: tree.KindFile, Mode: 0o644, Content: content, Phase: tree.PhasePrerequisites,
	}, err
}

// pauseImage holds a pod's namespaces: the one that belongs to the version of Kubernetes.
func pauseImage(c *topology.Cluster) string {
	return c.Spec.Kubernetes.ImageRepository + "/pause:" + upstream.PauseTag(c.Version)
}

// cgroupDriver is the kubelet's, which the runtime has to share.
func cgroupDriver(h *topology.Host) string {
	if driver, ok := h.Kubelet.Config["cgroupDriver"].(string); ok {
		return driver
	}
	return "systemd"
}
