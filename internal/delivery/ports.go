package delivery

import (
	"fmt"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
)

type (
	// readmePort is a line of the table of ports.
	readmePort struct{ From, To, Port, For string }
	// readmeGroup says who is meant by a name in it.
	readmeGroup struct{ Name, Addresses string }
)

// readmePorts are what firewalls have to let through, what they may, and at which addresses.
func readmePorts(c *topology.Cluster) (needed, optional []readmePort, groups []readmeGroup) {
	for _, f := range c.Flows() {
		port := f.PortText() + "/" + f.Protocol
		if f.Protocol == topology.ProtocolVRRP {
			port = "VRRP, IP protocol 112"
		}
		row := readmePort{groupNames(f.From), groupNames(f.To), port, f.What + ": " + f.Why}
		if f.Optional {
			optional = append(optional, row)
		} else {
			needed = append(needed, row)
		}
		for _, g := range slices.Concat(f.To, f.From) {
			groups = addGroup(groups, g)
		}
	}
	return needed, optional, groups
}

func groupNames(all []topology.Group) string {
	list := make([]string, 0, len(all))
	for _, g := range all {
		list = append(list, g.Name)
	}
	return strings.Join(list, ", ")
}

// addGroup adds a group that has addresses, once. Of many hosts the table above them has the addresses, a line for each.
func addGroup(groups []readmeGroup, g topology.Group) []readmeGroup {
	known := func(other readmeGroup) bool { return other.Name == g.Name }
	if len(g.Addresses) == 0 || slices.ContainsFunc(groups, known) {
		return groups
	}
	text := strings.Join(g.Addresses, ", ")
	if n := len(g.Hosts); n > mostOfTier {
		text = fmt.Sprintf("%d hosts, as above", n)
	}
	return append(groups, readmeGroup{g.Name, text})
}
