package generators

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

var crioConf = embedded("crio.conf.tmpl")

// newCRIO renders a drop-in beside the package's own configuration, which names the programs that it brings
// (https://github.com/cri-o/cri-o/blob/main/docs/crio.conf.5.md).
func newCRIO(c *topology.Cluster) HostFiles {
	return func(h *topology.Host) ([]tree.File, error) {
		if !h.ManagesCRIO() {
			return nil, nil
		}
		logins := ""
		if hasLogins(h) {
			logins = loginsFile(h)
		}
		content, err := crioConf().Render(map[string]any{
			"Header": header(c), "Pause": pauseImage(c), "CgroupManager": cgroupDriver(h), "Logins": logins,
		})
		if err != nil {
			return nil, err
		}
		crictl, err := crictlFile(h)
		return []tree.File{
			{
				Path: "/etc/crio/crio.conf.d/20-khagen.conf", Kind: tree.KindFile, Mode: 0o644, Content: content,
				Phase: tree.PhasePrerequisites, Notify: restart(h.RuntimeUnit()),
			},
			crictl,
		}, err
	}
}
