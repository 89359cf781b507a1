package rollout

import (
	"fmt"
	"slices"

	"github.com/khagen/khagen/internal/tree"
)

// came and went are members of etcd that join and leave by a change. One that is leaving has left: it waits for nothing else.
func (c *change) etcdCame() []string {
	return c.hosts(func(had, has tree.Member) bool { return !hasEtcd(had) && hasEtcd(has) })
}

func (c *change) etcdWent() []string {
	return c.hosts(func(had, has tree.Member) bool {
		return hasEtcd(had) && had.State != leaving && (!hasEtcd(has) || has.State == leaving)
	})
}

func (c *change) refuseEtcdMembers() *Refusal {
	came, went := c.etcdCame(), c.etcdWent()
	before := c.hosts(func(had, _ tree.Member) bool { return hasEtcd(had) && had.State != leaving })
	stay := without(before, went)
	one := []string{"one member at a time: each in a change of its own, the next when all members are healthy"}
	switch {
	case len(went) > 0 && len(came) > 0:
		return &Refusal{
			fmt.Sprintf("%s leaves etcd and %s joins at once", tree.Words(went), tree.Words(came)),
			"a member that joins before the old one is removed raises the quorum while one is about to go",
			append(one, "first "+tree.Words(went)+" leaves, then "+tree.Words(came)+" joins"),
		}
	case c.ownEtcd() && len(came) > 1:
		return &Refusal{
			tree.Words(came) + " join etcd at once",
			"each new member counts for the quorum before it has the data: two that don't start stop a cluster of two or three",
			append(one, "first "+came[0]+", then the others"),
		}
	case len(went) > 1 && (c.ownEtcd() || 2*len(stay) <= len(before)):
		return &Refusal{
			tree.Words(went) + " leave etcd at once",
			fmt.Sprintf("of %d members %d would stay: the quorum of the old ones has to hold until the last is removed", len(before), len(stay)),
			append(one, "first "+went[0]+", then the others"),
		}
	}
	return nil
}

// refuseEtcdStart refuses units that would start a cluster of etcd of their own.
func (c *change) refuseEtcdStart() *Refusal {
	if !c.ownEtcd() {
		return nil
	}
	alone := c.hosts(func(had, has tree.Member) bool { return !hasEtcd(had) && hasEtcd(has) && has.State != joining })
	if len(alone) == 0 {
		return nil
	}
	return &Refusal{
		"new members of etcd that don't join: " + tree.Words(alone),
		"without state: \"joining\" they start with initial-cluster-state=new, as members of another cluster",
		[]string{
			`state: "joining" for one of them: build, deliver`,
			"when its member is healthy, take the state away: build, deliver",
		},
	}
}

// refuseEtcdWhileMoving refuses a member on a host that stays, where that host's prerequisites, etcd's account among them, have to
// wait for the new endpoint: they have its line of /etc/hosts, too.
func (c *change) refuseEtcdWhileMoving() *Refusal {
	if !c.ownEtcd() || !c.moves() {
		return nil
	}
	waits := slices.DeleteFunc(c.etcdCame(), func(host string) bool { return !c.stays(host) || !c.pending(host, tree.PhasePrerequisites) })
	if len(waits) == 0 {
		return nil
	}
	return &Refusal{
		fmt.Sprintf("%s joins etcd while the endpoint moves from %s to %s", tree.Words(waits), c.was.Endpoint, c.is.Endpoint),
		"its member needs an account that comes with the host's prerequisites, and with them the host goes to the new endpoint, which serves only later",
		[]string{
			"let " + tree.Words(waits) + " join etcd, with the endpoint as it is: build, deliver",
			"when all members are healthy, move the endpoint: build, deliver",
		},
	}
}

func (c *change) refuseEtcdVersion() *Refusal {
	was, is := c.was.Etcd.Version, c.is.Etcd.Version
	if was == "" || is == "" || skips(was, is) == "" {
		return nil
	}
	if skips(was, is) == "older" {
		return &Refusal{
			fmt.Sprintf("etcd goes from %s to %s", was, is),
			"a member refuses data that a newer minor version wrote",
			[]string{"pin the version that runs: etcd.version: \"" + was + "\"", "for a way back from an upgrade: https://etcd.io/docs/latest/downgrades/"},
		}
	}
	return &Refusal{
		fmt.Sprintf("etcd goes from %s to %s", was, is), "etcd upgrades by one minor version at a time",
		[]string{"pin the one between: etcd.version, build, deliver, all members", "then the next"},
	}
}

// refuseControlPlanes refuses to take the last control plane that runs, and under kubeadm to make a control plane of a node or a
// node of a control plane.
func (c *change) refuseControlPlanes() *Refusal {
	serves := func(m tree.Member) bool { return is(m, roleControlPlane) && m.State != leaving }
	had := c.hosts(func(had, _ tree.Member) bool { return serves(had) })
	stay := c.hosts(func(had, has tree.Member) bool { return serves(had) && serves(has) })
	if len(had) > 0 && len(stay) == 0 {
		return &Refusal{
			"no control plane stays: " + tree.Words(had) + " all leave", "nobody would serve while the new ones join",
			[]string{`let the new ones join first: state: "joining", build, deliver`, "then let the old ones leave, one after the other"},
		}
	}
	switched := c.hosts(func(had, has tree.Member) bool {
		return had.Name != "" && has.Name != "" && is(had, roleControlPlane) != is(has, roleControlPlane)
	})
	if !c.kubeadm() || len(switched) == 0 {
		return nil
	}
	return &Refusal{
		"the role control-plane comes or goes on hosts that stay: " + tree.Words(switched), "kubeadm decides that when a host joins",
		[]string{
			`let the host leave: state: "leaving", build, deliver, then kubeadm reset and delete its entry`,
			"let it join with its new roles",
		},
	}
}
