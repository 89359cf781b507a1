package failures

import (
	"context"
	"slices"
	"time"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/internal/topology"
)

// Fault is something that happens to hosts, and its end.
type Fault struct {
	Name string
	Part string // what of the cluster fails

	Bound  time.Duration // of the longest time without an answer to a read, promised of every system; 0: nothing is promised
	Tuning time.Duration // what the definition's own intervals take at the worst
	Outage bool          // nothing can answer while it lasts, and no write may be acknowledged
	Short  bool          // belongs to a short run: one of each kind, the hardest, of what rendered files bring up

	hosts    func(now moment) []string // that it is done to
	do, undo func(context.Context, *lab.Host) error
	change   func(context.Context) error // what stays, in place of those; nil for a fault
}

// Change is no fault: somebody brings a change to the whole cluster, and clients should notice as little as when a part of it fails.
func Change(c *topology.Cluster, name, part string, bring func(context.Context) error) Fault {
	f := Fault{Name: name, Part: Cluster, Bound: serverBound, Tuning: tuningOf(c).server, change: bring}
	if part == Balancer {
		f.Bound, f.Tuning = balancerBound, tuningOf(c).balancer
	}
	return f
}

// moment is what matters for the choice of hosts.
type moment struct {
	holder string // of the virtual address; empty where there is none
	server string // whose API server answers the clients
	leader string // of etcd's members
	client string // that clients are on; empty where they are on none
}

// Bounds of gaps of reads, as they are promised of every system.
const (
	serverBound   = 3 * time.Second // an API server or an etcd of a control plane is lost
	addressBound  = 2 * time.Second // what carries the virtual address is stopped: it tells the others
	balancerBound = 6 * time.Second
	hostBound     = 6 * time.Second // a host crashes or is cut off
)

// Faults are all that can happen to a cluster, the gentle ones first.
func Faults(c *topology.Cluster) []Fault {
	all := slices.Concat(programFaults(c), hostFaults(c))
	if len(c.EtcdMembers) > 2 {
		all = append(all, Fault{
			Name: "most of etcd's hosts crash", Part: Cluster, Outage: true, Short: c.RunsEtcd(),
			hosts: func(now moment) []string { return majority(c, now.holder) },
			do:    crash, undo: boot,
		})
	}
	return append(all, Fault{
		Name: "all hosts lose power", Part: Cluster, Outage: true, Short: c.RunsEtcd(),
		hosts: func(moment) []string { return names(c.Hosts) },
		do:    crash, undo: boot,
	})
}

// programFaults are those of single programs. Nothing is promised of the last of its kind.
func programFaults(c *topology.Cluster) []Fault {
	all, tuned := parts(c), tuningOf(c)
	var faults []Fault
	add := func(p part, f Fault, spare int) {
		if len(p.on) == 0 {
			return
		}
		if len(p.on) <= spare {
			f.Bound, f.Tuning = 0, 0
		}
		f.Part, f.hosts = p.kind, p.where
		faults = append(faults, f)
	}
	p := all[APIServer]
	add(p, Fault{Name: "API server is stopped", Bound: serverBound, Tuning: tuned.server, do: p.stop, undo: p.start}, 1)
	add(p, Fault{Name: "API server is killed", Bound: serverBound, Tuning: tuned.server, do: p.kill, undo: p.start}, 1)
	add(p, Fault{Name: "API server hangs", Bound: serverBound, Tuning: tuned.server, do: p.hang, undo: p.goOn, Short: true}, 1)
	p = all[Etcd]
	add(p, Fault{Name: "etcd is stopped", Bound: serverBound, Tuning: tuned.server, do: p.stop, undo: p.start}, 2)
	add(p, Fault{Name: "etcd is killed", Bound: serverBound, Tuning: tuned.server, do: p.kill, undo: p.start, Short: c.RunsEtcd()}, 2)
	p = all[Balancer]
	spare := 1
	if c.NodeLocal() {
		spare = len(p.on) // each has clients that no other has
	}
	add(p, Fault{Name: p.program + " is stopped", Bound: balancerBound, Tuning: tuned.balancer, Outage: c.NodeLocal(), do: p.stop, undo: p.start, Short: true}, spare)
	add(p, Fault{Name: p.program + " is killed", Bound: balancerBound, Tuning: tuned.balancer, do: p.kill, undo: p.start}, spare)
	p = all[Address]
	add(p, Fault{Name: p.program + " is stopped", Bound: addressBound, Tuning: tuned.handover, do: p.stop, undo: p.start, Short: true}, 1)
	add(p, Fault{Name: p.program + " is killed", Bound: hostBound, Tuning: tuned.takeover, do: p.kill, undo: p.start}, 1)
	return faults
}

// hostFaults are those of the host that has the virtual address and, where that has no API server, of one that has.
func hostFaults(c *topology.Cluster) []Fault {
	tuned := tuningOf(c)
	mend := func(_ context.Context, h *lab.Host) error { return h.Mend() }
	var faults []Fault
	add := func(who string, on part, short bool) {
		bound := hostBound
		if len(on.on) < 2 {
			bound = 0
		}
		fault := Fault{Part: Host, Bound: bound, Tuning: tuned.host, hosts: on.where, undo: mend}
		fault.Name, fault.do = who+"'s cable is cut", func(_ context.Context, h *lab.Host) error { return h.Unplug() }
		faults = append(faults, fault)
		fault.Name, fault.do = who+"'s switch is cut off", func(_ context.Context, h *lab.Host) error { return h.Isolate() }
		faults = append(faults, fault)
		fault.Name, fault.Short, fault.do, fault.undo = who+" crashes", short, crash, boot
		faults = append(faults, fault)
	}
	all := parts(c)
	servers := all[APIServer]
	switch front := all[Balancer]; {
	case len(all[Address].on) > 0:
		add("the holder", all[Address], true)
		if !slices.ContainsFunc(all[Address].on, func(h *topology.Host) bool { return h.Is(topology.RoleControlPlane) }) {
			add("a control plane", servers, true)
		}
	case len(front.on) > 0 && !c.NodeLocal():
		add("the balancer", front, false)
		add("a control plane", servers, true)
	default:
		add("a control plane", servers, true)
	}
	return faults
}

func crash(_ context.Context, h *lab.Host) error { return h.Crash() }

func boot(ctx context.Context, h *lab.Host) error { return h.Boot(ctx) }

// where is the host whose program fails: the one that has the virtual address, if the program runs there and clients feel it,
// else the one that serves them, else the leader, else the first. Clients on a host that balances for itself feel their own
// balancer alone.
func (p part) where(now moment) []string {
	candidates := []string{now.holder, now.server, now.leader}
	if p.kind == APIServer || p.kind == Etcd {
		candidates = []string{now.server, now.holder, now.leader}
	}
	if p.kind == Balancer {
		candidates = append([]string{now.client}, candidates...)
	}
	on := names(p.on)
	for _, name := range append(candidates, on[0]) {
		if slices.Contains(on, name) {
			return []string{name}
		}
	}
	return nil
}

// majority is as many hosts of etcd as it can't do without, the last ones. The holder stays, so that clients find somebody
// who refuses.
func majority(c *topology.Cluster, holder string) []string {
	members := slices.DeleteFunc(names(c.EtcdMembers), func(name string) bool { return name == holder })
	return members[len(members)-(len(c.EtcdMembers)/2+1):]
}

func names(hosts []*topology.Host) []string {
	var all []string
	for _, h := range topology.Active(hosts) {
		all = append(all, h.Name)
	}
	return all
}

// Short are the faults of a short run.
func Short(all []Fault) []Fault {
	return slices.DeleteFunc(slices.Clone(all), func(f Fault) bool { return !f.Short })
}

// Of are the faults of some parts alone.
func Of(all []Fault, parts ...string) []Fault {
	return slices.DeleteFunc(slices.Clone(all), func(f Fault) bool { return !slices.Contains(parts, f.Part) })
}
