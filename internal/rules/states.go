package rules

import (
	"github.com/khagen/khagen/internal/topology"
)

var stateRules = []Rule{
	{
		ID: "KH182", Severity: Error,
		Title:   "the host that makes a cluster neither joins nor leaves it",
		Reason:  "bootstrapHost is for a cluster that does not run yet: that host runs kubeadm init, and no other is there before it. Where the cluster runs, the line is to be deleted, before that host is replaced at the latest: another kubeadm init would make a second cluster.",
		Hint:    "where the cluster runs, delete bootstrapHost; else take state away",
		Source:  "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/high-availability/",
		cluster: bootstrapStays,
	},
	{
		ID: "KH185", Severity: Error,
		Title:   "a host that stays carries the VIP",
		Reason:  "A host that joins speaks no VRRP until it is active, one that leaves gives the VIP up: without any other nobody has it.",
		Hint:    "take state away from one of them",
		Source:  "docs/hosts.md",
		cluster: vipStays,
	},
}

func bootstrapStays(c *topology.Cluster, f *found) {
	if h := c.Bootstrap; h != nil && !h.IsActive() && !c.Binaries() {
		f.add(c, field{"hosts", h.Name, "state"}, "%s is %s, and bootstrapHost says that it makes the cluster", h.Name, h.Spec.State)
	}
}

func vipStays(c *topology.Cluster, f *found) {
	if len(c.VRRPPeers) == 0 || len(topology.Active(c.VRRPPeers)) > 0 || len(topology.Active(c.ControlPlanes)) == 0 {
		return // of the last says KH010
	}
	f.add(c, field{"vip"}, "every host that could carry the VIP is joining or leaving: %s", names(c.VRRPPeers))
}
