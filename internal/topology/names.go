package topology

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/khagen/khagen/schema"
)

// naturalOrder sorts names the way people count: node2 before node10.
func naturalOrder(hosts map[string]*schema.Host) []string {
	names := make([]string, 0, len(hosts))
	for name := range hosts {
		names = append(names, name)
	}
	slices.SortFunc(names, CompareNatural)
	return names
}

// CompareNatural orders strings with runs of digits compared as numbers.
func CompareNatural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		if isDigit(x[0]) && isDigit(y[0]) {
			var m, n string
			m, x = digits(x)
			n, y = digits(y)
			if c := cmp.Or(cmp.Compare(len(m), len(n)), cmp.Compare(m, n)); c != 0 {
				return c
			}
			continue
		}
		if x[0] != y[0] {
			return cmp.Compare(x[0], y[0])
		}
		x, y = x[1:], y[1:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
}

// digits splits the leading number off, without its leading zeros.
func digits(s string) (number, rest string) {
	end := 0
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	return strings.TrimLeft(s[:end], "0"), s[end:]
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// certSANs are the endpoint, the virtual addresses, the control planes, and the ways in which a host names itself.
// kubeadm adds the node's own name and address, the service names and the first service address.
func (c *Cluster) certSANs() []string {
	sans := []string{"localhost", IPv4.Loopback().String(), IPv6.Loopback().String(), c.Spec.Endpoint.Host}
	for _, v := range c.VIPs {
		sans = append(sans, v.Address.String())
	}
	for _, h := range c.ControlPlanes {
		sans = append(sans, h.NodeName)
		for _, a := range h.Addresses() {
			sans = append(sans, a.String())
		}
	}
	sans = append(sans, c.Spec.Kubernetes.APIServer.CertSANs...)
	for i, san := range sans {
		sans[i] = canonical(san)
	}
	slices.SortFunc(sans, compareSAN)
	return slices.Compact(sans)
}

// canonical gives an address as everybody writes it; an IPv6 address can be spelt in several ways. A name stays as it is.
func canonical(host string) string {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.String()
	}
	return host
}

// compareSAN puts names before addresses, and each in an order that people expect.
func compareSAN(a, b string) int {
	x, errX := netip.ParseAddr(a)
	y, errY := netip.ParseAddr(b)
	switch {
	case errX == nil && errY == nil:
		return x.Compare(y)
	case errX == nil:
		return 1
	case errY == nil:
		return -1
	}
	return CompareNatural(a, b)
}
