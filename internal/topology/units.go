package topology

import (
	"slices"
	"strings"

	"github.com/khagen/khagen/schema"
)

// KnownUnits are the names of all units that khagen runs on hosts of one cluster or another.
var KnownUnits = []string{
	Unit(BalancerContainer), "chrony.service", "chronyd.service", "containerd.service", "crio.service", "docker.service", "etcd.service",
	"haproxy.service", Unit(KeepalivedContainer), "keepalived.service", SwapOffUnit, "kube-apiserver.service",
	"kube-controller-manager.service", "kube-proxy.service", "kube-scheduler.service", "kubelet.service", "nginx.service",
}

// HasUnit says whether a unit is on the host, as far as khagen knows: one that it runs there, or that a node has anyway.
func (h *Host) HasUnit(unit string) bool {
	if slices.Contains(h.Units, unit) || h.IsNode() && unit == h.RuntimeUnit() {
		return true
	}
	containers := h.Containers() // a quadlet's unit is made when the host boots
	return slices.ContainsFunc(containers, func(name string) bool { return unit == Unit(name) }) ||
		len(containers) > 0 && h.Cluster.Spec.LoadBalancer.Engine == "docker" && unit == Unit("docker")
}

// HasUnit says whether a host of the cluster has the unit, as far as khagen knows.
func (c *Cluster) HasUnit(unit string) bool {
	return slices.ContainsFunc(c.Hosts, func(h *Host) bool { return h.HasUnit(unit) })
}

// UnitType is what stands behind the last dot of a unit's name.
func UnitType(unit string) string { return unit[strings.LastIndexByte(unit, '.')+1:] }

// UnitSettings are those that the definition has for the units of this host: for one that khagen runs on some hosts only where it
// does, for any other always.
func (h *Host) UnitSettings() map[string]schema.UnitSections {
	settings := map[string]schema.UnitSections{}
	for unit, sections := range h.Machine.Units {
		if h.HasUnit(unit) || !h.Cluster.HasUnit(unit) {
			settings[unit] = sections
		}
	}
	return settings
}

// mergeUnits lays a host's settings of units over the cluster's, key by key: lists are added, single values replaced.
func mergeUnits(base, over map[string]schema.UnitSections) map[string]schema.UnitSections {
	merged := mergeMaps(base, over)
	for unit, sections := range over {
		both := mergeMaps(base[unit], sections)
		for name, keys := range sections {
			both[name] = mergeMaps(base[unit][name], keys)
			for key, value := range keys {
				if old := base[unit][name][key]; old.IsList && value.IsList {
					value.Values = slices.Concat(old.Values, value.Values)
					both[name][key] = value
				}
			}
		}
		merged[unit] = both
	}
	return merged
}
