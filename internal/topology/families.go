package topology

import (
	"net/netip"
	"slices"
)

// Family is a family of IP addresses.
type Family int

// Families of addresses.
const (
	IPv4 Family = 4
	IPv6 Family = 6
)

// FamilyOf is the family of a valid address.
func FamilyOf(a netip.Addr) Family {
	if a.Unmap().Is4() {
		return IPv4
	}
	return IPv6
}

func (f Family) String() string {
	if f == IPv6 {
		return "IPv6"
	}
	return "IPv4"
}

// Loopback is the address by which a host reaches itself.
func (f Family) Loopback() netip.Addr {
	if f == IPv6 {
		return netip.IPv6Loopback()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// wildcard stands for all addresses of the family.
func (f Family) wildcard() netip.Addr {
	if f == IPv6 {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

// familiesOf lists the families of networks, each once, in the order in which they come.
func familiesOf(networks []netip.Prefix) []Family {
	var families []Family
	for _, n := range networks {
		if f := FamilyOf(n.Addr()); !slices.Contains(families, f) {
			families = append(families, f)
		}
	}
	return families
}

// Primary is the family of the first pod network: what hosts advertise, and balancers connect to.
func (c *Cluster) Primary() Family { return c.Families[0] }

// Has says whether pods and services have addresses of the family.
func (c *Cluster) Has(f Family) bool { return slices.Contains(c.Families, f) }

// Loopback is where a host serves itself alone.
func (c *Cluster) Loopback() netip.Addr { return c.Primary().Loopback() }

// primaryFirst lists those of the addresses that there are, one of the primary family first.
func (c *Cluster) primaryFirst(addresses ...netip.Addr) []netip.Addr {
	there := slices.DeleteFunc(addresses, func(a netip.Addr) bool { return !a.IsValid() })
	slices.SortStableFunc(there, func(a, b netip.Addr) int { return c.rank(a) - c.rank(b) })
	return there
}

func (c *Cluster) rank(a netip.Addr) int {
	if FamilyOf(a) == c.Primary() {
		return 0
	}
	return 1
}

// Addresses are those of the host, the primary family's first.
func (h *Host) Addresses() []netip.Addr {
	return h.Cluster.primaryFirst(h.Spec.Address, h.Spec.Address6)
}

// Address is what the host advertises: its address of the primary family. Where it has none, which a rule refuses, its other.
func (h *Host) Address() netip.Addr {
	if all := h.Addresses(); len(all) > 0 {
		return all[0]
	}
	return netip.Addr{}
}

// AddressIn is the host's address of a family; invalid where it has none.
func (h *Host) AddressIn(f Family) netip.Addr {
	for _, a := range h.Addresses() {
		if FamilyOf(a) == f {
			return a
		}
	}
	return netip.Addr{}
}

// NodeIPs are the addresses of the host's Node: one of each family of the cluster.
func (h *Host) NodeIPs() []netip.Addr {
	var ips []netip.Addr
	for _, f := range h.Cluster.Families {
		if a := h.AddressIn(f); a.IsValid() {
			ips = append(ips, a)
		}
	}
	return ips
}
