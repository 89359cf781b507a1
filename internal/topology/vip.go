package topology

import (
	"cmp"
	"net/netip"
	"slices"
)

// VIP is a virtual address of the cluster, one of its family.
type VIP struct {
	Address     netip.Addr
	Prefix      *int   // as the definition has it
	Field       string // of vip in the definition: "address" or "address6"
	PrefixField string
}

// Bits is the length of the prefix that the address gets on its interface.
func (v VIP) Bits() int {
	if v.Prefix != nil {
		return *v.Prefix
	}
	return v.Address.BitLen()
}

// vips lists the virtual addresses, the primary family's first.
func (c *Cluster) vips() []VIP {
	spec := c.Spec.VIP
	if spec == nil {
		return nil
	}
	all := []VIP{{spec.Address, spec.Prefix, "address", "prefix"}, {spec.Address6, spec.Prefix6, "address6", "prefix6"}}
	all = slices.DeleteFunc(all, func(v VIP) bool { return !v.Address.IsValid() })
	slices.SortStableFunc(all, func(a, b VIP) int { return cmp.Compare(c.rank(a.Address), c.rank(b.Address)) })
	return all
}

// VRRPAddress is what the host speaks VRRP from for a VIP of the family; invalid where it has no such address.
func (h *Host) VRRPAddress(f Family) netip.Addr {
	if own := h.Spec.VRRP.Address; own.IsValid() && FamilyOf(own) == f {
		return own
	}
	return h.AddressIn(f)
}

// VRRPOthers are the addresses that the other peers speak from, in order.
func (h *Host) VRRPOthers(f Family) []netip.Addr {
	var others []netip.Addr
	for _, p := range h.Cluster.VRRPPeers {
		if a := p.VRRPAddress(f); p != h && a.IsValid() {
			others = append(others, a)
		}
	}
	return others
}
