package overlay

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

// unitFolder is where administrators keep their units.
const unitFolder = "/etc/systemd/system"

// quadletFolder is where podman makes units of files, at each daemon-reload.
const quadletFolder = "/etc/containers/systemd"

// unitTypes are the endings of units that hosts can enable.
var unitTypes = []string{".service", ".socket", ".timer", ".path", ".mount", ".automount", ".swap", ".target"}

// defaultMode is executable for scripts and programs. The file's own bit says nothing: Windows has none, and some mounts show all
// files with it.
func defaultMode(kind tree.Kind, content []byte) fs.FileMode {
	switch {
	case kind == tree.KindSecret:
		return 0o600
	case bytes.HasPrefix(content, []byte("#!")), bytes.HasPrefix(content, []byte("\x7fELF")):
		return 0o755
	}
	return 0o644
}

// defaultActions are what a changed file asks for by its place alone.
func defaultActions(file string, enable bool) []tree.Action {
	folder, name := path.Split(file)
	folder = path.Clean(folder)
	daemon := tree.Action{Verb: tree.VerbDaemon}
	switch {
	case folder == "/etc/sysctl.d" && strings.HasSuffix(name, ".conf"):
		return []tree.Action{{Verb: tree.VerbSysctl}}
	case folder == "/etc/modules-load.d" && strings.HasSuffix(name, ".conf"):
		return []tree.Action{{Verb: tree.VerbModules}}
	case folder == "/etc/sysusers.d" && strings.HasSuffix(name, ".conf"):
		return []tree.Action{{Verb: tree.VerbUsers}}
	case folder == unitFolder && enable:
		return []tree.Action{daemon, {Verb: tree.VerbRestart, Unit: name}}
	case folder == unitFolder && isUnit(name):
		return []tree.Action{daemon}
	case folder == quadletFolder && strings.HasSuffix(name, ".container") && !isTemplateUnit(name):
		return []tree.Action{daemon, {Verb: tree.VerbRestart, Unit: strings.TrimSuffix(name, ".container") + ".service"}}
	case folder == quadletFolder:
		return []tree.Action{daemon}
	case path.Dir(folder) == unitFolder && strings.HasSuffix(folder, ".d") && strings.HasSuffix(name, ".conf"):
		unit := strings.TrimSuffix(path.Base(folder), ".d")
		if isUnit(unit) && !isTemplateUnit(unit) {
			return []tree.Action{daemon, {Verb: tree.VerbRestart, Unit: unit}}
		}
		return []tree.Action{daemon}
	}
	return nil
}

// isUnit says whether a name is that of one unit: not service alone, whose drop-ins are for all services.
func isUnit(name string) bool {
	ending := path.Ext(name)
	return slices.Contains(unitTypes, ending) && name != ending
}

// isTemplateUnit says whether systemd makes units of this one, each with a name of its own.
func isTemplateUnit(name string) bool {
	return strings.HasSuffix(strings.TrimSuffix(name, path.Ext(name)), "@")
}

// unit is the name of the unit that a file is; a file that is none can't be enabled.
func (o *own) unit(file string) string {
	name := path.Base(file)
	if path.Dir(file) == unitFolder && isUnit(name) && !isTemplateUnit(name) {
		return name
	}
	o.report(schema.Error{
		Pos: o.position(file, "enable"), Path: settingPath(file, "enable"),
		Problem: "this is no unit that can be enabled", Hint: "units are files in " + unitFolder + " whose names end in " + strings.Join(unitTypes, ", ") + "; those with @ before that need a name behind it",
	})
	return ""
}

// actions reads what the schema has checked: "reload haproxy.service".
func actions(texts []string) []tree.Action {
	var all []tree.Action
	for _, text := range texts {
		verb, unit, _ := strings.Cut(text, " ")
		all = append(all, tree.Action{Verb: tree.Verb(verb), Unit: unit})
	}
	return all
}
