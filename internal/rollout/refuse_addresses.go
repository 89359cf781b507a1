package rollout

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"

	"github.com/khagen/khagen/internal/tree"
)

// leadsToVIP says whether clients of a state's endpoint get to its virtual address, as far as trees tell.
func leadsToVIP(t *tree.Topology) bool {
	return t.VIP != nil && (len(t.Addresses) == 0 || slices.ContainsFunc(t.Addresses, func(a string) bool { return slices.Contains(t.VIP.Addresses, a) }))
}

func (c *change) refuseVIP() *Refusal {
	if c.was.VIP == nil || c.is.VIP == nil || !leadsToVIP(c.was) {
		return nil
	}
	if slices.Equal(c.was.VIP.Addresses, c.is.VIP.Addresses) {
		return cmp.Or(c.refuseProvider(), c.refuseCarriers())
	}
	around := c.aroundVIP()
	if c.fixedToVIP() {
		around = []string{"keep vip.address: the endpoint is that address, and kubeadm can't lead it elsewhere", "else define a second cluster, move the workloads, and delete the first"}
	} else if c.kubeadm() {
		around[1] = "change vip.address, with the new one in kubernetes.apiServer.certSANs before: build, deliver"
	}
	return &Refusal{
		fmt.Sprintf("vip.address goes from %s to %s", tree.Words(c.was.VIP.Addresses), tree.Words(c.is.VIP.Addresses)),
		"the endpoint leads to the VIP: from the first balancer with the new one to the last node, either old or new would have no holder",
		around,
	}
}

func (c *change) refuseProvider() *Refusal {
	if c.was.VIP.Provider == c.is.VIP.Provider {
		return nil
	}
	return &Refusal{
		fmt.Sprintf("vip.provider goes from %s to %s", c.was.VIP.Provider, c.is.VIP.Provider),
		"the two know nothing of each other: while both run, both hold the address",
		c.aroundVIP(),
	}
}

// refuseCarriers refuses to let a VIP go to hosts that don't know any of those who have it.
func (c *change) refuseCarriers() *Refusal {
	had := c.hosts(func(had, _ tree.Member) bool { return had.Carries })
	has := c.hosts(func(_, has tree.Member) bool { return has.Carries })
	if len(without(had, has)) < len(had) {
		return nil
	}
	return &Refusal{
		fmt.Sprintf("the VIP goes from %s to %s", tree.Words(had), tree.Words(has)),
		"none of them stays: the old and the new hosts don't hear each other, and while both run, both hold the address",
		append(c.aroundVIP(), "or let one of the old ones stay until the new ones run, where the placement is the same"),
	}
}

// fixedToVIP says whether the endpoint is the virtual address itself, and kubeadm can't move it.
func (c *change) fixedToVIP() bool {
	return c.kubeadm() && slices.Contains(c.was.VIP.Addresses, hostOf(c.was.Endpoint))
}

// aroundVIP is the way from one VIP to another: the endpoint goes round it, where it can.
func (c *change) aroundVIP() []string {
	switch {
	case c.fixedToVIP():
		return []string{
			"in a change of its own, at a quiet hour: stop " + c.was.VIP.Provider + " on all hosts that have it, so that nobody has the VIP",
			"then bring the new tree to them: the API is away until that is done, and pods run on",
		}
	case c.kubeadm():
		return []string{
			"lead the endpoint's name to the address of a control plane: in DNS, or by machine.etcHosts.entries with etcHosts.endpoint: false",
			"change the VIP: build, deliver",
			"lead the name to the VIP again",
		}
	}
	return []string{
		`move the endpoint to the address of a control plane, and take the VIP away: endpoint.host, loadBalancer: placement: "none", no vip, ` +
			`and for as long availability: tolerate: hosts: 0: build, deliver`,
		"write the new vip with its balancers, and move the endpoint to it: build, deliver",
	}
}

// advertisements is how often a VRRP peer is heard.
var advertisements = regexp.MustCompile(`(?m)^\s*advert_int (\S+)`)

// refuseVRRP refuses what all peers have to agree on at every moment.
func (c *change) refuseVRRP() *Refusal {
	if c.was.VIP == nil || c.is.VIP == nil || c.was.VIP.Provider != keepalived || c.is.VIP.Provider != keepalived {
		return nil
	}
	what := ""
	if c.was.VIP.RouterID != c.is.VIP.RouterID {
		what = fmt.Sprintf("vip.keepalived.virtualRouterID goes from %d to %d", c.was.VIP.RouterID, c.is.VIP.RouterID)
	}
	peers := c.hosts(func(had, has tree.Member) bool { return had.Priority > 0 && has.Priority > 0 })
	for _, host := range peers {
		file := fileNamed(c.after.Host(host), "keepalived.conf")
		was, is := advertisements.FindStringSubmatch(c.read(c.before, host, file)), advertisements.FindStringSubmatch(c.read(c.after, host, file))
		if was != nil && is != nil && was[1] != is[1] && what == "" {
			what = fmt.Sprintf("vip.keepalived.advertInterval goes from %ss to %ss", was[1], is[1])
		}
	}
	if what == "" || len(peers) < 2 {
		return nil
	}
	return &Refusal{
		what,
		"peers that disagree don't hear each other: one after the other, two of them would hold the VIP",
		[]string{
			"in a change of its own, at a quiet hour: bring keepalived.conf to all of " + tree.Words(peers) + ", without a reload",
			"then reload keepalived on all of them within a second: the VIP is away for a few advertisements",
		},
	}
}

func (c *change) refuseBalancerPort() *Refusal {
	was, is := c.was.Balancer, c.is.Balancer
	both := c.hosts(func(had, has tree.Member) bool { return had.Balances && has.Balances })
	if len(both) == 0 || was.Port == is.Port || portOf(c.was.Endpoint) != fmt.Sprint(was.Port) || leadsPastBalancers(c) {
		return nil
	}
	return &Refusal{
		fmt.Sprintf("loadBalancer.port goes from %d to %d", was.Port, is.Port),
		"nodes use the old port until the last of them has the new endpoint, and a balancer listens on one",
		[]string{
			"let balancers listen on the old port, too: a frontend of your own in loadBalancer.config (docs/config-blocks.md): build, deliver",
			"move the endpoint, and the port of the balancers: the old one stays beside it: build, deliver",
			"take the frontend away",
		},
	}
}

// leadsPastBalancers says whether the old endpoint was the address of a host that balances for nobody.
func leadsPastBalancers(c *change) bool {
	return len(c.was.Addresses) > 0 && len(c.hosts(func(had, _ tree.Member) bool {
		return had.Balances && slices.Contains(c.was.Addresses, had.Address)
	})) == 0 && !leadsToVIP(c.was)
}

// refuseNames refuses an endpoint that the certificates of API servers have either before or after its move, but never during it.
// kubeadm's endpoint is refused to move at all.
func (c *change) refuseNames() *Refusal {
	if c.kubeadm() {
		return nil
	}
	was, is := hostOf(c.was.Endpoint), hostOf(c.is.Endpoint)
	for _, host := range c.all {
		names := apiServerNames(c.after.Host(host))
		if had := apiServerNames(c.before.Host(host)); had == nil || names == nil || was == is ||
			slices.Contains(names, was) || slices.Contains(had, is) {
			continue
		}
		return &Refusal{
			fmt.Sprintf("the API servers' certificates lose %s, where the endpoint leads until %s does", was, is),
			"while nodes move from one to the other, API servers have to be known by both names",
			[]string{
				fmt.Sprintf("kubernetes.apiServer.certSANs: [%q]: build, deliver", was),
				"move the endpoint in the same change or the next",
				"when all nodes have moved, take the name away again",
			},
		}
	}
	return nil
}

// kept are the settings of a member that its data belongs to.
var kept = regexp.MustCompile(`--(data-dir|wal-dir|name)=([^\s"\\]+)`)

func (c *change) refuseEtcdSettings() *Refusal {
	if !c.ownEtcd() {
		return nil
	}
	for _, host := range c.hosts(func(had, has tree.Member) bool { return hasEtcd(had) && hasEtcd(has) }) {
		for _, file := range c.after.Host(host).Files {
			if file.Phase != tree.PhaseEtcd || path.Base(file.Path) == "etcd.service" {
				continue
			}
			was, is := kept.FindAllString(c.read(c.before, host, file.Path), -1), kept.FindAllString(c.read(c.after, host, file.Path), -1)
			if len(was) == 0 || slices.Equal(was, is) {
				continue
			}
			return &Refusal{
				fmt.Sprintf("etcd of %s goes from %s to %s", host, tree.Words(without(was, is)), tree.Words(without(is, was))),
				"with another name or an empty folder it is a new member, which the others don't know",
				[]string{
					`let the member leave: state: "leaving", build, deliver, delete its entry`,
					`let it join with the new settings: state: "joining"`,
					"one member after the other",
				},
			}
		}
	}
	return nil
}
