package rollout

import (
	"slices"

	"github.com/khagen/khagen/internal/tree"
)

// controlPlanes brings changed files to control planes that run, one after the other.
func (c *change) controlPlanes() []Wave {
	hosts := c.hosts(func(had, has tree.Member) bool {
		return is(had, roleControlPlane) && is(has, roleControlPlane) &&
			(c.pending(has.Name, tree.PhaseControlPlane) || c.kubeadm() && !slices.Contains(c.delivered[has.Name], tree.PhaseControlPlane) && c.reconfigured(has.Name))
	})
	var waves []Wave
	for i, host := range hosts {
		w := Wave{
			ID: "control-plane-" + host, Title: "Control plane " + host, Hosts: []string{host},
			Why: "An API server that restarts is away for a moment, and another has to answer: one at a time, the next when this one is ready." +
				c.onlyOne(host),
			Before: append(c.otherServers(host), c.healthy()...), After: []Step{c.ready(host)},
			Back: again("the phase control-plane", host),
		}
		if c.kubeadm() {
			c.kubeadmReconfigures(&w, host, i == 0)
		} else if c.upgrades() {
			w.Why += " Its controller manager and scheduler ask this host's API server alone, which restarts before them: they are never newer."
			w.Back = []Step{say("within the minor version, bring the old programs back. Across minor versions there is no way back but etcd's copy")}
			if i == 0 && c.ownEtcd() {
				on := c.etcdHost()
				w.Before = append(w.Before, Step{
					Text: "a copy of etcd's data is kept outside its data folder", On: on,
					Run: c.etcdctl(c.has(on).Etcd) + " snapshot save /var/tmp/etcd-before-" + c.is.Kubernetes + ".db",
				})
			}
		}
		waves = append(waves, c.wave(w, tree.PhaseControlPlane))
	}
	return waves
}

// onlyOne warns where no other API server answers meanwhile.
func (c *change) onlyOne(host string) string {
	switch {
	case len(c.otherServers(host)) == 0:
		return " It is the only one: the API is away while it restarts, and pods run on."
	case slices.Contains(c.was.Addresses, c.had(host).Address) && !c.had(host).Balances:
		return " The endpoint leads to this host alone: nodes wait while it restarts, and pods run on."
	}
	return ""
}

// controlPlanesJoin lets new control planes come, one after the other, before anybody relies on them.
func (c *change) controlPlanesJoin() []Wave {
	var waves []Wave
	for _, host := range c.hosts(func(had, has tree.Member) bool { return !is(had, roleControlPlane) && is(has, roleControlPlane) }) {
		w := Wave{
			ID: "control-plane-join-" + host, Title: "Control plane " + host + " joins", Hosts: []string{host},
			Why:    "Nobody asks it yet: it is ready before a balancer sends anybody there.",
			Before: append(c.otherServers(host), c.healthy()...), After: []Step{c.ready(host)},
			Back: []Step{check(onHost, "stop it; nobody relies on it yet",
				"systemctl disable --now kube-apiserver.service kube-controller-manager.service kube-scheduler.service")},
		}
		if c.needsPKI(w.Hosts) {
			w.Before = append(w.Before, c.newCertificates(host)...)
		}
		if c.had(host) == nil {
			w.Before = append(w.Before, c.install(host)...)
		}
		if c.kubeadm() {
			c.kubeadmJoins(&w, host)
		}
		waves = append(waves, c.wave(w, tree.PhaseControlPlane))
	}
	return waves
}
