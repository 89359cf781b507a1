package tree

// CompareNames orders names as people do: node2 before node10.
func CompareNames(a, b string) int { return compareNatural(a, b) }

// ListNames gives a list of names, in natural order, for people: runs as "node1 … node50", and no more than fit a line.
func ListNames(names []string) string { return compactNames(names) }

// ListHosts gives a list of hosts, in natural order, for people: "50 hosts: node1 … node50", or the name of the one.
func ListHosts(hosts []string) string { return hostList(hosts) }
