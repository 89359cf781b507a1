package failures

import (
	"context"
	"errors"
	"fmt"
	"path"
	"syscall"
	"time"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/internal/topology"
)

// Parts of a cluster that can fail.
const (
	APIServer = "API server"
	Etcd      = "etcd"
	Balancer  = "balancer"
	Address   = "address" // what carries the virtual address
	Host      = "host"
	Cluster   = "cluster"
)

// part is a program of a cluster, with the hosts that it runs on and what starts it there.
type part struct {
	kind    string // one of the parts
	program string // its file's name
	unit    string // systemd's; empty where it is a static pod
	on      []*topology.Host
}

// parts are those that the topology has khagen render.
func parts(c *topology.Cluster) map[string]part {
	pods := func(kind, program string, on []*topology.Host) part {
		return part{kind, program, "", topology.Active(on)}
	}
	all := map[string]part{
		APIServer: pods(APIServer, "kube-apiserver", c.ControlPlanes),
		Etcd:      pods(Etcd, "etcd", c.EtcdMembers),
		Balancer:  pods(Balancer, c.Spec.LoadBalancer.Proxy, c.LoadBalancers),
		Address:   pods(Address, "keepalived", c.VRRPPeers),
	}
	if len(c.KubeVIPs) > 0 {
		all[Address] = pods(Address, "kube-vip", c.KubeVIPs)
	}
	units := map[string]string{Balancer: c.BalancerUnit(), Address: c.KeepalivedUnit()}
	if c.Binaries() {
		units[APIServer] = topology.Unit("kube-apiserver")
	}
	if c.RunsEtcd() {
		units[Etcd] = topology.Unit("etcd")
	}
	for kind, unit := range units {
		p := all[kind]
		p.unit = unit
		all[kind] = p
	}
	return all
}

// Where kubelets find static pods, and where nobody looks for them.
const (
	manifests = "/etc/kubernetes/manifests"
	aside     = "/etc/kubernetes"
)

// stop has the program end as an operator would: it returns when that has happened.
func (p part) stop(ctx context.Context, h *lab.Host) error {
	if p.unit != "" {
		return h.Stop(ctx, p.unit)
	}
	name := p.program + ".yaml"
	if _, err := h.Run(ctx, "mv", path.Join(manifests, name), path.Join(aside, name)); err != nil {
		return err
	}
	return p.await(ctx, h, false)
}

// kill ends the program's processes, all of them, at once. What watches over it may start it again.
func (p part) kill(_ context.Context, h *lab.Host) error { return h.Signal(p.program, syscall.SIGKILL) }

// hang stops the program's processes in the middle of what they do. The kernel goes on to accept connections for them.
func (p part) hang(_ context.Context, h *lab.Host) error { return h.Signal(p.program, syscall.SIGSTOP) }

func (p part) goOn(_ context.Context, h *lab.Host) error { return h.Signal(p.program, syscall.SIGCONT) }

// start undoes stop and kill.
func (p part) start(ctx context.Context, h *lab.Host) error {
	if p.unit != "" {
		return h.StartUnit(ctx, p.unit)
	}
	name := p.program + ".yaml"
	const back = `if [ -e "$1" ]; then mv "$1" "$2"; fi`
	if _, err := h.Run(ctx, "sh", "-c", back, "sh", path.Join(aside, name), path.Join(manifests, name)); err != nil {
		return err
	}
	return p.await(ctx, h, true)
}

// await waits until the program runs on a host, or doesn't.
func (p part) await(ctx context.Context, h *lab.Host, runs bool) error {
	for {
		pids, err := h.Processes(p.program)
		if err != nil {
			return err
		}
		if (len(pids) > 0) == runs {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s on %s: %d processes", p.program, h.Name, len(pids)), ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
