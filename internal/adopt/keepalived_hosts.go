package adopt

import (
	"fmt"
	"net/netip"
	"slices"
)

const (
	loadBalancer = "load-balancer"
	// noFile is the reason of a guess about a host of which no file was read.
	noFile = "no keepalived.conf of this host was read"
)

// adoptPeers finds the host of the file and its peers, and sets how each speaks VRRP.
func (d *Draft) adoptPeers(c keepalivedConf) {
	var self string
	source := sends(c.vrrp)
	if source.IsValid() {
		self = d.carrier(source)
	}
	var group []string
	for _, peer := range peersOf(c.vrrp) {
		group = append(group, d.carrier(peer))
	}
	if self == "" {
		self = d.guessSelf(c)
	}
	d.adoptPlacement(append(slices.Clone(group), self))
	for _, h := range d.carriers() {
		if !slices.Contains(group, h.name) && h.name != self {
			group = append(group, h.name)
		}
	}
	if self == "" {
		d.Remark(fmt.Sprintf("A host that keepalived.conf doesn't name has the priority %s, on %s.", c.vrrp.value("priority"), c.vrrp.value("interface")), "vip", "keepalived")
		return
	}
	d.setInterfaces(c.vrrp.value("interface"), self, group, source.IsValid())
	d.setPriority(c.vrrp.value("priority"), self, group)
}

// sends is the address that the host sends VRRP from; the zero one where the file doesn't say.
func sends(vrrp *kaNode) netip.Addr {
	for _, name := range []string{"unicast_src_ip", "mcast_src_ip"} {
		if a, ok := address(vrrp.value(name)); ok {
			return a
		}
	}
	return netip.Addr{}
}

func peersOf(vrrp *kaNode) []netip.Addr {
	var peers []netip.Addr
	for _, block := range vrrp.all("unicast_peer") {
		for _, line := range block.body {
			for _, word := range line.words {
				if a, ok := address(word); ok {
					peers = append(peers, a)
				}
			}
		}
	}
	return peers
}

// carrier is the host with an address; a new one where none has it: a control plane, or where these are known a balancer.
func (d *Draft) carrier(a netip.Addr) string {
	if h, ok := d.hostAt(a); ok {
		return h.name
	}
	stem, role := "cp", controlPlane
	planes := d.controlPlanes()
	if slices.ContainsFunc(planes, func(h host) bool { return d.note("hosts", h.name, "address") == "" }) {
		stem, role = "lb", loadBalancer
	}
	name := d.newName(stem)
	d.Guess(a.String(), "keepalived.conf has this address, and no other source: give the host its own name", "hosts", name, "address")
	d.Guess([]string{role}, "of a host that carries the virtual address", "hosts", name, "roles")
	return name
}

// carriers are the hosts that run the balancer, and so keepalived.
func (d *Draft) carriers() []host {
	role := controlPlane
	if d.Value("loadBalancer", "placement") == "hosts" {
		role = loadBalancer
	}
	return slices.DeleteFunc(d.hosts(), func(h host) bool { return !slices.Contains(h.roles, role) })
}

// guessSelf guesses whose file it is, where it names no address: by router_id, else the first host without a file, and the second where
// the first file is a backup's.
func (d *Draft) guessSelf(c keepalivedConf) string {
	if name, ok := hostName(c.globals.value("router_id")); ok {
		if h, known := d.hostNamed(name); known {
			return h.name
		}
	}
	carriers := d.carriers()
	open := slices.DeleteFunc(slices.Clone(carriers), func(h host) bool { return !d.hasNoFile(h.name) })
	switch {
	case len(open) == 0:
		return ""
	case len(open) == len(carriers) && len(open) > 1 && c.vrrp.value("state") == "BACKUP":
		return open[1].name
	}
	return open[0].name
}

func (d *Draft) hasNoFile(name string) bool {
	return d.Value("hosts", name, "vrrp", "priority") == nil || d.note("hosts", name, "vrrp", "priority") == noFile
}

// adoptPlacement says where the balancer runs, from the hosts that carry the address.
func (d *Draft) adoptPlacement(group []string) {
	if !d.isOpen("loadBalancer", "placement") {
		return
	}
	planes, known := 0, 0
	for _, name := range group {
		if h, ok := d.hostNamed(name); ok {
			known++
			if slices.Contains(h.roles, controlPlane) {
				planes++
			}
		}
	}
	placement := "hosts"
	if planes > 0 {
		placement = controlPlane
	}
	switch {
	case known == 0:
	case d.Value("loadBalancer", "proxy") == nil:
		d.Guess(placement, `no haproxy.cfg was read; "none" where the address leads straight to an API server`, "loadBalancer", "placement")
	default:
		d.Set(placement, "loadBalancer", "placement")
	}
}

// setInterfaces sets the interface of the host, and guesses that its peers have the same one.
func (d *Draft) setInterfaces(name, self string, peers []string, sure bool) {
	if name == "" {
		return
	}
	if sure {
		d.Set(name, "hosts", self, "interface")
	} else {
		d.Guess(name, "whose keepalived.conf it is was guessed", "hosts", self, "interface")
	}
	for _, peer := range peers {
		if d.Value("hosts", peer, "interface") == nil {
			d.Guess(name, noFile, "hosts", peer, "interface")
		}
	}
}

// setPriority sets the host's priority, and guesses lower ones for hosts of which no file was read. A priority that another host
// has already is guessed too: they have to differ.
func (d *Draft) setPriority(text, self string, peers []string) {
	priority, ok := count(text)
	if !ok {
		priority = 100 // keepalived's own
	}
	at := func(name string) []string { return []string{"hosts", name, "vrrp", "priority"} }
	lowest, equal := priority, ""
	for _, peer := range peers {
		other, known := d.Value(at(peer)...).(int)
		if !known || d.isOpen(at(peer)...) {
			continue
		}
		lowest = min(lowest, other)
		if other == priority {
			equal = peer
		}
	}
	var guesses []string
	why := map[string]string{}
	if equal != "" {
		guesses, why[self] = append(guesses, self), fmt.Sprintf("keepalived.conf: %d, as on %s; they have to differ", priority, equal)
	} else {
		d.Set(min(priority, 254), at(self)...) // 255 is for the owner of an address
	}
	for _, peer := range peers {
		if d.isOpen(at(peer)...) {
			guesses = append(guesses, peer)
			why[peer] = noFile
			if note := d.note(at(peer)...); note != "" {
				why[peer] = note
			}
		}
	}
	d.guessPriorities(lowest, guesses, why)
}

// guessPriorities gives hosts priorities below the lowest that is known.
func (d *Draft) guessPriorities(lowest int, hosts []string, why map[string]string) {
	step := max(1, min(10, lowest/(len(hosts)+1)))
	for _, name := range hosts {
		if lowest -= step; lowest > 0 {
			d.Guess(lowest, why[name], "hosts", name, "vrrp", "priority")
		} else {
			d.drop("hosts", name, "vrrp", "priority")
		}
	}
}
