package generators

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/khagen/khagen/internal/template"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// service is a component that a unit of khagen's runs.
type service struct {
	cluster   *topology.Cluster
	component string
	phase     tree.Phase
}

// flags is the file with the component's flags, for the unit that starts it.
func (s service) flags(flags []arg) tree.File {
	return tree.File{
		Path: s.cluster.FlagsFile(s.component), Kind: tree.KindFile, Mode: 0o644, Phase: s.phase,
		Notify:  restart(topology.Unit(s.component)),
		Content: flagsText(s.cluster, topology.FlagsVariable(s.component), flags),
	}
}

// unit is the component's unit. The template gets a Header, the Program, and the FlagsFile with its Variable, too.
func (s service) unit(unit func() *template.Template, data map[string]any) (tree.File, error) {
	data["Header"] = header(s.cluster)
	data["Program"] = s.cluster.Program(s.component)
	data["FlagsFile"] = s.cluster.FlagsFile(s.component)
	data["Variable"] = topology.FlagsVariable(s.component)
	content, err := unit().Render(data)
	return tree.File{
		Path: "/etc/systemd/system/" + topology.Unit(s.component), Kind: tree.KindFile, Mode: 0o644, Content: content,
		Phase: s.phase, Notify: unitChanged(topology.Unit(s.component)),
	}, err
}

// kubeconfig is the component's own: COMPONENT.kubeconfig.
func (s service) kubeconfig(server string, login credentials) (tree.File, error) {
	content, err := kubeconfig(s.cluster, s.component, server, login)
	return tree.File{
		Path: s.cluster.Kubeconfig(s.component), Kind: tree.KindFile, Mode: 0o600, Content: content,
		Phase: s.phase, Notify: restart(topology.Unit(s.component)),
	}, err
}

var hardenedService = embedded("hardened.service.tmpl")

// hardenedUnit is a component that needs nothing of the host but its own files: no capability, no device, no write
// elsewhere. The settings are explained in https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html.
type hardenedUnit struct {
	Description, Documentation string
	Type                       string   // notify where the component says when it is ready, else exec
	User                       string   // empty: root
	After                      string   // a unit that has to be ready first, where it starts at the same time; empty: none
	Initial                    string   // a second file of flags, under its own variable; empty: none
	Prepare                    []string // commands that root runs first
	Settings                   []string // more lines of [Service]
	Capabilities               string   // empty: none
	Writes                     []string // folders
}

func (s service) hardened(u hardenedUnit) (tree.File, error) {
	return s.unit(hardenedService, map[string]any{"Unit": u, "InitialVariable": initialVariable})
}

// flagsText sets an environment variable to flags, one a line; systemd joins what backslashes part, and splits the
// whole again where a unit names the variable as a word of its own.
func flagsText(c *topology.Cluster, variable string, flags []arg) []byte {
	var words []string
	for _, f := range flags {
		words = append(words, "--"+f.Name+"="+f.Value)
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s%s=\"%s\"\n", header(c), variable, strings.Join(words, " \\\n  "))
	return text.Bytes()
}
