package rules

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
)

const dualStackDocs = "https://kubernetes.io/docs/concepts/services-networking/dual-stack/"

var familyRules = []Rule{
	{
		ID: "KH150", Severity: Error,
		Title:   "pods and services have networks of the same families, one of each, in the same order",
		Reason:  "The first network says which family is primary: what hosts advertise and services get by default. A service is led to pods of its own family, so one whose family the pods don't have leads nowhere.",
		Hint:    `write one network of each family, such as podCIDRs: ["10.244.0.0/16", "fd00:10:244::/56"] and serviceCIDRs: ["10.96.0.0/16", "fd00:10:96::/112"]`,
		Source:  dualStackDocs,
		cluster: networkFamilies,
	},
	{
		ID: "KH151", Severity: Error,
		Title:   "hosts have an address of each family that they need",
		Reason:  "A Node reports one address of each family of the cluster, and pods of the host's network have no others. All else that runs on hosts is reached by the primary family.",
		Hint:    "give the host an address of that family",
		Source:  dualStackDocs + "#prerequisites",
		cluster: hostFamilies,
	},
	{
		ID: "KH152", Severity: Error,
		Title:   "address and address6 are of different families",
		Reason:  "There is one address of each family: of two IPv6 addresses one would be left out.",
		Hint:    "give the IPv4 address in address, or leave address6 out",
		Source:  "the fields hosts.NAME.address6 and vip.address6: khagen explain",
		cluster: addressFamilies,
	},
	{
		ID: "KH153", Severity: Error,
		Title:   "hosts that can carry a VIP have an address of its family",
		Reason:  "A VRRP group speaks the family of its VIP: without an address a host hears no peer and takes the VIP as well.",
		Hint:    "give the hosts an address of that family, or the cluster a VIP of the one that they have",
		Source:  "https://www.rfc-editor.org/rfc/rfc9568#section-5.1",
		cluster: vipFamilies,
	},
	{
		ID: "KH154", Severity: Error,
		Title:   "nodes have an address of a family that the endpoint has",
		Reason:  "A kubelet can't connect to an address of a family that its host doesn't speak.",
		Hint:    "give the VIP or the endpoint an address of the nodes' family",
		Source:  "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/dual-stack-support/",
		cluster: endpointFamily,
	},
	{
		ID: "KH156", Severity: Error,
		Title:   "members of etcd have addresses of a family that their peers and API servers have",
		Reason:  "Who has no address of the family can't connect to the member.",
		Hint:    "leave etcd.address out: it is the host's own of the primary family then",
		Source:  "https://etcd.io/docs/latest/op-guide/clustering/",
		cluster: etcdFamily,
	},
	{
		ID: "KH157", Severity: Error,
		Title:   "hosts of a cluster with IPv6 have it switched on",
		Reason:  "Without IPv6 in the kernel there is no address to listen on or to advertise.",
		Hint:    "delete it",
		Source:  "https://docs.kernel.org/networking/ip-sysctl.html (disable_ipv6)",
		cluster: ipv6On,
	},
}

// exampleServices are networks that nothing else is likely to use.
var exampleServices = map[topology.Family]string{topology.IPv4: `"10.96.0.0/16"`, topology.IPv6: `"fd00:10:96::/112"`}

func networkFamilies(c *topology.Cluster, f *found) {
	n := c.Spec.Kubernetes.Networking
	pods, podsDiffer := onePerFamily(podNetworks(c), c, f)
	services, servicesDiffer := onePerFamily(serviceNetworks(c), c, f)
	if podsDiffer && servicesDiffer && !slices.Equal(pods, services) {
		var examples []string
		for _, family := range pods {
			examples = append(examples, exampleServices[family])
		}
		f.add(c, field{"kubernetes", "networking", "serviceCIDRs"}, "pods have %s (%s), services %s (%s)",
			families(pods), prefixes(n.PodCIDRs), families(services), prefixes(n.ServiceCIDRs)).
			mend("write networks of %s, such as serviceCIDRs: [%s]", families(pods), strings.Join(examples, ", "))
	}
}

// onePerFamily gives the families of networks in order; ok is false where one comes twice.
func onePerFamily(all []network, c *topology.Cluster, f *found) (seen []topology.Family, ok bool) {
	ok = true
	for _, n := range all {
		family := topology.FamilyOf(n.prefix.Addr())
		if slices.Contains(seen, family) {
			f.add(c, n.at, "%s %s is the second one of %s", n.what, n.prefix, family)
			ok = false
		}
		seen = append(seen, family)
	}
	return seen, ok
}

// families in words.
func families(all []topology.Family) string {
	var texts []string
	for _, f := range all {
		texts = append(texts, f.String())
	}
	return strings.Join(texts, " and ")
}

func hostFamilies(c *topology.Cluster, f *found) {
	for _, h := range c.Hosts {
		needed, why := []topology.Family{c.Primary()}, "is reached by "
		if h.IsNode() {
			needed, why = c.Families, "is a node of a cluster of "
		}
		for _, family := range needed {
			if !h.AddressIn(family).IsValid() {
				f.add(c, field{"hosts", h.Name, addressField(family)}, "%s %s%s, and has no %s address", h.Name, why, families(needed), family).
					mend("write %s", map[topology.Family]string{
						topology.IPv4: "the IPv4 address in address, and the IPv6 address in address6",
						topology.IPv6: "its IPv6 address in address6",
					}[family])
			}
		}
	}
}

// addressField is the field in which an address of the family is expected beside one of the other.
func addressField(f topology.Family) string {
	if f == topology.IPv6 {
		return "address6"
	}
	return "address"
}

func addressFamilies(c *topology.Cluster, f *found) {
	check := func(at field, whose string, address, address6 netip.Addr) {
		if address6.IsValid() && address.IsValid() && topology.FamilyOf(address) == topology.FamilyOf(address6) {
			f.add(c, append(at, "address6"), "address and address6 of %s are both %s: %s and %s", whose, topology.FamilyOf(address), address, address6)
		}
	}
	for _, h := range c.Hosts {
		check(field{"hosts", h.Name}, "host "+h.Name, h.Spec.Address, h.Spec.Address6)
	}
	if v := c.Spec.VIP; v != nil {
		check(field{"vip"}, "the VIP", v.Address, v.Address6)
	}
}

func vipFamilies(c *topology.Cluster, f *found) {
	carriers := vipCarriers(c)
	for _, v := range c.VIPs {
		family := topology.FamilyOf(v.Address)
		var without []string
		for _, h := range carriers {
			if !h.VRRPAddress(family).IsValid() {
				without = append(without, h.Name)
			}
		}
		if len(without) > 0 {
			f.add(c, field{"vip", v.Field}, "%s is %s, and of the hosts that can carry it these have no such address: %s", v.Address, family, list(without))
		}
	}
}

// vipCarriers are the hosts that can carry the VIP.
func vipCarriers(c *topology.Cluster) []*topology.Host {
	if c.Spec.VIP != nil && c.Spec.VIP.Provider == topology.ProviderKubeVIP {
		return c.ControlPlanes
	}
	return c.VRRPPeers
}

func endpointFamily(c *topology.Cluster, f *found) {
	if len(c.EndpointAddresses) == 0 {
		return
	}
	var without []string
	for _, h := range c.Hosts {
		speaks := slices.ContainsFunc(c.EndpointAddresses, func(a netip.Addr) bool { return h.AddressIn(topology.FamilyOf(a)).IsValid() })
		if h.IsNode() && !speaks && h.AddressIn(c.Primary()).IsValid() { // else KH151 says what is missing
			without = append(without, h.Name)
		}
	}
	if len(without) > 0 {
		f.add(c, field{"endpoint", "host"}, "the endpoint is %s, and of the nodes these have no address of the family: %s", addressTexts(c.EndpointAddresses), list(without))
	}
}

func etcdFamily(c *topology.Cluster, f *found) {
	for _, m := range c.EtcdMembers {
		if !m.Spec.Etcd.Address.IsValid() {
			continue
		}
		family := topology.FamilyOf(m.Spec.Etcd.Address)
		var without []string
		for _, h := range c.Hosts {
			if (h.Is(topology.RoleControlPlane) || h.IsEtcdMember()) && !h.AddressIn(family).IsValid() {
				without = append(without, h.Name)
			}
		}
		if len(without) > 0 {
			f.add(c, field{"hosts", m.Name, "etcd", "address"}, "%s is %s, and these have no such address: %s", m.Spec.Etcd.Address, family, list(without))
		}
	}
}

func ipv6On(c *topology.Cluster, f *found) {
	used := slices.Clone(c.Families)
	for _, v := range c.VIPs {
		if family := topology.FamilyOf(v.Address); !slices.Contains(used, family) {
			used = append(used, family)
		}
	}
	check := func(at field, sysctls map[string]string) {
		for _, key := range []string{"net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.default.disable_ipv6"} {
			if sysctls[key] == "1" {
				f.add(c, append(at, key), "%s is 1, and the cluster has %s", key, families(used))
			}
		}
	}
	if !slices.Contains(used, topology.IPv6) {
		return
	}
	check(field{"machine", "sysctls"}, c.Spec.Machine.Sysctls)
	for _, h := range c.Hosts {
		if c.Has(topology.IPv6) || slices.Contains(vipCarriers(c), h) {
			check(field{"hosts", h.Name, "machine", "sysctls"}, h.Spec.Machine.Sysctls)
		}
	}
}
