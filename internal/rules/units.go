package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

var unitRules = []Rule{
	{
		ID: "KH213", Severity: Error,
		Title:   "settings of units stand in sections that systemd reads",
		Reason:  "systemd ignores a section that the unit's type doesn't have, with a line in the journal. What [Install] says counts only when somebody enables the unit, beside what the unit itself says: neither daemon-reload nor a restart does.",
		Hint:    "use the sections Unit and that of the unit's type",
		Source:  "systemd.unit(5); systemctl(1), enable",
		cluster: unitSections,
	},
	{
		ID: "KH214", Severity: Warning,
		Title:   "settings of units are for units that hosts have",
		Reason:  "systemd says nothing about settings of a unit that isn't there, and a restart of it fails.",
		Hint:    "correct the name, or accept this where the unit is another's",
		Source:  "systemd.unit(5), drop-in directories",
		cluster: unitsFound,
	},
	{
		ID: "KH215", Severity: Error,
		Title:   "the environment of units doesn't repeat what follows from the definition",
		Reason:  "Of two values of a variable the last file's wins without a word, and what an EnvironmentFile has wins over Environment.",
		Hint:    "use the definition's own field",
		Source:  "systemd.exec(5), Environment=, EnvironmentFile=",
		cluster: unitEnvironment,
	},
	{
		ID: "KH216", Severity: Error,
		Title:   "settings of units say something",
		Reason:  "A unit, a section or a key without a value changes nothing, while it looks as if it did.",
		Hint:    `delete it; to take back what was set before, write ""`,
		Source:  "systemd.unit(5), drop-in directories",
		cluster: unitsSay,
	},
}

// machineUnits are the settings of units of the cluster's machine, or of one host's.
type machineUnits struct {
	at    field
	units map[string]schema.UnitSections
	hosts []*topology.Host // that they are for
}

func allMachineUnits(c *topology.Cluster) []machineUnits {
	all := []machineUnits{{field{"machine", "units"}, c.Spec.Machine.Units, c.Hosts}}
	for _, h := range c.Hosts {
		all = append(all, machineUnits{field{"hosts", h.Name, "machine", "units"}, h.Spec.Machine.Units, []*topology.Host{h}})
	}
	return all
}

func (m machineUnits) names() []string { return slices.Sorted(maps.Keys(m.units)) }

func (m machineUnits) below(names ...string) field { return slices.Concat(m.at, field(names)) }

// unitSetting is one key of a unit.
type unitSetting struct {
	at                 field
	unit, section, key string
	value              schema.UnitSetting
	hosts              []*topology.Host
}

// valueAt is the place of one of its values.
func (s unitSetting) valueAt(i int) field {
	if !s.value.IsList {
		return s.at
	}
	return append(slices.Clone(s.at), element(i))
}

// eachSetting walks all keys of all units.
func eachSetting(c *topology.Cluster, yield func(unitSetting)) {
	for _, m := range allMachineUnits(c) {
		for _, unit := range m.names() {
			for _, section := range slices.Sorted(maps.Keys(m.units[unit])) {
				keys := m.units[unit][section]
				for _, key := range slices.Sorted(maps.Keys(keys)) {
					yield(unitSetting{m.below(unit, section, key), unit, section, key, keys[key], m.hosts})
				}
			}
		}
	}
}

// typeSections are the sections of units by their type, beside Unit; targets have none.
var typeSections = map[string]string{
	"automount": "Automount", "mount": "Mount", "path": "Path", "scope": "Scope", "service": "Service", "slice": "Slice",
	"socket": "Socket", "swap": "Swap", "timer": "Timer",
}

func unitSections(c *topology.Cluster, f *found) {
	for _, m := range allMachineUnits(c) {
		for _, unit := range m.names() {
			kind := topology.UnitType(unit)
			own := typeSections[kind]
			for _, section := range slices.Sorted(maps.Keys(m.units[unit])) {
				switch at := m.below(unit, section); {
				case section == "Unit" || section == own:
				case section == "Install":
					f.add(c, at, "[Install] changes nothing about %s until somebody enables it", unit).mend("delete it, and enable the unit where it is installed")
				case section == "Container" && slices.ContainsFunc(m.hosts, (*topology.Host).UsesQuadlet):
					f.add(c, at, "[Container] is podman's, which doesn't read settings of %s", unit).mend("use loadBalancer and vip.keepalived, or a file of your own in place of the quadlet")
				default:
					f.add(c, at, "systemd reads no [%s] in a %s", section, kind).mend("%s", meantSection(section, own))
				}
			}
		}
	}
}

// meantSection says which sections a unit has.
func meantSection(section, own string) string {
	known := []string{"Unit"}
	if own != "" {
		known = append(known, own)
	}
	if near := schema.Nearest(section, known); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	return "use " + strings.Join(known, " or ")
}

func unitsFound(c *topology.Cluster, f *found) {
	for _, m := range allMachineUnits(c) {
		for _, unit := range m.names() {
			if slices.ContainsFunc(m.hosts, func(h *topology.Host) bool { return h.HasUnit(unit) }) {
				continue
			}
			known := slices.Contains(topology.KnownUnits, unit)
			switch near := meantUnit(unit); {
			case c.HasUnit(unit): // on other hosts
				f.add(c, m.below(unit), "%s is not on this host: the settings go nowhere", unit).mend("delete it")
			case known:
				f.add(c, m.below(unit), "no host has %s of khagen's: the settings go to %s", unit, names(m.hosts)).
					mend("%s, or accept this where the hosts have such a unit from elsewhere", insteadOfUnit(c, unit))
			case near != "":
				f.add(c, m.below(unit), "khagen knows no unit %s, and the settings go to %s", unit, names(m.hosts)).mend("did you mean %s?", near)
			}
		}
	}
}

// meantUnit gives the unit of khagen's that a name most likely stands for; empty where none is near.
func meantUnit(unit string) string {
	name, isService := strings.CutSuffix(unit, ".service")
	if !isService {
		return ""
	}
	known := make([]string, len(topology.KnownUnits))
	for i, k := range topology.KnownUnits {
		known[i] = strings.TrimSuffix(k, ".service")
	}
	if near := schema.Nearest(name, known); near != "" {
		return topology.Unit(near)
	}
	return ""
}

// insteadOfUnit says what to do about a unit that khagen runs in other clusters.
func insteadOfUnit(c *topology.Cluster, unit string) string {
	own := ""
	switch strings.TrimSuffix(unit, ".service") {
	case "haproxy", "nginx", topology.BalancerContainer:
		own = c.BalancerUnit()
		if own == "" && len(c.LoadBalancers) > 0 {
			return "delete it: the balancer is a static pod"
		}
	case "keepalived", topology.KeepalivedContainer:
		own = c.KeepalivedUnit()
		if own == "" && len(c.VRRPPeers) > 0 {
			return "delete it: keepalived is a static pod"
		}
	case "containerd", "crio":
		if i := slices.IndexFunc(c.Hosts, (*topology.Host).IsNode); i >= 0 {
			own = c.Hosts[i].RuntimeUnit()
		}
	case upstream.Etcd, upstream.APIServer, upstream.ControllerManager, upstream.Scheduler, "kube-proxy":
		if !c.Binaries() {
			return "delete it: kubeadm runs it as a pod"
		}
	}
	if own != "" {
		return "use " + own
	}
	return "delete it"
}

func unitsSay(c *topology.Cluster, f *found) {
	for _, m := range allMachineUnits(c) {
		for _, unit := range m.names() {
			if len(m.units[unit]) == 0 {
				f.add(c, m.below(unit), "nothing is set")
			}
			for _, section := range slices.Sorted(maps.Keys(m.units[unit])) {
				if len(m.units[unit][section]) == 0 {
					f.add(c, m.below(unit, section), "nothing is set")
				}
			}
		}
	}
	eachSetting(c, func(s unitSetting) {
		if len(s.value.Values) == 0 {
			f.add(c, s.at, "the list is empty")
		}
	})
}

func unitEnvironment(c *topology.Cluster, f *found) {
	eachSetting(c, func(s unitSetting) {
		if s.section != "Service" || s.key != "Environment" {
			return
		}
		for i, value := range s.value.Values {
			for word := range strings.FieldsSeq(value) {
				name, _, assigns := strings.Cut(strings.Trim(word, `"'`), "=")
				if instead := insteadOfVariable(s, name); assigns && instead != "" {
					f.add(c, s.valueAt(i), "%s of %s follows from the definition", name, s.unit).mend("%s", instead)
				}
			}
		}
	})
}

// insteadOfVariable says what to use in place of a variable that khagen sets for the unit; empty where it is free.
func insteadOfVariable(s unitSetting, name string) string {
	c, component := s.hosts[0].Cluster, strings.TrimSuffix(s.unit, ".service")
	pulls := slices.ContainsFunc(s.hosts, func(h *topology.Host) bool { return slices.Contains(h.ProxyUnits(), s.unit) })
	switch {
	case pulls && slices.Contains([]string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}, strings.ToUpper(name)):
		return "use machine.httpProxy"
	case component == "haproxy" && name == "HAPROXY_STATS_PASSWORD":
		return "use loadBalancer.stats.passwordSecret"
	case component == upstream.Kubelet && name == "KUBELET_EXTRA_ARGS" && !c.Binaries():
		return "use kubelet.extraArgs"
	case c.HasUnit(s.unit) && (c.Binaries() || component == upstream.Etcd) && name == topology.FlagsVariable(component):
		return "use the component's extraArgs"
	}
	return ""
}
