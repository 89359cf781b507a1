package generators

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/internal/upstream"
)

const kubeletUnit = "kubelet.service"

// newKubelet renders the flags that the packages' unit reads from /etc/default/kubelet, where a change takes effect on
// hosts that have joined long ago, and a drop-in that orders the unit.
func newKubelet(c *topology.Cluster) HostFiles {
	if c.Spec.Kubernetes.Install != topology.InstallKubeadm {
		return none
	}
	return func(h *topology.Host) ([]tree.File, error) {
		if !h.IsNode() {
			return nil, nil
		}
		phase := tree.PhaseWorker
		if h.Is(topology.RoleControlPlane) {
			phase = tree.PhaseControlPlane
		}
		files := []tree.File{{
			Path: kubeletFlagsFile(h), Kind: tree.KindFile, Mode: 0o644, Content: flagsText(c, "KUBELET_EXTRA_ARGS", kubeletFlags(h)),
			Phase: phase, Notify: restart(kubeletUnit),
		}}
		if after := kubeletAfter(h); len(after) > 0 {
			units := strings.Join(after, " ")
			files = append(files, dropIn(c, kubeletUnit, fmt.Sprintf("[Unit]\nWants=%[1]s\nAfter=%[1]s\n", units), phase))
		}
		return files, nil
	}
}

func kubeletFlagsFile(h *topology.Host) string {
	if h.OS.Family == upstream.FamilyRHEL {
		return "/etc/sysconfig/kubelet"
	}
	return "/etc/default/kubelet"
}

// kubeletFlags are those that the configuration file can't have.
func kubeletFlags(h *topology.Host) []arg { return args(kubeletNodeFlags(h), h.Kubelet.ExtraArgs) }

// kubeletNodeFlags say which node it is.
func kubeletNodeFlags(h *topology.Host) map[string]string {
	own := map[string]string{"node-ip": joined(h.NodeIPs())}
	if len(h.Spec.Labels) > 0 {
		var labels []string
		for _, key := range slices.Sorted(maps.Keys(h.Spec.Labels)) {
			labels = append(labels, key+"="+h.Spec.Labels[key])
		}
		own["node-labels"] = strings.Join(labels, ",")
	}
	return own
}

// kubeletAfter are units of khagen's own hosts that the kubelet needs up before it starts.
func kubeletAfter(h *topology.Host) []string {
	var units []string
	if h.ManagesRuntime() {
		units = append(units, h.RuntimeUnit())
	}
	if h.NeedsSwapOff() {
		units = append(units, topology.SwapOffUnit)
	}
	if unit := h.Cluster.BalancerUnit(); unit != "" && h.Cluster.NodeLocal() && h.IsLoadBalancer() {
		units = append(units, unit) // the kubelet's way to the API
	}
	return units
}
