package main

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// sortLeft puts what stays on hosts in the order of clusters and hosts.
func sortLeft(all []tree.Left) {
	slices.SortStableFunc(all, func(a, b tree.Left) int { return topology.CompareNatural(a.Cluster, b.Cluster) })
}

// tellLeft says what stays on hosts of what the tree no longer has; once for hosts that keep the same.
func tellLeft(messages io.Writer, all []tree.Left) {
	for len(all) > 0 {
		first := all[0]
		var hosts []string
		all = slices.DeleteFunc(slices.Clone(all), func(l tree.Left) bool {
			host := l.Host
			l.Host = first.Host
			same := reflect.DeepEqual(l, first)
			if same {
				hosts = append(hosts, host)
			}
			return same
		})
		what := "what the tree no longer has stays on"
		if first.Gone {
			what = "the tree no longer has this host, which keeps what it has:"
			if len(hosts) > 1 {
				what = "the tree no longer has these hosts, which keep what they have:"
			}
		}
		fmt.Fprintf(messages, "khagen: %s: %s %s\n", first.Cluster, what, strings.Join(hosts, ", "))
		for _, line := range leftLines(&first) {
			fmt.Fprintf(messages, "  %-9s %s\n", line.what, line.text)
		}
	}
}

type leftLine struct{ what, text string }

// leftLines are what is to be done, in this order: programs that change the cluster come first, as they need the others.
func leftLines(l *tree.Left) []leftLine {
	var lines []leftLine
	if slices.Contains(l.Units, topology.Unit("etcd")) {
		lines = append(lines, leftLine{"etcd", "etcdctl member remove, on a member that stays; then stop it here and delete its data"})
	}
	switch {
	case leavesKubeadm(l):
		lines = append(lines, leftLine{"kubeadm", "kubectl drain, kubeadm reset here, kubectl delete node"})
	case slices.Contains(l.Units, topology.Unit("kubelet")):
		lines = append(lines, leftLine{"node", "kubectl drain, end static pods and the kubelet here, kubectl delete node"})
	}
	if len(l.Quadlets) > 0 {
		lines = append(lines, leftLine{"quadlets", "systemctl stop " + strings.Join(l.Quadlets, " ") + ", then delete their files, then systemctl daemon-reload"})
	}
	for _, part := range []struct {
		what  string
		items []string
	}{
		{"units", l.Units}, {"files", l.Files}, {"blocks", l.Blocks}, {"pki", l.PKI}, {"programs", l.Programs}, {"packages", l.Packages},
	} {
		if len(part.items) > 0 {
			lines = append(lines, leftLine{part.what, strings.Join(part.items, " ")})
		}
	}
	return append(lines, leftLine{"see", "docs/hosts.md"})
}

// leavesKubeadm says whether the host was a node of kubeadm's and is none, or was a control plane and is none.
func leavesKubeadm(l *tree.Left) bool {
	return slices.Contains(l.Packages, "kubeadm") || slices.Contains(l.Files, "/etc/kubernetes/kubeadm/config.yaml")
}
