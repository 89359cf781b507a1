package generators

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

// newUnits renders a drop-in for each unit that the definition has settings of. Its name sorts after khagen's own drop-ins, so
// that its settings win.
func newUnits(c *topology.Cluster) HostFiles {
	return func(h *topology.Host) ([]tree.File, error) {
		var files []tree.File
		settings := h.UnitSettings()
		for _, unit := range slices.Sorted(maps.Keys(settings)) {
			text := unitText(settings[unit])
			if text == "" {
				continue // which a rule refuses
			}
			f := dropIn(c, unit, text, unitPhase(h, unit))
			f.Path, f.Notify = "/etc/systemd/system/"+unit+".d/90-khagen-units.conf", settingsChanged(unit)
			files = append(files, f)
		}
		return files, nil
	}
}

// unitText has the sections in the order in which units have them: Unit, then that of the unit's type.
func unitText(sections schema.UnitSections) string {
	names := slices.Sorted(maps.Keys(sections))
	if i := slices.Index(names, "Unit"); i > 0 {
		names = slices.Insert(slices.Delete(names, i, i+1), 0, "Unit")
	}
	var parts []string
	for _, name := range names {
		var lines strings.Builder
		for _, key := range slices.Sorted(maps.Keys(sections[name])) {
			for _, value := range sections[name][key].Values {
				fmt.Fprintf(&lines, "%s=%s\n", key, value)
			}
		}
		if lines.Len() > 0 {
			parts = append(parts, "["+name+"]\n"+lines.String())
		}
	}
	return strings.Join(parts, "\n")
}

// unitPhase is the one in which the unit's own files are activated.
func unitPhase(h *topology.Host, unit string) tree.Phase {
	c := h.Cluster
	switch component := strings.TrimSuffix(unit, ".service"); {
	case !h.HasUnit(unit):
		return tree.PhasePrerequisites
	case unit == c.BalancerUnit() || unit == c.KeepalivedUnit():
		return tree.PhaseLoadBalancer
	case component == upstream.Etcd:
		return tree.PhaseEtcd
	case slices.Contains([]string{upstream.APIServer, upstream.ControllerManager, upstream.Scheduler}, component),
		component == upstream.Kubelet && isControlPlane(h) && !c.Binaries():
		return tree.PhaseControlPlane
	case component == upstream.Kubelet || component == "kube-proxy":
		return tree.PhaseWorker
	}
	return tree.PhasePrerequisites
}

// unrestarted are services that refuse to be restarted, or that others on the host don't survive.
var unrestarted = []string{"auditd.service", "dbus-broker.service", "dbus.service"}

// settingsChanged makes new settings take effect, where a restart stops nothing but the unit itself. Templates, and prefixes of
// names, are no units that could be restarted.
func settingsChanged(unit string) []tree.Action {
	kind := topology.UnitType(unit)
	name := strings.TrimSuffix(unit, "."+kind)
	restarts := slices.Contains([]string{"service", "timer", "path"}, kind) && !slices.Contains(unrestarted, unit)
	if !restarts || strings.HasSuffix(name, "@") || strings.HasSuffix(name, "-") {
		return []tree.Action{{Verb: tree.VerbDaemon}}
	}
	return unitChanged(unit)
}
