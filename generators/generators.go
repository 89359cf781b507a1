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
	Name  string                                       // stands in manifests as the source of its files
	Doc   string                                       // what it renders, in one line
	New   func(*topology.Cluster) HostFiles            // files of hosts; nil: none
	Whole func(*topology.Cluster) ([]tree.File, error) // files of the whole cluster; nil: none
}

// All generators, in the order in which their files are activated.
var All = []Generator{
	{Name: "kernel", Doc: "modules-load.d and sysctl.d", New: newKernel},
	{Name: "swap", Doc: "a unit that switches swap off", New: newSwap},
	{Name: "etc-hosts", Doc: "a block in /etc/hosts", New: newEtcHosts},
	{Name: "chrony", Doc: "time servers", New: newChrony},
	{Name: "containerd", Doc: "containerd and crictl configuration", New: newContainerd},
	{Name: "cri-o", Doc: "CRI-O and crictl configuration", New: newCRIO},
	{Name: "http-proxy", Doc: "the proxy that images are pulled through", New: newHTTPProxy},
	{Name: "registries", Doc: "registries: mirrors, CAs, logins", New: newRegistries},
	{Name: "etcd", Doc: "etcd as a unit", New: newEtcd},
	{Name: "haproxy", Doc: "haproxy as a service", New: newHAProxy},
	{Name: "haproxy-pod", Doc: "haproxy as a static pod", New: newHAProxyPod},
	{Name: "haproxy-container", Doc: "haproxy in a container that a unit runs", New: newHAProxyContainer},
	{Name: "nginx", Doc: "nginx as a service", New: newNginx},
	{Name: "nginx-pod", Doc: "nginx as a static pod", New: newNginxPod},
	{Name: "nginx-container", Doc: "nginx in a container that a unit runs", New: newNginxContainer},
	{Name: "keepalived", Doc: "keepalived as a service, and the check that it runs", New: newKeepalived},
	{Name: "keepalived-pod", Doc: "keepalived as a static pod", New: newKeepalivedPod},
	{Name: "kube-vip", Doc: "kube-vip as a static pod", New: newKubeVIP},
	{Name: "keepalived-container", Doc: "keepalived in a container that a unit runs", New: newKeepalivedContainer},
	{Name: "apiserver", Doc: "files that kube-apiserver reads: who logs in and how, audit policy, encryption", New: newAPIServerFiles},
	{Name: "apiserver-unit", Doc: "kube-apiserver as a unit", New: newAPIServer},
	{Name: "controller-manager", Doc: "kube-controller-manager as a unit", New: newControllerManager},
	{Name: "scheduler", Doc: "KubeSchedulerConfiguration; kube-scheduler as a unit", New: newScheduler},
	{Name: "kubeadm", Doc: "kubeadm init, join and cluster configuration", New: newKubeadm},
	{Name: "kubelet", Doc: "the kubelet's flags and unit drop-in", New: newKubelet},
	{Name: "kubelet-unit", Doc: "the kubelet as a unit of khagen's", New: newKubeletService},
	{Name: "kube-proxy", Doc: "kube-proxy as a unit of khagen's", New: newKubeProxy},
	{Name: "units", Doc: "the definition's own settings of systemd units", New: newUnits},
	{Name: "cluster-objects", Doc: "what a cluster without kubeadm needs applied: access, CoreDNS", Whole: clusterObjectFiles},
}

// Generate runs every generator for every host.
func Generate(c *topology.Cluster) ([]tree.File, error) {
	var files []tree.File
	for _, g := range All {
		rendered, err := g.files(c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", g.Name, err)
		}
		for _, f := range rendered {
			f.Source = g.Name
			files = append(files, f)
		}
	}
	return files, nil
}

// files are those of all hosts, then those of the whole cluster.
func (g Generator) files(c *topology.Cluster) ([]tree.File, error) {
	var files []tree.File
	if g.New != nil {
		render := g.New(c)
		for _, h := range c.Hosts {
			rendered, err := render(h)
			if err != nil {
				return nil, fmt.Errorf("host %s: %w", h.Name, err)
			}
			for _, f := range rendered {
				f.Host = h.Name
				files = append(files, f)
			}
		}
	}
	if g.Whole == nil {
		return files, nil
	}
	whole, err := g.Whole(c)
	return append(files, whole...), err
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

// onBalancers gives each balancer its files, which have a configuration that is rendered once.
func onBalancers(render func() ([]byte, error), files func(h *topology.Host, config []byte) ([]tree.File, error)) HostFiles {
	once := sync.OnceValues(render)
	return func(h *topology.Host) ([]tree.File, error) {
		if !h.IsLoadBalancer() {
			return nil, nil
		}
		config, err := once()
		if err != nil {
			return nil, err
		}
		return files(h, config)
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

// restartComponent starts a component of the control plane again: its unit, or kubeadm's static pod.
func restartComponent(c *topology.Cluster, component string) []tree.Action {
	if c.Binaries() {
		return restart(topology.Unit(component))
	}
	return restart(component)
}

// unitChanged is what a changed unit file asks for: systemd reads it again before the unit is restarted.
func unitChanged(unit string) []tree.Action {
	return append([]tree.Action{{Verb: tree.VerbDaemon}}, restart(unit)...)
}

// header is the first line of a rendered file, for whoever finds it on a host.
func header(c *topology.Cluster) string {
	return "# Rendered by khagen for the cluster " + c.Spec.Name + ": edits made here are lost.\n"
}
