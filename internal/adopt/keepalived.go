package adopt

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

const wantKeepalived = "the keepalived.conf of a host that carries the endpoint's address"

// keepalivedConf is one host's file.
type keepalivedConf struct {
	root    *kaNode
	vrrp    *kaNode // the instance that carries the VIP
	vip     virtual
	vip6    virtual // the second family's; the zero one where there is none
	others  []string
	globals *kaNode
}

// virtual is an address that an instance carries.
type virtual struct {
	instance *kaNode
	address  netip.Addr
	bits     int // 0: none is written
	device   string
}

// Keepalived reads the keepalived.conf of one host; call it once for each. It finds the host by the address that VRRP sends from, by
// router_id, or guesses it by the order of the files.
func Keepalived(d *Draft, file string, data []byte) error {
	s := &source{file: file}
	text, ok := s.read(data, wantKeepalived)
	if !ok {
		return s.err()
	}
	root := s.parseKeepalived(text)
	if len(s.problems) > 0 {
		return s.err()
	}
	c, ok := s.keepalivedConf(d, root)
	if !ok {
		return s.err()
	}
	id := s.virtualRouterID(d, c.vrrp)
	if len(s.problems) > 0 {
		return s.err()
	}
	d.adoptVIP(c)
	d.Set("keepalived", "vip", "provider")
	d.Set(id, "vip", "keepalived", "virtualRouterID")
	d.adoptVRRP(c)
	d.adoptGARP(c)
	d.adoptPeers(c)
	d.adoptCheck(c)
	d.Remark("All hosts start as BACKUP here, and the priorities decide; router_id is the host's name.", "vip", "keepalived")
	d.adoptFurther(c)
	return nil
}

// keepalivedConf finds the instance that carries the endpoint's address, and the one of the second family.
func (s *source) keepalivedConf(d *Draft, root *kaNode) (keepalivedConf, bool) {
	c := keepalivedConf{root: root, globals: &kaNode{}}
	for _, block := range root.all("global_defs") {
		c.globals.body = append(c.globals.body, block.body...)
	}
	instances := root.all("vrrp_instance")
	if len(instances) == 0 {
		hint := "give " + wantKeepalived
		if root.has("include") {
			hint = "give the file that it includes"
		}
		s.fail(0, hint, "no vrrp_instance: nothing in it carries an address")
		return c, false
	}
	var all []virtual
	for _, instance := range instances {
		all = append(all, s.virtuals(instance)...)
	}
	if len(s.problems) > 0 {
		return c, false
	}
	if len(all) == 0 {
		s.fail(instances[0].line, "complete the file", "vrrp_instance %s has no virtual_ipaddress", instances[0].word(1))
		return c, false
	}
	c.vip = pickVIP(d, all)
	c.vrrp = c.vip.instance
	c.vip6, _ = find(all, func(v virtual) bool { return c.vip.address.Is4() && v.address.Is6() })
	for _, v := range all {
		if v.address != c.vip.address && v.address != c.vip6.address {
			c.others = append(c.others, v.address.String())
		}
	}
	return c, true
}

// pickVIP finds the address that the endpoint has, else the first IPv4 one, else the first.
func pickVIP(d *Draft, all []virtual) virtual {
	for _, known := range []string{d.text("endpoint", "host"), d.text("vip", "address")} {
		if v, ok := find(all, func(v virtual) bool { return sameAddress(known, v.address) }); ok {
			return v
		}
	}
	if v, ok := find(all, func(v virtual) bool { return v.address.Is4() }); ok {
		return v
	}
	return all[0]
}

// virtuals reads the addresses of an instance.
func (s *source) virtuals(instance *kaNode) []virtual {
	var all []virtual
	for _, block := range append(instance.all("virtual_ipaddress"), instance.all("virtual_ipaddress_excluded")...) {
		for _, line := range block.body {
			if a, bits, ok := withPrefix(line.word(0)); ok {
				all = append(all, virtual{instance, a, bits, haDirective{words: line.words}.after("dev")})
			} else {
				s.fail(line.line, "write the address out", "no address: %s", line.word(0))
			}
		}
	}
	return all
}

// withPrefix reads an address, with the length of a prefix or without.
func withPrefix(text string) (a netip.Addr, bits int, ok bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Addr(), p.Bits(), !p.Addr().Is4In6()
	}
	a, ok = address(text)
	return a, 0, ok
}

// virtualRouterID is the instance's, and has to be that of the other hosts' files.
func (s *source) virtualRouterID(d *Draft, vrrp *kaNode) int {
	const hint = "virtual_router_id is a number from 1 to 255, the same on all hosts of a group"
	lines := vrrp.all("virtual_router_id")
	if len(lines) == 0 {
		s.fail(vrrp.line, hint, "vrrp_instance %s has no virtual_router_id", vrrp.word(1))
		return 0
	}
	id, ok := count(lines[len(lines)-1].word(1))
	if !ok || id > 255 {
		s.fail(lines[len(lines)-1].line, hint, "no virtual_router_id: %s", lines[len(lines)-1].word(1))
		return 0
	}
	if other, known := d.Value("vip", "keepalived", "virtualRouterID").(int); known && other != id && !d.isOpen("vip", "keepalived", "virtualRouterID") {
		s.fail(lines[len(lines)-1].line, "give the files of one group of hosts: those that carry the endpoint's address",
			"virtual_router_id is %d, and in another file %d", id, other)
	}
	return id
}

func (d *Draft) adoptVIP(c keepalivedConf) {
	d.Set(c.vip.address.String(), "vip", "address")
	if c.vip.bits > 0 {
		d.Set(c.vip.bits, "vip", "prefix")
	}
	if c.vip6.address.IsValid() {
		d.Set(c.vip6.address.String(), "vip", "address6")
		if c.vip6.bits > 0 {
			d.Set(c.vip6.bits, "vip", "prefix6")
		}
		if own, other := c.vrrp.value("virtual_router_id"), c.vip6.instance.value("virtual_router_id"); own != other {
			d.Remark(fmt.Sprintf("The IPv6 address had the virtual_router_id %s: here both have %s.", other, own), "vip", "keepalived")
		}
	}
	for _, v := range []virtual{c.vip, c.vip6} {
		if v.device != "" && v.device != v.instance.value("interface") {
			d.Remark(fmt.Sprintf("keepalived set %s on %s: here it goes to the interface that VRRP uses.", v.address, v.device), "vip")
		}
	}
	if d.note("loadBalancer", "bind") == noHostHas(c.vip.address) {
		d.Set("vip", "loadBalancer", "bind")
	}
	if len(c.others) > 0 {
		d.Remark("No place for further addresses: "+strings.Join(c.others, ", ")+". A cluster has one VIP, of each family.", "vip")
	}
	if d.isOpen("endpoint", "host") {
		d.Guess(c.vip.address.String(), "the virtual address; if clients use a name that leads to it, write the name", "endpoint", "host")
	}
}

// adoptVRRP takes what all hosts have in common.
func (d *Draft) adoptVRRP(c keepalivedConf) {
	at := []string{"vip", "keepalived"}
	mode := "multicast"
	if c.vrrp.has("unicast_peer") {
		mode = "unicast"
	}
	d.Set(mode, append(at, "mode")...)
	d.setSeconds(c.vrrp.value("advert_int"), append(at, "advertInterval")...)
	if c.vrrp.has("nopreempt") {
		d.Set(false, append(at, "preempt")...)
	}
	if c.vrrp.has("authentication") && c.vip.address.Is4() {
		d.Guess("keepalived_auth", "any name: the password was not copied. It travels in clear and protects nothing; delete this line to do without", append(at, "authSecret")...)
	}
}

func (d *Draft) adoptGARP(c keepalivedConf) {
	at := func(name string) []string { return []string{"vip", "keepalived", "garp", name} }
	value := func(name string) string {
		if own := c.vrrp.value(name); own != "" {
			return own
		}
		return c.globals.value("vrrp_" + name)
	}
	d.setSeconds(value("garp_master_delay"), at("delay")...)
	if n, ok := count(value("garp_master_repeat")); ok {
		d.Set(n, at("repeat")...)
	}
	d.setSeconds(value("garp_master_refresh"), at("refresh")...)
}

// setSeconds sets a time that keepalived has in seconds; a part of one is rounded up. Nothing where it is none.
func (d *Draft) setSeconds(text string, path ...string) {
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || seconds <= 0 || seconds > 1e6 {
		return
	}
	whole := int64(seconds)
	if float64(whole) == seconds {
		d.Set(duration(time.Duration(whole)*time.Second), path...)
		return
	}
	d.Guess(duration(time.Duration(whole+1)*time.Second), fmt.Sprintf("keepalived.conf: %s, and here it is whole seconds", text), path...)
}
