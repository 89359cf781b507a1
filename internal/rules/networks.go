package rules

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/khagen/khagen/internal/topology"
)

var networkRules = []Rule{
	{
		ID: "KH030", Severity: Error,
		Title:   "pods, services and hosts have networks of their own",
		Reason:  "An address that means two things is routed to one of them: hosts become unreachable from pods, or services from hosts.",
		Hint:    "choose a range that nothing else uses; pods and services are free to take any private one",
		Source:  "https://kubernetes.io/docs/concepts/cluster-administration/networking/",
		cluster: networksApart,
	},
	{
		ID: "KH031", Severity: Warning,
		Title:   "no network overlaps with docker0's 172.17.0.0/16",
		Reason:  "Where Docker runs on a host, its bridge takes that range first, and what lies in it can't be reached from there. khagen installs no Docker, so a cluster without it is fine.",
		Hint:    "choose another range, or accept this where no host ever runs Docker",
		Source:  "https://docs.docker.com/engine/network/drivers/bridge/",
		cluster: apartFromDocker,
	},
	{
		ID: "KH032", Severity: Error,
		Title:   "the service network has between 4 and 20 bits for services",
		Reason:  "kubeadm and kube-apiserver refuse larger ones, and cluster DNS has the tenth address.",
		Hint:    "use a /12 to /28, such as 10.96.0.0/16, or a /108 to /124 of IPv6",
		Source:  "kubernetes/kubernetes cmd/kubeadm/app/apis/kubeadm/validation/validation.go, cmd/kube-apiserver/app/options/validation.go",
		cluster: serviceNetworkSize,
	},
	{
		ID: "KH033", Severity: Error,
		Title:   "a node's part fits into the pod network, at most 16 bits below it",
		Reason:  "kubeadm refuses the configuration, and kube-controller-manager could not hand out networks.",
		Hint:    "change networking.nodeCIDRMaskSizes or the pod network",
		Source:  "kubernetes/kubernetes cmd/kubeadm/app/apis/kubeadm/validation/validation.go, ValidateIPNetFromString and validatePodSubnetNodeMask",
		cluster: nodeMask,
	},
	{
		ID: "KH034", Severity: Error,
		Title:   "the pod network has a part for every node",
		Reason:  "A node that gets no network never becomes ready.",
		Hint:    "take a larger pod network or a smaller part for each node; the pod network can't change later",
		Source:  "kubernetes/kubernetes pkg/controller/nodeipam/ipam/cidrset/cidr_set.go",
		cluster: enoughNodeNetworks,
	},
	{
		ID: "KH035", Severity: Warning,
		Title:   "a node's part of the pod network is large enough for its pods",
		Reason:  "Pods beyond it are scheduled and never start, for want of an address.",
		Hint:    "lower maxPods in the kubelet's configuration, or give nodes larger parts",
		Source:  "https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ (maxPods)",
		cluster: podsFit,
	},
}

// network is a range and where the definition names it.
type network struct {
	what   string
	at     field
	prefix netip.Prefix
}

func listed(what string, at field, all []netip.Prefix) []network {
	var networks []network
	for i, p := range all {
		networks = append(networks, network{what, append(at[:len(at):len(at)], element(i)), p.Masked()})
	}
	return networks
}

func podNetworks(c *topology.Cluster) []network {
	return listed("the pod network", field{"kubernetes", "networking", "podCIDRs"}, c.Spec.Kubernetes.Networking.PodCIDRs)
}

func serviceNetworks(c *topology.Cluster) []network {
	return listed("the service network", field{"kubernetes", "networking", "serviceCIDRs"}, c.Spec.Kubernetes.Networking.ServiceCIDRs)
}

// networksApart has one finding for each network, however much lies in it.
func networksApart(c *topology.Cluster, f *found) {
	pods, services := podNetworks(c), serviceNetworks(c)
	hosts := listed("the host network", field{"hostNetworks"}, c.Spec.HostNetworks)
	virtual := append(pods, services...)
	for i, a := range virtual {
		var overlaps, inside []string
		for _, b := range append(virtual[:i:i], hosts...) {
			if a.prefix.Overlaps(b.prefix) {
				overlaps = append(overlaps, fmt.Sprintf("%s %s", b.what, b.prefix))
			}
		}
		for _, named := range singleAddresses(c) {
			address := named.prefix.Addr()
			if a.prefix.Contains(address) && !containsAddr(c.Spec.HostNetworks, address) {
				inside = append(inside, fmt.Sprintf("%s (%s)", named.what, address))
			}
		}
		switch {
		case len(overlaps) > 0:
			f.add(c, a.at, "%s %s overlaps with %s", a.what, a.prefix, list(append(overlaps, inside...)))
		case len(inside) > 0:
			f.add(c, a.at, "%s %s contains %s", a.what, a.prefix, list(inside))
		}
	}
}

// singleAddresses are those of hosts, of the VIP and of the endpoint.
func singleAddresses(c *topology.Cluster) []network {
	var all []network
	add := func(what string, at field, a netip.Addr) {
		if a.IsValid() {
			all = append(all, network{what, at, netip.PrefixFrom(a, a.BitLen())})
		}
	}
	for _, h := range c.Hosts {
		for _, a := range addressesOf(h) {
			add("host "+h.Name, a.at(), a.address)
		}
	}
	for _, v := range c.VIPs {
		add("the VIP", field{"vip", v.Field}, v.Address)
	}
	if len(c.VIPs) > 0 {
		return all
	}
	if a, err := netip.ParseAddr(c.Spec.Endpoint.Host); err == nil {
		add("the endpoint", field{"endpoint", "host"}, a)
	}
	return all
}

var docker0 = netip.MustParsePrefix("172.17.0.0/16")

func apartFromDocker(c *topology.Cluster, f *found) {
	all := append(podNetworks(c), serviceNetworks(c)...)
	all = append(all, listed("the host network", field{"hostNetworks"}, c.Spec.HostNetworks)...)
	for _, n := range all {
		if n.prefix.Overlaps(docker0) {
			f.add(c, n.at, "%s %s overlaps with docker0's %s", n.what, n.prefix, docker0)
		}
	}
	for _, a := range singleAddresses(c) {
		if docker0.Contains(a.prefix.Addr()) && !containsAddr(c.Spec.HostNetworks, a.prefix.Addr()) {
			f.add(c, a.at, "%s (%s) lies in docker0's %s", a.what, a.prefix.Addr(), docker0)
		}
	}
}

func serviceNetworkSize(c *topology.Cluster, f *found) {
	for _, n := range serviceNetworks(c) {
		switch bits := n.prefix.Addr().BitLen() - n.prefix.Bits(); {
		case bits > 20:
			f.add(c, n.at, "%s has %d bits for services, 20 are allowed", n.prefix, bits).
				mend("use a /%d or smaller, such as %s", n.prefix.Addr().BitLen()-20, netip.PrefixFrom(n.prefix.Addr(), n.prefix.Addr().BitLen()-16))
		case bits < 4:
			f.add(c, n.at, "%s has %d addresses, and cluster DNS has the tenth", n.prefix, 1<<bits)
		}
	}
}

// allocatesNodeCIDRs says whether kube-controller-manager hands out networks to nodes; a CNI may do it by itself.
func allocatesNodeCIDRs(c *topology.Cluster) bool {
	args := c.Spec.Kubernetes.ControllerManager.ExtraArgs["allocate-node-cidrs"]
	return len(args) == 0 || args[len(args)-1] != "false"
}

// nodeBits is how many bits number the nodes in a pod network; ok is false where the part of a node doesn't fit.
func nodeBits(c *topology.Cluster, pods netip.Prefix) (mask, bits int, ok bool) {
	mask = c.Spec.Kubernetes.Networking.NodeCIDRMaskSizes.IPv4
	if topology.FamilyOf(pods.Addr()) == topology.IPv6 {
		mask = c.Spec.Kubernetes.Networking.NodeCIDRMaskSizes.IPv6
	}
	bits = mask - pods.Bits()
	return mask, bits, bits >= 0 && bits <= 16
}

func nodeMask(c *topology.Cluster, f *found) {
	if !allocatesNodeCIDRs(c) {
		return
	}
	for _, n := range podNetworks(c) {
		mask, bits, ok := nodeBits(c, n.prefix)
		switch {
		case ok:
		case bits < 0:
			f.add(c, n.at, "a node's part, a /%d, is larger than the pod network %s", mask, n.prefix).
				mend("take a pod network of /%d or larger, or a nodeCIDRMaskSizes of more than %d", max(mask-8, 1), n.prefix.Bits())
		default:
			f.add(c, n.at, "a node's part, a /%d, is %d bits below the pod network %s, 16 are allowed", mask, bits, n.prefix).
				mend("take a nodeCIDRMaskSizes of at most %d", n.prefix.Bits()+16)
		}
	}
}

func enoughNodeNetworks(c *topology.Cluster, f *found) {
	if !allocatesNodeCIDRs(c) {
		return
	}
	nodes := 0
	for _, h := range c.Hosts {
		if h.IsNode() {
			nodes++
		}
	}
	for _, n := range podNetworks(c) {
		if mask, bits, ok := nodeBits(c, n.prefix); ok && 1<<bits < nodes {
			f.add(c, n.at, "%s has parts of /%d for %s, and the cluster has %d", n.prefix, mask, count(1<<bits, "node"), nodes)
		}
	}
}

func podsFit(c *topology.Cluster, f *found) {
	if !allocatesNodeCIDRs(c) || !c.Has(topology.IPv4) {
		return // of IPv6 addresses there are enough
	}
	mask := c.Spec.Kubernetes.Networking.NodeCIDRMaskSizes.IPv4
	room := max(1<<(32-mask)-2, 0)
	check := func(at field, config map[string]any, whose string) {
		pods := defaultMaxPods
		if v, ok := config["maxPods"]; ok {
			n, err := strconv.Atoi(fmt.Sprint(v))
			if err != nil {
				return
			}
			pods = n
		}
		if pods > room {
			f.add(c, at, "%s may run %d pods, and a /%d has %s", whose, pods, mask, fmt.Sprintf("%d addresses", room))
		}
	}
	check(field{"kubernetes", "kubelet", "config", "maxPods"}, c.Spec.Kubernetes.Kubelet.Config, "a node")
	for _, h := range c.Hosts {
		if _, ok := h.Spec.Kubelet.Config["maxPods"]; ok && h.IsNode() {
			check(field{"hosts", h.Name, "kubelet", "config", "maxPods"}, h.Spec.Kubelet.Config, h.Name)
		}
	}
}

// defaultMaxPods is the kubelet's.
const defaultMaxPods = 110
