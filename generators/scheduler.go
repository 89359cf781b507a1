package generators

import (
	"maps"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// newScheduler renders kube-scheduler's configuration; without kubeadm its unit, too. With a file, kube-scheduler ignores
// the flags for its kubeconfig and for profiling, so that the file has them.
func newScheduler(c *topology.Cluster) HostFiles {
	if c.Binaries() {
		return newSchedulerService(c)
	}
	if len(c.Spec.Kubernetes.Scheduler.Config) == 0 {
		return none
	}
	return sameOn(isControlPlane, func() ([]tree.File, error) {
		config, err := schedulerConfig(c, map[string]any{"clientConnection": map[string]any{"kubeconfig": "/etc/kubernetes/scheduler.conf"}})
		return []tree.File{config}, err
	})
}

func newSchedulerService(c *topology.Cluster) HostFiles {
	s := controlPlaneService(c, "kube-scheduler")
	return func(h *topology.Host) ([]tree.File, error) {
		if !isControlPlane(h) {
			return nil, nil
		}
		config, err := schedulerConfig(c, map[string]any{
			"clientConnection": map[string]any{"kubeconfig": c.Kubeconfig(s.component)}, "enableProfiling": false,
		})
		if err != nil {
			return nil, err
		}
		kubeconfig, err := s.kubeconfig(localServer(h), certificateOf(c, "scheduler"))
		if err != nil {
			return nil, err
		}
		unit, err := s.hardened(hardenedUnit{
			Description: "Kubernetes scheduler", Documentation: componentDocs + "kube-scheduler/", Type: "exec",
			After: topology.Unit("kube-apiserver"),
		})
		flags := args(map[string]string{
			"config":                    config.Path,
			"authentication-kubeconfig": c.Kubeconfig(s.component),
			"authorization-kubeconfig":  c.Kubeconfig(s.component),
			"bind-address":              c.Loopback().String(),

			// Without them it asks the API server once, when it starts, and goes on without where that has no answer yet.
			"client-ca-file":               c.PKIFile("ca.crt"),
			"requestheader-client-ca-file": c.PKIFile("front-proxy-ca.crt"),
		}, c.Spec.Kubernetes.Scheduler.ExtraArgs)
		return []tree.File{s.flags(flags), config, kubeconfig, unit}, err
	}
}

func schedulerFile(c *topology.Cluster) string { return c.ConfigFile("scheduler/config.yaml") }

// schedulerConfig is khagen's own configuration with the definition's laid over it.
func schedulerConfig(c *topology.Cluster, own map[string]any) (tree.File, error) {
	own["leaderElection"] = map[string]any{"leaderElect": true}
	maps.Copy(own, c.Spec.Kubernetes.Scheduler.Config)
	content, err := document(c, object{"kubescheduler.config.k8s.io/v1", "KubeSchedulerConfiguration", own})
	return tree.File{
		Path: schedulerFile(c), Kind: tree.KindObject, Mode: 0o600, Content: content,
		Phase: tree.PhaseControlPlane, Notify: restartComponent(c, "kube-scheduler"),
	}, err
}
