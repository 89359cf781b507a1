package rollout

import (
	"cmp"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// carriesBefore and carriesAfter say whether a host speaks VRRP.
func (c *change) carriesBefore(had tree.Member) bool {
	return c.was.VIP != nil && c.was.VIP.Provider == keepalived && had.Priority > 0
}

func (c *change) carriesAfter(has tree.Member) bool {
	return c.is.VIP != nil && c.is.VIP.Provider == keepalived && has.Priority > 0
}

// vrrpLeaves stops keepalived where the others will no longer send to it: who hears nobody takes the address.
func (c *change) vrrpLeaves() []Wave {
	stay := c.hosts(func(had, has tree.Member) bool { return c.carriesBefore(had) && c.carriesAfter(has) })
	hosts := c.hosts(func(had, has tree.Member) bool { return c.carriesBefore(had) && !c.carriesAfter(has) })
	if len(stay) == 0 || len(hosts) == 0 {
		return nil // nobody is left who could take it: it stays until nodes have moved
	}
	var waves []Wave
	for _, host := range hosts {
		w := Wave{
			ID: "vrrp-leave-" + host, Title: "keepalived stops on " + host, Hosts: []string{host},
			Why:    "Once the others no longer send to it, it would hear nobody and take the VIP. They take it over now.",
			Before: []Step{check(stay[0], "keepalived runs where the VIP goes", c.keepalivedRuns())},
			Steps:  []Step{c.stopKeepalived()},
			Back:   []Step{check(onHost, "start it again", "systemctl enable --now "+c.was.VIP.Unit)},
		}
		if c.was.VIP.Unit == "" {
			w.Back = []Step{say("bring keepalived.yaml back to /etc/kubernetes/manifests of " + host)}
		}
		w.After = append(c.elsewhere(), answers(c.was))
		waves = append(waves, c.wave(w))
	}
	return waves
}

func (c *change) keepalivedRuns() string {
	if c.was.VIP.Unit == "" {
		return "crictl ps --quiet --state running --name keepalived | grep --quiet ."
	}
	return "systemctl is-active " + c.was.VIP.Unit
}

func (c *change) stopKeepalived() Step {
	if c.was.VIP.Unit == "" {
		return check(onHost, "end keepalived, which gives the VIP up",
			"rm -f /etc/kubernetes/manifests/keepalived.yaml && "+podIsGone("keepalived"))
	}
	return check(onHost, "end keepalived, which gives the VIP up", stop([]string{c.was.VIP.Unit}))
}

// elsewhere asks whether the host has none of the virtual addresses any more.
func (c *change) elsewhere() []Step {
	var steps []Step
	for _, a := range c.was.VIP.Addresses {
		steps = append(steps, check(onHost, a+" is elsewhere", "! ip -brief address show to "+a+" | grep --quiet ."))
	}
	return steps
}

// handsOver has a host give the virtual address up before its wave, which brings it back: a static pod of the balancer that is made
// anew takes seconds to come, and keepalived's checks of it take more to notice. Nothing where it needn't, or where no other could.
func (c *change) handsOver(host string) []Step {
	if file, runsOn := c.balancerPod(host); file == "" || runsOn {
		return nil
	}
	speak := c.hosts(c.speaksVRRP)
	others := without(speak, []string{host})
	if !slices.Contains(speak, host) || len(others) == 0 || c.was.VIP.Unit != "" || host != holder(c.before) && c.was.VIP.Preempt {
		return nil
	}
	return append([]Step{check(others[0], "keepalived runs where the VIP goes", c.keepalivedRuns()), c.stopKeepalived()}, c.elsewhere()...)
}

// holder is who has the VIP while all is well: the highest priority among those that run.
func holder(s *tree.Snapshot) string {
	best := tree.Member{}
	for _, m := range s.Cluster.Members {
		if m.Carries && m.State != leaving && m.State != joining && m.Priority > best.Priority {
			best = m
		}
	}
	return best.Name
}

// balancers brings changed files to hosts that balance or carry the VIP: those that run before new ones, backups before the holder.
func (c *change) balancers() []Wave {
	if c.is.Balancer.Placement == nodeLocal {
		return nil // each is for its own host, and goes with it
	}
	hosts := c.hosts(func(_, has tree.Member) bool { return has.Name != "" && c.pending(has.Name, tree.PhaseLoadBalancer) })
	slices.SortStableFunc(hosts, func(a, b string) int {
		return cmp.Or(cmp.Compare(c.newcomer(a), c.newcomer(b)), cmp.Compare(c.rank(a), c.rank(b)))
	})
	var waves []Wave
	for _, host := range hosts {
		has := c.has(host)
		w := Wave{
			ID: "load-balancer-" + host, Title: "Load balancer " + host, Hosts: []string{host},
			Why:  "One balancer at a time: the others answer meanwhile." + c.role(host),
			Back: again("the phase load-balancer", host),
		}
		if c.newcomer(host) == 1 {
			w.Back = []Step{check(onHost, "stop it; no node relies on it yet", strings.TrimSpace("systemctl disable --now "+c.unitOfVIP()+" "+c.is.Balancer.Unit))}
			w.Before = c.install(host)
		} else {
			w.Before = slices.Concat(c.othersBalance(host), c.installNew(host), c.oldBalancerStops(host))
		}
		w.Before = append(c.otherServers(""), w.Before...)
		if steps := c.handsOver(host); len(steps) > 0 {
			w.Why += " Another has the VIP while its balancer's pod is made anew: keepalived comes back with the files of this wave."
			w.Before = append(w.Before, steps...)
		}
		if has.Balances {
			w.After = c.balances(host)
		}
		if file, runsOn := c.balancerPod(host); runsOn {
			w.Why += " Its pod runs on: for the kubelet " + file + " says the same as before."
		}
		w = c.wave(w, tree.PhaseLoadBalancer)
		w.After = append(w.After, c.holdsNow(host)...)
		waves = append(waves, w)
	}
	if n := len(waves); n > 0 && c.is.Balancer.Port > 0 {
		waves[n-1].After = append(waves[n-1].After, answers(c.is))
	}
	return waves
}

// holdsNow asks for the virtual address after a host's wave, which is noted as delivered: who has it where priorities decide, and else
// whether one host has.
func (c *change) holdsNow(host string) []Step {
	to := holder(c.after)
	switch {
	case c.is.VIP == nil || !c.carriesAfter(*c.has(host)):
		return nil
	case !c.is.VIP.Preempt:
		return c.oneHolds(c.hosts(c.speaksVRRP))
	case c.settlesVIP(host, to):
		return c.holds(to)
	}
	return nil
}

// speaksVRRP says whether a host's keepalived runs at this point of the waves.
func (c *change) speaksVRRP(had, has tree.Member) bool {
	ran := c.carriesBefore(had) && had.State != joining
	return c.carriesAfter(has) && has.State != joining && (ran || slices.Contains(c.delivered[has.Name], tree.PhaseLoadBalancer))
}

// settlesVIP says whether a host is bound to have the virtual address from a host's wave on, which is noted as delivered. The others
// have their old priority until theirs, and who has the same one as the holder waits.
func (c *change) settlesVIP(host, to string) bool {
	if to == "" || !c.carriesAfter(*c.has(to)) || host != to && host != holder(c.before) {
		return false
	}
	return !c.pending(to, tree.PhaseLoadBalancer) && c.outranks(to)
}

// outranks says whether a host's new priority is above what all others have at this point of the waves.
func (c *change) outranks(host string) bool {
	now := func(m string) int {
		had, has := c.had(m), c.has(m)
		switch {
		case has != nil && (!c.pending(m, tree.PhaseLoadBalancer)):
			return has.Priority
		case had != nil && c.carriesBefore(*had) && had.State != joining:
			return had.Priority
		}
		return 0
	}
	return !slices.ContainsFunc(c.all, func(m string) bool { return m != host && now(m) >= c.has(host).Priority })
}

// newcomer is 1 for hosts that didn't balance or carry before.
func (c *change) newcomer(host string) int {
	if had := c.had(host); had != nil && (had.Balances || had.Carries) {
		return 0
	}
	return 1
}

// rank orders backups before the holder: of hosts that run by their priority so far, of new ones by their own.
func (c *change) rank(host string) int {
	if had := c.had(host); c.newcomer(host) == 0 {
		if host == holder(c.before) {
			return 1 << 16
		}
		return had.Priority
	}
	return c.has(host).Priority
}

// role says what becomes of the virtual address in a host's wave, which isn't noted as delivered yet.
func (c *change) role(host string) string {
	switch {
	case c.was.VIP != nil && c.is.VIP != nil && !c.is.VIP.Preempt && (host == holder(c.before) || host == holder(c.after)):
		return " It has the highest priority, but without preemption another may hold the VIP, which stays where it is while its holder runs."
	case host == holder(c.before):
		to := holder(c.after)
		moves := to != "" && to != host && c.newcomer(to) == 0 && c.is.VIP.Preempt
		if moves && !c.pending(to, tree.PhaseLoadBalancer) && c.outranks(to) {
			return " " + to + " has the VIP by now."
		}
		text := " It holds the VIP, so it comes after the backups, which have shown by then that the new files work."
		if moves {
			text += " It gives the VIP up to " + to + "."
		}
		return text
	case host == holder(c.after) && c.is.VIP.Preempt && c.outranks(host):
		return " It takes the VIP from then on."
	case host == holder(c.after) && c.is.VIP.Preempt:
		return " It takes the VIP when no other has as high a priority any more."
	}
	return ""
}

func (c *change) unitOfVIP() string {
	if c.is.VIP == nil {
		return ""
	}
	return c.is.VIP.Unit
}

// othersBalance asks the balancers that run beside a host's.
func (c *change) othersBalance(host string) []Step {
	var steps []Step
	for _, other := range c.hosts(func(had, has tree.Member) bool { return had.Balances && has.Balances && has.State != leaving }) {
		if other != host && c.was.Balancer.Unit != "" {
			steps = append(steps, check(other, c.was.Balancer.Proxy+" runs on "+other, "systemctl is-active "+cmp.Or(c.unitNow(other), c.was.Balancer.Unit)))
		}
	}
	return steps
}

// unitNow is the unit that balances on a host at this point of the waves.
func (c *change) unitNow(host string) string {
	if slices.Contains(c.delivered[host], tree.PhaseLoadBalancer) {
		return c.is.Balancer.Unit
	}
	return c.was.Balancer.Unit
}

// oldBalancerStops frees the port for another program.
func (c *change) oldBalancerStops(host string) []Step {
	had, has := c.had(host), c.has(host)
	was, is := c.was.Balancer, c.is.Balancer
	if !had.Balances || !has.Balances || was.Unit == is.Unit && was.Proxy == is.Proxy {
		return nil
	}
	if was.Unit == "" {
		return []Step{check(onHost, "the old balancer no longer runs here",
			"rm -f /etc/kubernetes/manifests/"+was.Proxy+".yaml && "+podIsGone(was.Proxy))}
	}
	return []Step{check(onHost, "the old balancer no longer runs here", stop([]string{was.Unit}))}
}
