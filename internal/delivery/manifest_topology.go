package delivery

import (
	"fmt"
	"net"
	"slices"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// topologyOf is what the cluster's manifest says of all hosts alike.
func topologyOf(c *topology.Cluster) *tree.Topology {
	lb := c.Spec.LoadBalancer
	t := &tree.Topology{
		Kubernetes: c.Spec.Kubernetes.Version, Install: c.Spec.Kubernetes.Install, Endpoint: c.Endpoint,
		Balancer: &tree.Balancer{Placement: lb.Placement}, Etcd: &tree.Etcd{Topology: c.Spec.Etcd.Topology},
	}
	t.Addresses = texts(c.EndpointAddresses)
	t.APIServer = &tree.APIServer{Port: c.Spec.Kubernetes.APIServer.Port}
	n := c.Spec.Kubernetes.Networking
	t.Networks = &tree.Networks{Pods: texts(n.PodCIDRs), Services: texts(n.ServiceCIDRs), Domain: n.DNSDomain}
	if c.Bootstrap != nil {
		t.Bootstrap = c.Bootstrap.Name
	}
	if len(c.LoadBalancers) > 0 {
		t.Balancer = &tree.Balancer{
			Placement: lb.Placement, Proxy: lb.Proxy, Runtime: lb.Runtime, Port: c.LoadBalancerPort,
			Addresses: texts(c.BalancerAddresses()), Unit: c.BalancerUnit(),
		}
	}
	if len(c.VIPs) > 0 {
		t.VIP = &tree.VIP{Provider: c.Spec.VIP.Provider, Unit: c.KeepalivedUnit()}
		for _, v := range c.VIPs {
			t.VIP.Addresses = append(t.VIP.Addresses, v.Address.String())
		}
		if len(c.VRRPPeers) > 0 {
			t.VIP.RouterID, t.VIP.Preempt = c.Spec.VIP.Keepalived.VirtualRouterID, c.Spec.VIP.Keepalived.Preempt
		}
	}
	switch {
	case c.RunsEtcd():
		if v, err := c.EtcdVersion(); err == nil {
			t.Etcd.Version = v.String()
		}
		client := c.EtcdPKIFile("healthcheck-client")
		t.Etcd.Ctl = &tree.Etcdctl{Program: c.Program("etcdctl"), CA: c.EtcdPKIFile("ca.crt"), Certificate: client + ".crt", Key: client + ".key"}
	case len(c.EtcdMembers) == 0:
		t.Etcd.Endpoints = c.EtcdEndpoints()
	}
	return t
}

// texts of addresses or networks.
func texts[T fmt.Stringer](all []T) []string {
	var list []string
	for _, one := range all {
		list = append(list, one.String())
	}
	return list
}

// members are the cluster's hosts as the others see them.
func members(c *topology.Cluster) []tree.Member {
	var all []tree.Member
	for _, h := range c.Hosts {
		m := tree.Member{
			Name: h.Name, Address: h.Address().String(), Roles: slices.Sorted(slices.Values(h.Spec.Roles)), State: stateOf(h),
			OS: h.OS.Family, Zone: h.Spec.Zone, Priority: h.VRRPPriority, Balances: h.IsLoadBalancer(),
			Carries: slices.Contains(c.VRRPPeers, h) || slices.Contains(c.KubeVIPs, h),
		}
		if h.IsNode() {
			m.NodeName = h.NodeName
		}
		if h.IsEtcdMember() {
			m.Etcd = "https://" + net.JoinHostPort(h.EtcdAddress().String(), topology.EtcdClientPort)
		}
		all = append(all, m)
	}
	return all
}

// stateOf is that of a host on which others don't rely, "" for all others.
func stateOf(h *topology.Host) string {
	if h.IsActive() {
		return ""
	}
	return h.Spec.State
}

// certificates are those that the host serves with.
func certificates(h *topology.Host) []tree.Certificate {
	var all []tree.Certificate
	add := func(issuer string, list []topology.Certificate) {
		for _, c := range list {
			if !c.Server {
				continue
			}
			names := slices.Clone(c.DNSNames)
			for _, a := range c.Addresses {
				names = append(names, a.String())
			}
			all = append(all, tree.Certificate{Path: c.Path + ".crt", Names: names, Issuer: issuer})
		}
	}
	add("kubeadm", h.KubeadmCertificates())
	add("khagen pki", h.Certificates())
	return all
}
