package adopt

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/khagen/khagen/schema"
)

const controlPlane = "control-plane"

// host is what a draft knows of a host.
type host struct {
	name      string
	addresses []string
	roles     []string
}

// hosts are those that sources named so far, in the order of their first mention.
func (d *Draft) hosts() []host {
	var all []host
	places := map[string]int{}
	for _, e := range d.entries {
		if len(e.Path) < 3 || e.Path[0] != "hosts" || e.Value == nil {
			continue
		}
		at, known := places[e.Path[1]]
		if !known {
			at = len(all)
			all = append(all, host{name: e.Path[1]})
			places[e.Path[1]] = at
		}
		switch value := e.Value.(type) {
		case string:
			if slices.Contains([]string{"address", "address6"}, e.Path[len(e.Path)-1]) {
				all[at].addresses = append(all[at].addresses, value)
			}
		case []string:
			if e.Path[2] == "roles" {
				all[at].roles = value
			}
		}
	}
	return all
}

// hostAt finds the host that has an address.
func (d *Draft) hostAt(address netip.Addr) (host, bool) {
	return find(d.hosts(), func(h host) bool {
		return slices.ContainsFunc(h.addresses, func(a string) bool { return sameAddress(a, address) })
	})
}

// hostNamed finds the host with this name.
func (d *Draft) hostNamed(name string) (host, bool) {
	return find(d.hosts(), func(h host) bool { return h.name == name })
}

func (d *Draft) controlPlanes() []host {
	return slices.DeleteFunc(d.hosts(), func(h host) bool { return !slices.Contains(h.roles, controlPlane) })
}

// newName is one that no host has yet: the stem and a number.
func (d *Draft) newName(stem string) string {
	taken := d.hosts()
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s%d", stem, n)
		if !slices.ContainsFunc(taken, func(h host) bool { return h.name == name }) {
			return name
		}
	}
}

// isOpen says whether nothing better than a guess stands at path.
func (d *Draft) isOpen(path ...string) bool {
	i := d.index(path)
	return i < 0 || d.entries[i].Note != ""
}

// note is the reason of the guess at path; empty where there is none.
func (d *Draft) note(path ...string) string {
	if i := d.index(path); i >= 0 {
		return d.entries[i].Note
	}
	return ""
}

// drop takes back what was set at path.
func (d *Draft) drop(path ...string) {
	d.entries = slices.DeleteFunc(d.entries, func(e schema.Entry) bool { return e.Value != nil && slices.Equal(e.Path, path) })
}

// unsay takes back a remark.
func (d *Draft) unsay(text string, path ...string) {
	d.entries = slices.DeleteFunc(d.entries, func(e schema.Entry) bool {
		return e.Value == nil && slices.Equal(e.Path, path) && slices.Equal(e.Doc, []string{text})
	})
}

// text is the text at path; empty where there is another value, or none.
func (d *Draft) text(path ...string) string {
	value, _ := d.Value(path...).(string)
	return value
}

var dnsName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?([.][a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$`)

// hostName gives a name as hosts can have it; false where it is none, or is an address.
func hostName(text string) (string, bool) {
	name := strings.ToLower(strings.TrimSuffix(text, "."))
	_, err := netip.ParseAddr(name)
	return name, err != nil && len(name) <= 253 && dnsName.MatchString(name)
}

// address reads an IP address, in brackets or not.
func address(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a, err == nil && a.Zone() == "" && !a.Is4In6()
}

func sameAddress(text string, a netip.Addr) bool {
	b, ok := address(text)
	return ok && a == b
}

// serviceAddress is the nth address of a network; the zero one where it is none.
func serviceAddress(network string, n int) netip.Addr {
	prefix, err := netip.ParsePrefix(network)
	if err != nil {
		return netip.Addr{}
	}
	a := prefix.Masked().Addr()
	for range n {
		a = a.Next()
	}
	return a
}

func find[T any](all []T, is func(T) bool) (one T, found bool) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	return one, false
}
