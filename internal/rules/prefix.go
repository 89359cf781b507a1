package rules

import (
	"net/netip"
	"slices"

	"github.com/khagen/khagen/internal/topology"
)

// ofFamily are the networks of an address's family; none where there is no address.
func ofFamily(all []netip.Prefix, a netip.Addr) []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(all), func(p netip.Prefix) bool {
		return !a.IsValid() || topology.FamilyOf(p.Addr()) != topology.FamilyOf(a)
	})
}

func containsAddr(all []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(all, func(p netip.Prefix) bool { return p.Contains(a) })
}

func anyOverlap(a, b []netip.Prefix) bool {
	return slices.ContainsFunc(a, func(p netip.Prefix) bool { return slices.ContainsFunc(b, p.Overlaps) })
}

// lastAddress is the highest of an IPv4 network: its broadcast address.
func lastAddress(p netip.Prefix) netip.Addr {
	bytes := p.Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(bytes)
}

// prefixes lists networks for a message.
func prefixes(all []netip.Prefix) string {
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = p.String()
	}
	return list(texts)
}
