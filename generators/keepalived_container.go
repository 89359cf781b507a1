package generators

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

func newKeepalivedContainer(c *topology.Cluster) HostFiles {
	if len(c.VRRPPeers) == 0 || c.Spec.VIP.Keepalived.Runtime != topology.RuntimeContainer {
		return none
	}
	return func(h *topology.Host) ([]tree.File, error) {
		if !h.IsVRRPPeer() {
			return nil, nil
		}
		files, err := keepalivedFiles(h, reload(c.KeepalivedUnit()))
		if err != nil {
			return nil, err
		}
		unit, err := keepalivedContainer(c).file(h)
		return append(files, unit), err
	}
}

// keepalivedContainer is in the host's network, and takes its addresses off when it is told to stop: if it were killed, they
// would stay.
func keepalivedContainer(c *topology.Cluster) systemdContainer {
	return systemdContainer{
		Name: topology.KeepalivedContainer, Description: "keepalived for the virtual address of " + c.Spec.Name,
		Image: c.Spec.VIP.Keepalived.Image, After: c.BalancerUnit(),
		Folder: keepalivedFolder, MountPath: keepalivedFolder, Tmpfs: "/run",
		Capabilities: keepalivedCapabilities,
		Program:      "keepalived", Args: keepalivedArgs, Test: "keepalived --config-test --use-file=" + keepalivedConf,
		StopSignal: "SIGTERM", StopSeconds: 10, ReloadSignal: "HUP",
	}
}
