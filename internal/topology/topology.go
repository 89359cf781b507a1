// Package topology works out what follows from a definition: who balances, who carries the virtual address and with
// which priority, which names certificates need, which machine each host has to be. In comes a schema.Cluster, out
// goes a Cluster that rules, generators and delivery read; nobody derives the same thing a second time.
package topology

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

// Roles of hosts.
const (
	RoleControlPlane = "control-plane"
	RoleEtcd         = "etcd"
	RoleLoadBalancer = "load-balancer"
	RoleWorker       = "worker"
)

// Values of the definition that several rooms ask for.
const (
	PlacementControlPlane = "control-plane"
	PlacementHosts        = "hosts"
	PlacementNodeLocal    = "node-local"
	PlacementExternal     = "external"
	PlacementNone         = "none"

	RuntimeSystemd   = "systemd"
	RuntimeStaticPod = "static-pod"
	RuntimeContainer = "container"

	EtcdStacked  = "stacked"
	EtcdHosts    = "hosts"
	EtcdExternal = "external"

	InstallKubeadm  = "kubeadm"
	InstallBinaries = "binaries"

	ProviderKeepalived = "keepalived"
	ProviderKubeVIP    = "kube-vip"
)

// Cluster is a definition with all that follows from it.
type Cluster struct {
	Spec    *schema.Cluster
	Version upstream.Version // of Kubernetes

	Families []Family // of pods and services, the primary first

	Endpoint          string       // host:port that kubelets and clients connect to
	EndpointAddresses []netip.Addr // those behind Endpoint where khagen knows them and they are the same for all, the primary family's first
	LoadBalancerPort  int          // where the balancer listens
	VIPs              []VIP        // virtual addresses, the primary family's first
	CertSANs          []string     // what API server certificates carry beyond what kubeadm puts in by itself, sorted
	ClusterDNS        []string     // the DNS service's addresses

	Hosts         []*Host // all hosts, in natural order of their names, as the lists below
	ControlPlanes []*Host //
	Workers       []*Host //
	LoadBalancers []*Host // hosts with a balancer that khagen renders
	EtcdMembers   []*Host //
	VRRPPeers     []*Host // hosts that speak VRRP, or will once they are active
	KubeVIPs      []*Host // hosts on which kube-vip carries the VIP while they are active

	Backends   []Backend // API servers that the balancer spreads connections over
	VRRPWeight int       // what a failed check takes off a priority, negative
	Bootstrap  *Host     // runs kubeadm init; nil once the cluster exists
}

// Backend is an API server as the balancer sees it.
type Backend struct {
	Name    string
	Address netip.Addr // of the primary family
	Port    int
}

// HostPort is the address with the port, an IPv6 address in brackets.
func (b Backend) HostPort() string { return HostPort(b.Address, b.Port) }

// HostPort joins an address with a port, an IPv6 address in brackets.
func HostPort(a netip.Addr, port int) string { return net.JoinHostPort(a.String(), strconv.Itoa(port)) }

// New derives a cluster. It fails where the definition can't be understood at all; what is merely wrong is for rules.
func New(spec *schema.Cluster) (*Cluster, error) {
	version, err := upstream.ParseVersion(spec.Kubernetes.Version)
	if err != nil {
		return nil, fmt.Errorf("kubernetes.version: %w", err)
	}
	c := &Cluster{
		Spec:             spec,
		Version:          version,
		Families:         familiesOf(spec.Kubernetes.Networking.PodCIDRs),
		Endpoint:         net.JoinHostPort(canonical(spec.Endpoint.Host), strconv.Itoa(spec.Endpoint.Port)),
		LoadBalancerPort: cmp.Or(spec.LoadBalancer.Port, spec.Endpoint.Port),
	}
	if len(c.Families) == 0 {
		c.Families = []Family{IPv4} // no pod network at all, which the schema refuses
	}
	c.VIPs = c.vips()
	for _, name := range naturalOrder(spec.Hosts) {
		c.Hosts = append(c.Hosts, newHost(c, name, spec.Hosts[name]))
	}
	c.ControlPlanes = c.with(RoleControlPlane)
	c.Workers = c.with(RoleWorker)
	c.EtcdMembers = c.etcdMembers()
	c.LoadBalancers = c.loadBalancers()
	c.VRRPPeers = c.vrrpPeers()
	c.KubeVIPs = c.kubeVIPCarriers()
	c.setVRRP()
	for _, h := range Active(c.ControlPlanes) {
		c.Backends = append(c.Backends, Backend{h.Name, h.Address(), spec.Kubernetes.APIServer.Port})
	}
	if i := slices.IndexFunc(c.Hosts, func(h *Host) bool { return h.Name == spec.BootstrapHost }); i >= 0 {
		c.Bootstrap = c.Hosts[i]
	}
	c.EndpointAddresses = c.endpointAddresses()
	c.CertSANs = c.certSANs()
	c.ClusterDNS = clusterDNS(spec.Kubernetes.Networking.ServiceCIDRs)
	for _, h := range c.Hosts {
		h.setRequirements()
		if h.Programs, err = h.programs(); err != nil {
			return nil, fmt.Errorf("etcd.version: %w", err)
		}
	}
	return c, nil
}

func (c *Cluster) with(role string) []*Host {
	var hosts []*Host
	for _, h := range c.Hosts {
		if h.Is(role) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

func (c *Cluster) etcdMembers() []*Host {
	switch c.Spec.Etcd.Topology {
	case EtcdStacked:
		return c.ControlPlanes
	case EtcdHosts:
		return c.with(RoleEtcd)
	}
	return nil
}

func (c *Cluster) loadBalancers() []*Host {
	switch c.Spec.LoadBalancer.Placement {
	case PlacementControlPlane:
		return c.ControlPlanes
	case PlacementHosts:
		return c.with(RoleLoadBalancer)
	case PlacementNodeLocal: // those that are only workers
		return slices.DeleteFunc(slices.Clone(c.Workers), func(h *Host) bool { return h.Is(RoleControlPlane) })
	}
	return nil
}

// endpointAddresses are known where the endpoint is an address, where a VIP stands behind its name, or where a single
// balancer does.
func (c *Cluster) endpointAddresses() []netip.Addr {
	if a, err := netip.ParseAddr(c.Spec.Endpoint.Host); err == nil {
		return []netip.Addr{a}
	}
	if len(c.VIPs) > 0 {
		var all []netip.Addr
		for _, v := range c.VIPs {
			all = append(all, v.Address)
		}
		return all
	}
	if !c.NodeLocal() && len(c.LoadBalancers) == 1 {
		return c.LoadBalancers[0].Addresses()
	}
	return nil
}

// BalancesByHAProxy says whether haproxy asks the API servers how they are, on balancers that khagen renders.
func (c *Cluster) BalancesByHAProxy() bool {
	return len(c.LoadBalancers) > 0 && c.Spec.LoadBalancer.Proxy == "haproxy"
}

// CheckWindow is how long an API server has to fail for the balancer to leave it out: as many checks as may fail.
func (c *Cluster) CheckWindow() time.Duration {
	check := c.Spec.LoadBalancer.HealthCheck
	return time.Duration(check.Fall) * check.Interval.Std()
}

// clusterDNS is the tenth address of each service network, as kubeadm has it.
func clusterDNS(services []netip.Prefix) []string {
	var dns []string
	for _, p := range services {
		a := p.Masked().Addr()
		for range 10 {
			a = a.Next()
		}
		dns = append(dns, a.String())
	}
	return dns
}
