package starter

import (
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/schema"
)

// examples are networks that nobody has: those for documentation, then parts of the one for benchmarks.
// Source: RFC 5737, RFC 2544.
func examples() []netip.Prefix {
	all := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24")}
	for i := range 256 {
		all = append(all, netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 18, byte(i), 0}), 24))
	}
	return all
}

// freeNetwork is the first example in which no other cluster lives.
func (a *Answers) freeNetwork() string {
	all := examples()
	free := slices.IndexFunc(all, func(network netip.Prefix) bool {
		return !slices.ContainsFunc(a.Others, func(c *schema.Cluster) bool { return livesIn(c, network) })
	})
	return all[max(free, 0)].String()
}

func livesIn(c *schema.Cluster, network netip.Prefix) bool {
	for _, host := range c.Hosts {
		if network.Contains(host.Address) {
			return true
		}
	}
	return false
}

// addresses are count addresses of the hosts' network, from the nth on.
func (a *Answers) addresses(n, count int) string {
	first, _, _ := strings.Cut(a.network, ",")
	network, err := netip.ParsePrefix(first)
	if err != nil {
		network = netip.MustParsePrefix(a.freeNetwork())
	}
	base := new(big.Int).SetBytes(network.Masked().Addr().AsSlice())
	found := make([]string, count)
	for i := range found {
		bytes := make([]byte, network.Addr().BitLen()/8)
		sum := new(big.Int).Add(base, big.NewInt(int64(n+i)))
		sum.SetBit(sum, len(bytes)*8, 0) // past the end of all addresses
		address, _ := netip.AddrFromSlice(sum.FillBytes(bytes))
		found[i] = address.String()
	}
	return strings.Join(found, ",")
}

// freeRouterID is the end of the virtual address, which whoever does the same on this network can't have too, or the next number
// that no other cluster has.
func (a *Answers) freeRouterID() string {
	const most = 255
	taken := map[int]bool{0: true}
	for _, c := range a.Others {
		if c.VIP != nil && c.VIP.Keepalived != nil {
			taken[c.VIP.Keepalived.VirtualRouterID] = true
		}
	}
	id := 1
	if address, err := netip.ParseAddr(a.vip); err == nil {
		bytes := address.AsSlice()
		id = int(bytes[len(bytes)-1])
	}
	for range most {
		if !taken[id] {
			break
		}
		id = (id + 1) % (most + 1)
	}
	return strconv.Itoa(max(id, 1))
}

// podNetwork is of the family that the control planes have.
func (a *Answers) podNetwork() string {
	if strings.Contains(a.controlPlanes, ":") {
		return "fd00:128::/56"
	}
	return "10.244.0.0/16"
}
