package generators

import (
	"maps"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

const (
	schedulerFolder = "/etc/kubernetes/scheduler"
	schedulerFile   = schedulerFolder + "/config.yaml"
)

// newScheduler renders the scheduler's configuration where the definition has one. With a file, kube-scheduler ignores
// the flags that kubeadm gives it for its kubeconfig, so that the file names it.
func newScheduler(c *topology.Cluster) HostFiles {
	if len(c.Spec.Kubernetes.Scheduler.Config) == 0 {
		return none
	}
	config := map[string]any{
		"clientConnection": map[string]any{"kubeconfig": "/etc/kubernetes/scheduler.conf"},
		"leaderElection":   map[string]any{"leaderElect": true},
	}
	maps.Copy(config, c.Spec.Kubernetes.Scheduler.Config)
	return sameOn(isControlPlane, func() ([]tree.File, error) {
		content, err := document(c, object{"kubescheduler.config.k8s.io/v1", "KubeSchedulerConfiguration", config})
		return []tree.File{{
			Path: schedulerFile, Kind: tree.KindObject, Mode: 0o600, Content: content,
			Phase: tree.PhaseControlPlane, Notify: restart("kube-scheduler"),
		}}, err
	})
}
