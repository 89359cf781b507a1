package rules

import (
	"strings"

	"github.com/khagen/khagen/internal/topology"
)

var hostRules = []Rule{
	{
		ID: "KH010", Severity: Error,
		Title:   "a cluster has a control plane",
		Reason:  "Without one there is no API server.",
		Hint:    `give at least one host roles: ["control-plane"]`,
		Source:  "https://kubernetes.io/docs/concepts/overview/components/",
		cluster: hasControlPlane,
	},
	{
		ID: "KH011", Severity: Error,
		Title:   "the bootstrap host is a control plane of the cluster",
		Reason:  "It runs kubeadm init; where no such host exists, every host would join a cluster that nobody has made.",
		Hint:    "name a control plane, or delete the line once the cluster runs",
		Source:  "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/high-availability/",
		cluster: bootstrapIsControlPlane,
	},
	{
		ID: "KH012", Severity: Error,
		Title:   "names of hosts and nodes are unique",
		Reason:  "A node's name is its identity: two kubelets of one name overwrite each other's Node object and certificates.",
		Hint:    "rename one of them",
		Source:  "https://kubernetes.io/docs/concepts/architecture/nodes/#node-name-uniqueness",
		cluster: namesUnique,
	},
}

func hasControlPlane(c *topology.Cluster, f *found) {
	if len(c.ControlPlanes) == 0 {
		f.add(c, path{"hosts"}, "none of %s has the role control-plane", count(len(c.Hosts), "host"))
	}
}

func bootstrapIsControlPlane(c *topology.Cluster, f *found) {
	name := c.Spec.BootstrapHost
	switch {
	case name == "" || c.Bootstrap != nil && c.Bootstrap.Is(topology.RoleControlPlane):
	case c.Bootstrap == nil:
		f.add(c, path{"bootstrapHost"}, "no host is named %q", name).
			mend("name one of the control planes: %s", names(c.ControlPlanes))
	default:
		f.add(c, path{"bootstrapHost"}, "%s has the roles %s, not control-plane", name, list(c.Bootstrap.Spec.Roles)).
			mend("name one of the control planes: %s", names(c.ControlPlanes))
	}
}

// namesUnique compares without regard to case, as DNS and Kubernetes do.
func namesUnique(c *topology.Cluster, f *found) {
	byName := map[string]*topology.Host{}
	for _, h := range c.Hosts {
		key := strings.ToLower(h.Name)
		if other := byName[key]; other != nil {
			f.add(c, path{"hosts", h.Name}, "%s and %s differ only in case", other.Name, h.Name)
		}
		byName[key] = h
	}
	byNode := map[string]*topology.Host{}
	for _, h := range c.Hosts {
		key := strings.ToLower(h.NodeName)
		at := path{"hosts", h.Name, "nodeName"}
		if other := byName[key]; other != nil && other != h {
			f.add(c, at, "the node name %s of host %s is the name of another host", h.NodeName, h.Name)
		} else if other := byNode[key]; other != nil {
			f.add(c, at, "the hosts %s and %s have the same node name %s", other.Name, h.Name, h.NodeName)
		}
		byNode[key] = h
	}
}
