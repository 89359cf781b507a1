package topology

import (
	"cmp"
	"slices"

	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

// Host is one host with all that follows for it.
type Host struct {
	Cluster  *Cluster
	Spec     *schema.Host
	Name     string // in the definition, in the tree, in inventories
	NodeName string // of its Node object and certificates

	Machine schema.Machine // the cluster's with the host's laid over it
	Kubelet schema.Kubelet // likewise
	OS      upstream.OS

	VRRPPriority int       // 0 where the host speaks no VRRP
	Packages     []Package // what has to be installed, sorted
	Units        []string  // systemd units that have to be enabled, sorted
	Programs     []Program // what has to be installed beside packages, in the order of their paths
}

// Package is a distribution package.
type Package struct {
	Name    string
	Version string // a pattern such as "1.36.3-*"; any where empty
	Hold    bool
}

func newHost(c *Cluster, name string, spec *schema.Host) *Host {
	h := &Host{
		Cluster:  c,
		Spec:     spec,
		Name:     name,
		NodeName: cmp.Or(spec.NodeName, name),
		Machine:  mergeMachine(c.Spec.Machine, spec.Machine),
		Kubelet:  mergeKubelet(c.Spec.Kubernetes.Kubelet, spec.Kubelet),
	}
	h.Machine.ContainerRuntime = c.runtime(h.Machine.ContainerRuntime)
	h.OS = upstream.OperatingSystem(h.Machine.OS)
	return h
}

// Is says whether the host has a role.
func (h *Host) Is(role string) bool { return slices.Contains(h.Spec.Roles, role) }

// IsNode says whether a kubelet of the cluster runs on the host. kubeadm's control planes need one for their static pods;
// without kubeadm they are nodes only where they are workers too.
func (h *Host) IsNode() bool {
	return h.Is(RoleWorker) || h.Is(RoleControlPlane) && !h.Cluster.Binaries()
}

// States of hosts.
const (
	StateJoining = "joining"
	StateLeaving = "leaving"
)

// IsJoining says whether the host is new to a cluster that runs.
func (h *Host) IsJoining() bool { return h.Spec.State == StateJoining }

// IsLeaving says whether the host is on its way out: nothing is balanced to it, and no other etcd member names it.
func (h *Host) IsLeaving() bool { return h.Spec.State == StateLeaving }

// IsActive says whether others rely on the host: it neither joins nor leaves.
func (h *Host) IsActive() bool { return !h.IsJoining() && !h.IsLeaving() }

// Active are those of the hosts that others rely on.
func Active(hosts []*Host) []*Host {
	return slices.DeleteFunc(slices.Clone(hosts), func(h *Host) bool { return !h.IsActive() })
}

// IsLoadBalancer says whether a balancer that khagen renders runs on the host.
func (h *Host) IsLoadBalancer() bool { return slices.Contains(h.Cluster.LoadBalancers, h) }

// IsVRRPPeer says whether the host can carry the VIP by VRRP. One that joins is known to its peers, and speaks once it is
// active: who starts before the others send to it hears nobody, and takes the address that another has.
func (h *Host) IsVRRPPeer() bool { return !h.IsJoining() && slices.Contains(h.Cluster.VRRPPeers, h) }

// HasStaticPods says whether khagen renders static pods for the host.
func (h *Host) HasStaticPods() bool {
	spec := h.Cluster.Spec
	return h.IsLoadBalancer() && spec.LoadBalancer.Runtime == RuntimeStaticPod || h.mayBeKubeVIP() ||
		h.IsVRRPPeer() && spec.VIP.Keepalived.Runtime == RuntimeStaticPod
}

// KubeletRoot is the folder in which the kubelet keeps its state.
func (h *Host) KubeletRoot() string {
	if own := h.Kubelet.ExtraArgs["root-dir"]; len(own) > 0 {
		return own[len(own)-1] // the last of a repeated flag wins
	}
	return "/var/lib/kubelet"
}

// VRRPInterface is where the host speaks VRRP.
func (h *Host) VRRPInterface() string { return cmp.Or(h.Spec.VRRP.Interface, h.Spec.Interface) }

// SSHAddress is where the host is reached by SSH.
func (h *Host) SSHAddress() string { return cmp.Or(h.Spec.SSH.Address, h.Spec.Address.String()) }
