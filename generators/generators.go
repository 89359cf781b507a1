// Package generators renders the files of every host: in comes a topology.Cluster, out come tree.Files. Each generator
// is a row in All and a pure function: no clock, environment, disk or network.
package generators

import (
	"fmt"
	"sync"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// HostFiles renders the files of one host; none where the generator does not concern it.
type HostFiles func(*topology.Host) ([]tree.File, error)

// Generator is one row of the table.
type Generator struct {
	Name string // stands in manifests as the source of its files
	Doc  string // what it renders, in one line
	New  func(*topology.Cluster) HostFiles
}

// All generators, in the order in which their files are activated.
var All = []Generator{
	{"kernel", "modules-load.d and sysctl.d", newKernel},
	{"swap", "a unit that switches swap off", newSwap},
	{"etc-hosts", "a block in /etc/hosts", newEtcHosts},
	{"chrony", "time servers", newChrony},
	{"containerd", "containerd and crictl configuration", newContainerd},
	{"haproxy", "haproxy as a service", newHAProxy},
	{"haproxy-pod", "haproxy as a static pod", newHAProxyPod},
	{"keepalived", "keepalived as a service, and the check that it runs", newKeepalived},
	{"keepalived-pod", "keepalived as a static pod", newKeepalivedPod},
	{"apiserver", "files that kube-apiserver reads: audit policy, anonymous access", newAPIServerFiles},
	{"scheduler", "KubeSchedulerConfiguration", newScheduler},
	{"kubeadm", "kubeadm init, join and cluster configuration", newKubeadm},
	{"kubelet", "the kubelet's flags and unit drop-in", newKubelet},
}

// Generate runs every generator for every host.
func Generate(c *topology.Cluster) ([]tree.File, error) {
	var files []tree.File
	for _, g := range All {
		render := g.New(c)
		for _, h := range c.Hosts {
			rendered, err := render(h)
			if err != nil {
				return nil, fmt.Errorf("%s: host %s: %w", g.Name, h.Name, err)
			}
			for _, f := range rendered {
				f.Host, f.Source = h.Name, g.Name
				files = append(files, f)
			}
		}
	}
	return files, nil
}

// sameOn gives the same files, rendered once, to every host that has them.
func sameOn(has func(*topology.Host) bool, render func() ([]tree.File, error)) HostFiles {
	once := sync.OnceValues(render)
	return func(h *topology.Host) ([]tree.File, error) {
		if !has(h) {
			return nil, nil
		}
		return once()
	}
}

func isControlPlane(h *topology.Host) bool { return h.Is(topology.RoleControlPlane) }

// none is the HostFiles of a generator that the cluster has no use for.
func none(*topology.Host) ([]tree.File, error) { return nil, nil }

// restart, reload and their like make the actions of a changed file.
func restart(unit string) []tree.Action {
	return []tree.Action{{Verb: tree.VerbRestart, Unit: unit}}
}

func reload(unit string) []tree.Action {
	return []tree.Action{{Verb: tree.VerbReload, Unit: unit}}
}

// unitChanged is what a changed unit file asks for: systemd reads it again before the unit is restarted.
func unitChanged(unit string) []tree.Action {
	return append([]tree.Action{{Verb: tree.VerbDaemon}}, restart(unit)...)
}

// header is the first line of a rendered file, for whoever finds it on a host.
func header(c *topology.Cluster) string {
	return "# Rendered by khagen for the cluster " + c.Spec.Name + ": edits made here are lost.\n"
}
