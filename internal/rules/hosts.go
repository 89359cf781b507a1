package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
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
	{
		ID: "KH013", Severity: Error,
		Title:   "every role of a host has a use",
		Reason:  "A role that the cluster's shape has no use for renders nothing, while the definition looks as if something ran there.",
		Hint:    "take the role away",
		Source:  "the fields loadBalancer.placement and etcd.topology: khagen explain",
		cluster: rolesUsed,
	},
	{
		ID: "KH014", Severity: Error,
		Title:   "what is placed on hosts of a role finds such hosts",
		Reason:  "Without them nobody runs the balancer or etcd.",
		Hint:    "give hosts the role",
		Source:  "the fields loadBalancer.placement and etcd.topology: khagen explain",
		cluster: rolesFilled,
	},
	{
		ID: "KH015", Severity: Error,
		Title:   "the kubelet may give its Node every label",
		Reason:  "A kubelet that is told to set another label of kubernetes.io or k8s.io does not start.",
		Hint:    "use a prefix of your own, or set the label with kubectl label",
		Source:  "kubernetes/kubernetes cmd/kubelet/app/options/options.go; kubernetes/kubelet pkg/apis/well_known_labels.go",
		cluster: labelsAllowed,
	},
	{
		ID: "KH016", Severity: Error,
		Title:   "the taints of a node differ in key or effect",
		Reason:  "The API server refuses a Node with two taints of the same key and effect: the host can't join.",
		Hint:    "delete one of them",
		Source:  "kubernetes/kubernetes pkg/apis/core/validation/validation.go, validateNodeTaints",
		cluster: taintsUnique,
	},
	{
		ID: "KH017", Severity: Warning,
		Title:   "the inventory reaches each host at a place of its own",
		Reason:  "Files of one host would be delivered to another.",
		Hint:    "give each host its own ssh.address or ssh.port",
		Source:  "https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html",
		cluster: sshUnique,
	},
	{
		ID: "KH018", Severity: Error,
		Title:   "names of nodes have at most 63 characters",
		Reason:  "The name is also the value of the label kubernetes.io/hostname: the API server refuses the Node.",
		Hint:    "give the host a shorter nodeName",
		Source:  "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set",
		cluster: nodeNamesShort,
	},
	{
		ID: "KH019", Severity: Warning,
		Title:   "a cluster has a node",
		Reason:  "Without one no pod runs, not even cluster DNS.",
		Hint:    `give hosts the role worker: control planes can have it too, roles: ["control-plane", "worker"]`,
		Source:  "https://kubernetes.io/docs/concepts/overview/components/#node-components",
		cluster: hasNode,
	},
	{
		ID: "KH036", Severity: Warning,
		Title:   "API servers reach pods",
		Reason:  "An API server calls admission webhooks and aggregated APIs such as metrics-server, which run in pods. Without kubeadm, a control plane that is no worker has neither a CNI nor kube-proxy: such calls end nowhere, and a webhook that must answer then refuses every request.",
		Hint:    "give them the role worker too, and where no other pods are wanted a taint; or accept this where the network routes the pods' addresses",
		Source:  "https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/",
		cluster: planesReachPods,
	},
}

func hasControlPlane(c *topology.Cluster, f *found) {
	if len(c.ControlPlanes) == 0 {
		f.add(c, field{"hosts"}, "no host has the role control-plane")
	} else if len(topology.Active(c.ControlPlanes)) == 0 {
		f.add(c, field{"hosts"}, "every control plane is joining or leaving: %s", names(c.ControlPlanes)).
			mend("take state away from those that run, or are to run first")
	}
}

// staying are the hosts that are not on their way out.
func staying(hosts []*topology.Host) []*topology.Host {
	return slices.DeleteFunc(slices.Clone(hosts), (*topology.Host).IsLeaving)
}

func hasNode(c *topology.Cluster, f *found) {
	if len(c.Hosts) > 0 && len(c.ControlPlanes) > 0 && !slices.ContainsFunc(c.Hosts, (*topology.Host).IsNode) {
		f.add(c, field{"hosts"}, "no host has the role worker, and without kubeadm control planes are no nodes")
	}
}

// planesReachPods warns where API servers run on hosts without kube-proxy and without a CNI.
func planesReachPods(c *topology.Cluster, f *found) {
	if !c.Binaries() || !slices.ContainsFunc(c.Hosts, (*topology.Host).IsNode) {
		return
	}
	apart := slices.DeleteFunc(slices.Clone(c.ControlPlanes), (*topology.Host).IsNode)
	if len(apart) > 0 {
		f.add(c, field{"hosts"}, "%s: no node, so that the API servers there reach pods only where the network routes the pods' addresses", names(apart))
	}
}

func bootstrapIsControlPlane(c *topology.Cluster, f *found) {
	name := c.Spec.BootstrapHost
	switch {
	case c.Binaries(): // without a use, which is what KH006 says
	case name == "" || c.Bootstrap != nil && c.Bootstrap.Is(topology.RoleControlPlane):
	case c.Bootstrap == nil:
		f.add(c, field{"bootstrapHost"}, "no host is named %q", name).mend("%s", nameControlPlane(c))
	default:
		f.add(c, field{"bootstrapHost"}, "%s has the roles %s, not control-plane", name, list(c.Bootstrap.Spec.Roles)).mend("%s", nameControlPlane(c))
	}
}

func nameControlPlane(c *topology.Cluster) string {
	if len(c.ControlPlanes) == 0 {
		return "give a host the role control-plane, and name it here"
	}
	return "name one of the control planes: " + names(c.ControlPlanes)
}

// namesUnique compares without regard to case, as DNS and Kubernetes do.
func namesUnique(c *topology.Cluster, f *found) {
	byName := map[string]*topology.Host{}
	for _, h := range c.Hosts {
		key := strings.ToLower(h.Name)
		if other := byName[key]; other != nil {
			f.add(c, field{"hosts", h.Name}, "%s and %s differ only in case", other.Name, h.Name)
		}
		byName[key] = h
	}
	byNode := map[string]*topology.Host{}
	for _, h := range c.Hosts {
		key := strings.ToLower(h.NodeName)
		at := field{"hosts", h.Name, "nodeName"}
		if other := byName[key]; other != nil && other != h {
			f.add(c, at, "the node name %s of host %s is the name of another host", h.NodeName, h.Name)
		} else if other := byNode[key]; other != nil {
			f.add(c, at, "the hosts %s and %s have the same node name %s", other.Name, h.Name, h.NodeName)
		}
		byNode[key] = h
	}
}

func rolesUsed(c *topology.Cluster, f *found) {
	placement, etcd := c.Spec.LoadBalancer.Placement, c.Spec.Etcd.Topology
	for _, h := range c.Hosts {
		at := field{"hosts", h.Name, "roles"}
		if h.Is(topology.RoleLoadBalancer) && placement != topology.PlacementHosts {
			f.add(c, at, "%s has the role load-balancer, and loadBalancer.placement is %q", h.Name, placement).
				mend(`take the role away, or write placement: "hosts"`)
		}
		if h.Is(topology.RoleEtcd) && etcd != topology.EtcdHosts {
			f.add(c, at, "%s has the role etcd, and etcd.topology is %q", h.Name, etcd).
				mend(`take the role away, or write topology: "hosts"`)
		}
	}
}

func rolesFilled(c *topology.Cluster, f *found) {
	if c.Spec.LoadBalancer.Placement == topology.PlacementHosts && len(c.LoadBalancers) == 0 {
		f.add(c, field{"loadBalancer", "placement"}, `the placement is "hosts", and no host has the role load-balancer`).
			mend(`give hosts roles: ["load-balancer"], or write placement: "control-plane"`)
	}
	if c.Spec.Etcd.Topology == topology.EtcdHosts && len(c.EtcdMembers) == 0 {
		f.add(c, field{"etcd", "topology"}, `the topology is "hosts", and no host has the role etcd`).
			mend(`give three hosts the role etcd, or write topology: "stacked"`)
	}
}

func labelsAllowed(c *topology.Cluster, f *found) {
	for _, h := range c.Hosts {
		for _, key := range slices.Sorted(maps.Keys(h.Spec.Labels)) {
			if upstream.KubeletTakesLabel(key) {
				continue
			}
			finding := f.add(c, field{"hosts", h.Name, "labels", key}, "the kubelet of %s refuses the label %s", h.Name, key)
			if strings.HasPrefix(key, "node-role.kubernetes.io/") {
				finding.mend("set it once the node has joined: kubectl label node %s %s=%s", h.NodeName, key, h.Spec.Labels[key])
			}
		}
	}
}

func taintsUnique(c *topology.Cluster, f *found) {
	for _, h := range c.Hosts {
		if h.Spec.Taints == nil {
			continue
		}
		seen := map[string]bool{}
		for i, t := range *h.Spec.Taints {
			key := t.Key + ":" + t.Effect
			if seen[key] {
				f.add(c, field{"hosts", h.Name, "taints", fmt.Sprint(i)}, "%s has the taint %s twice", h.Name, key)
			}
			seen[key] = true
		}
	}
}

func sshUnique(c *topology.Cluster, f *found) {
	owner := map[string]*topology.Host{}
	for _, h := range c.Hosts {
		address := h.Spec.SSH.Address
		if address == "" {
			continue // the host's own, which is unique by another rule
		}
		place := fmt.Sprintf("%s port %d", address, h.Spec.SSH.Port)
		if other := owner[place]; other != nil {
			f.add(c, field{"hosts", h.Name, "ssh"}, "the hosts %s and %s are both reached at %s", other.Name, h.Name, place)
		}
		owner[place] = h
	}
}

func nodeNamesShort(c *topology.Cluster, f *found) {
	for _, h := range c.Hosts {
		if n := len(h.NodeName); h.IsNode() && n > 63 {
			f.add(c, field{"hosts", h.Name, "nodeName"}, "the node name %s has %d characters", h.NodeName, n)
		}
	}
}
