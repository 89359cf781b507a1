package rules

import (
	"net/netip"
	"slices"
)

func isIPv6(a netip.Addr) bool { return a.IsValid() && !a.Unmap().Is4() }

func anyIPv6(all []netip.Prefix) bool {
	return slices.ContainsFunc(all, func(p netip.Prefix) bool { return isIPv6(p.Addr()) })
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
