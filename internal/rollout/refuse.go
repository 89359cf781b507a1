package rollout

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// refusals are what no order makes safe, in the order in which they are looked for.
func (c *change) refusals() []Refusal {
	all := []Refusal{}
	for _, find := range []func() *Refusal{
		c.refuseInstall, c.refuseEtcdTopology, c.refuseNetworks, c.refuseBootstrap, c.refuseVersion, c.refuseEndpoint, c.refusePort,
		c.refuseAddresses, c.refuseVIP, c.refuseVRRP, c.refuseBalancerPort, c.refuseEtcdMembers, c.refuseEtcdStart, c.refuseEtcdWhileMoving, c.refuseEtcdSettings,
		c.refuseEtcdVersion, c.refuseControlPlanes, c.refuseNames,
	} {
		if r := find(); r != nil {
			all = append(all, *r)
		}
	}
	return all
}

func (c *change) refuseInstall() *Refusal {
	if c.was.Install == c.is.Install {
		return nil
	}
	return &Refusal{
		fmt.Sprintf("kubernetes.install goes from %s to %s", c.was.Install, c.is.Install),
		"both would run the same control plane on the same ports, from other files and with other keys",
		[]string{
			"define a second cluster with the new way, on hosts of its own, and deliver it",
			"move the workloads there",
			"delete the first one's definition",
		},
	}
}

func (c *change) refuseEtcdTopology() *Refusal {
	if c.was.Etcd.Topology == c.is.Etcd.Topology {
		return nil
	}
	return &Refusal{
		fmt.Sprintf("etcd.topology goes from %s to %s", c.was.Etcd.Topology, c.is.Etcd.Topology),
		"the new members would start an empty cluster of etcd, and API servers would serve nothing from it",
		[]string{
			"take a copy: etcdctl snapshot save FILE, and stop all API servers, so that nothing is written after it",
			"restore it on every new member: etcdutl snapshot restore FILE, as https://etcd.io/docs/latest/op-guide/recovery/ says",
			"then deliver the new tree to all hosts, as the first time: the API is away until that is done",
		},
	}
}

func (c *change) refuseNetworks() *Refusal {
	was, is := c.was.Networks, c.is.Networks
	what := ""
	switch {
	case !slices.Equal(was.Pods, is.Pods):
		what = fmt.Sprintf("networking.podCIDRs go from %s to %s", strings.Join(was.Pods, ","), strings.Join(is.Pods, ","))
	case !slices.Equal(was.Services, is.Services):
		what = fmt.Sprintf("networking.serviceCIDRs go from %s to %s", strings.Join(was.Services, ","), strings.Join(is.Services, ","))
	case was.Domain != is.Domain:
		what = fmt.Sprintf("networking.dnsDomain goes from %s to %s", was.Domain, is.Domain)
	default:
		return nil
	}
	return &Refusal{
		what,
		"nodes and services keep what they were given: old and new would not reach each other, and no restart changes that",
		[]string{
			"more addresses for services: leave the first CIDR, and create a ServiceCIDR object (Kubernetes 1.33 and later)",
			"more addresses for pods: the CNI's own pools, or new nodes with another node CIDR mask",
			"else define a second cluster, move the workloads, and delete the first",
		},
	}
}

func (c *change) refuseBootstrap() *Refusal {
	if c.is.Bootstrap == "" || c.was.Bootstrap == c.is.Bootstrap {
		return nil
	}
	return &Refusal{
		fmt.Sprintf("bootstrapHost goes from %q to %q", c.was.Bootstrap, c.is.Bootstrap),
		"kubeadm init ran already: run on another host it would make a second cluster with the same name",
		[]string{"delete bootstrapHost: it is for a cluster that does not run yet", "let the host join: state \"joining\""},
	}
}

// numbers of a version: "1.36.3"; zeros where it has fewer.
func numbers(version string) (n [3]int) {
	for i, part := range strings.SplitN(version, ".", 3) {
		n[i], _ = strconv.Atoi(part)
	}
	return n
}

// skips says why one version can't follow another, empty where it can. What a patch version wrote, its minor version reads.
func skips(was, is string) string {
	from, to := numbers(was), numbers(is)
	switch {
	case slices.Compare(to[:2], from[:2]) < 0:
		return "older"
	case from[0] != to[0] || to[1]-from[1] > 1:
		return "far"
	}
	return ""
}

// older tells whether a version goes back, were it by a patch.
func older(was, is string) bool {
	from, to := numbers(was), numbers(is)
	return slices.Compare(to[:], from[:]) < 0
}

func (c *change) refuseVersion() *Refusal {
	what := fmt.Sprintf("Kubernetes goes from %s to %s", c.was.Kubernetes, c.is.Kubernetes)
	came := c.hosts(func(had, has tree.Member) bool { return had.Name == "" && has.Name != "" && is(has, roleControlPlane) })
	skip := skips(c.was.Kubernetes, c.is.Kubernetes)
	if skip == "" && c.kubeadm() && older(c.was.Kubernetes, c.is.Kubernetes) {
		return &Refusal{
			what, "packages of nodes don't go back by themselves, and kubeadm tests no way back",
			[]string{"a bug fix is worth a look first: is a newer patch out?"},
		}
	}
	switch skip {
	case "older":
		return &Refusal{
			what, "what the newer version wrote to etcd, the older one need not understand: nobody supports the way back",
			[]string{"restore etcd from the copy taken before the upgrade, with the old tree on all control planes"},
		}
	case "far":
		from := numbers(c.was.Kubernetes)
		return &Refusal{
			what, "API servers support no step over a minor version, and kubeadm refuses it",
			[]string{
				fmt.Sprintf("set the version to the latest patch of %d.%d, build, deliver", from[0], from[1]+1),
				"go on so, one minor version at a time; kubelets have to follow before they are three behind",
			},
		}
	}
	if c.upgrades() && len(came) > 0 && c.kubeadm() {
		return &Refusal{
			what + ", and " + tree.Words(came) + " joins",
			"kubeadm joins control planes by the version that the cluster has, which is none while it is upgraded",
			[]string{"upgrade first, in a change of its own", "then let " + tree.Words(came) + " join"},
		}
	}
	return nil
}

func (c *change) refuseEndpoint() *Refusal {
	if !c.kubeadm() || c.was.Endpoint == c.is.Endpoint {
		return nil
	}
	return &Refusal{
		fmt.Sprintf("endpoint goes from %s to %s", c.was.Endpoint, c.is.Endpoint),
		"kubeadm writes controlPlaneEndpoint into its ConfigMap, cluster-info and every kubelet.conf, and has no command that changes it",
		[]string{
			"keep the endpoint's name, and let it lead elsewhere: its record in DNS, or vip.address with its line in /etc/hosts",
			fmt.Sprintf("for a new name beside it: kubernetes.apiServer.certSANs: [%q], and clients of your own may use it", hostOf(c.is.Endpoint)),
			"an address as endpoint can't be led elsewhere: keep that address as the VIP of the new balancers, or move to a second cluster",
		},
	}
}

func (c *change) refusePort() *Refusal {
	if c.was.APIServer == nil || c.is.APIServer == nil || c.was.APIServer.Port == c.is.APIServer.Port {
		return nil
	}
	return &Refusal{
		fmt.Sprintf("kubernetes.apiServer.port goes from %d to %d", c.was.APIServer.Port, c.is.APIServer.Port),
		"balancers and nodes know one port for all API servers: between the first and the last of them some would ask in vain",
		[]string{"replace the control planes: each one leaves, and joins again, in a cluster with the new port", "or leave the port: a balancer may listen on another"},
	}
}

func (c *change) refuseAddresses() *Refusal {
	moved := c.hosts(func(had, has tree.Member) bool {
		return had.Name != "" && has.Name != "" && (had.Address != has.Address || had.NodeName != has.NodeName && had.NodeName != "" && has.NodeName != "")
	})
	if len(moved) == 0 {
		return nil
	}
	return &Refusal{
		"another address or node name of " + tree.Words(moved),
		"etcd, certificates and the Node object know a host by them: with others it is another host",
		[]string{
			`let it leave: state: "leaving", build, deliver; then delete its entry`,
			`let it join with the new ones: its entry with state: "joining"`,
			"one host after the other",
		},
	}
}
