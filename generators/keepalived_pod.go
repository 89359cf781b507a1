package generators

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

func newKeepalivedPod(c *topology.Cluster) HostFiles {
	if len(c.VRRPPeers) == 0 || c.Spec.VIP.Keepalived.Runtime != topology.RuntimeStaticPod {
		return none
	}
	return func(h *topology.Host) ([]tree.File, error) {
		if !h.IsVRRPPeer() {
			return nil, nil
		}
		// keepalived reads its configuration again on HUP; a new pod would give the address up for a moment.
		files, err := keepalivedFiles(h, []tree.Action{{Verb: tree.VerbSignal, Unit: "keepalived"}})
		if err != nil {
			return nil, err
		}
		pod, err := podFile(c, unconfined(h, keepalivedPod(c)))
		return append(files, pod), err
	}
}

// keepalivedArgs are those of keepalived in a container: VRRP alone, its output the log.
var keepalivedArgs = []string{"--dont-fork", "--log-console", "--vrrp", "--use-file=" + keepalivedConf}

// keepalivedCapabilities let it change addresses and send VRRP in a container; without SETGID it complains in the log about
// each check that it runs.
var keepalivedCapabilities = []string{"NET_ADMIN", "NET_BROADCAST", "NET_RAW", "SETGID"}

func keepalivedPod(c *topology.Cluster) pod {
	keepalived := container{
		Name: "keepalived", Image: c.Spec.VIP.Keepalived.Image,
		Command:      append([]string{"keepalived"}, keepalivedArgs...),
		Resources:    resources{Requests: map[string]string{"cpu": "25m", "memory": "32Mi"}},
		VolumeMounts: []volumeMount{{Name: "config", ReadOnly: true, MountPath: keepalivedFolder}},
		SecurityContext: securityContext{Capabilities: capabilities{
			Add: keepalivedCapabilities, Drop: []string{"ALL"},
		}},
	}
	// On its way out keepalived hands the address over and takes it off the interface: give it the time.
	return newPod("keepalived", podSpec{
		Volumes:    []podVolume{folder("config", keepalivedFolder)},
		Containers: []container{keepalived}, TerminationGracePeriodSeconds: 10,
	}, nil)
}
