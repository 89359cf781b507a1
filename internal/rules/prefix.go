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

// prefixes lists networks for a message.
func prefixes(all []netip.Prefix) string {
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = p.String()
	}
	return list(texts)
}
