package tree

import "strings"

// CompareNames orders names as people do: node2 before node10.
func CompareNames(a, b string) int { return compareNatural(a, b) }

// ListNames gives a list of names, in natural order, for people: runs as "node1 … node50", and no more than fit a line.
func ListNames(names []string) string { return compactNames(names) }

// Words gives names within a sentence: "a, b and c".
func Words(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// ListHosts gives a list of hosts, in natural order, for people: "50 hosts: node1 … node50", or the name of the one.
func ListHosts(hosts []string) string { return hostList(hosts) }
