package topology

import (
	"cmp"
	"net"
	"net/netip"
	"slices"

	"github.com/khagen/khagen/internal/upstream"
)

// Ports of etcd. The third answers metrics and health without TLS, on the loopback.
const (
	EtcdClientPort  = "2379"
	EtcdPeerPort    = "2380"
	EtcdMetricsPort = "2381"
)

// IsEtcdMember says whether a member of an etcd that belongs to the cluster runs on the host.
func (h *Host) IsEtcdMember() bool { return slices.Contains(h.Cluster.EtcdMembers, h) }

// EtcdName is the name of the host's member.
func (h *Host) EtcdName() string { return cmp.Or(h.Spec.Etcd.Name, h.NodeName) }

// EtcdAddress is where peers and clients reach the host's member.
func (h *Host) EtcdAddress() netip.Addr {
	if h.Spec.Etcd.Address.IsValid() {
		return h.Spec.Etcd.Address
	}
	return h.Address()
}

// EtcdDataDir is the folder of the member's data.
func (h *Host) EtcdDataDir() string { return cmp.Or(h.Spec.Etcd.DataDir, h.Cluster.Spec.Etcd.DataDir) }

// EtcdWALDir is the folder of the member's log; empty where it lies with the data.
func (h *Host) EtcdWALDir() string { return cmp.Or(h.Spec.Etcd.WALDir, h.Cluster.Spec.Etcd.WALDir) }

// EtcdPeers are the members that the host's member names in its initial cluster: itself, and all that don't leave.
func (h *Host) EtcdPeers() []*Host {
	return slices.DeleteFunc(slices.Clone(h.Cluster.EtcdMembers), func(m *Host) bool { return m != h && m.IsLeaving() })
}

// EtcdEndpoints are the URLs that API servers connect to.
func (c *Cluster) EtcdEndpoints() []string {
	if external := c.Spec.Etcd.External; c.Spec.Etcd.Topology == EtcdExternal && external != nil {
		return external.Endpoints
	}
	var urls []string
	for _, m := range Active(c.EtcdMembers) {
		urls = append(urls, "https://"+net.JoinHostPort(m.EtcdAddress().String(), EtcdClientPort))
	}
	return urls
}

// EtcdClientFiles are what API servers trust etcd's servers by, and log in with.
func (c *Cluster) EtcdClientFiles() (ca, cert, key string) {
	if external := c.Spec.Etcd.External; external != nil {
		return external.CAFile, external.CertFile, external.KeyFile
	}
	client := c.PKIFile("apiserver-etcd-client")
	return c.PKIFile("etcd/ca.crt"), client + ".crt", client + ".key"
}

// EtcdVersion is the definition's, else the one that belongs to the version of Kubernetes.
func (c *Cluster) EtcdVersion() (upstream.Version, error) {
	return upstream.ParseVersion(cmp.Or(c.Spec.Etcd.Version, upstream.DefaultEtcd(c.Version)))
}

// OldestEtcd is the oldest etcd beside a kubeadm that doesn't run etcd itself.
func (c *Cluster) OldestEtcd() string { return upstream.OldestEtcd(c.Version) }

// EtcdToken is the initial-cluster-token.
func (c *Cluster) EtcdToken() string { return cmp.Or(c.Spec.Etcd.Token, c.Spec.Name) }

// RunsEtcd says whether etcd on the cluster's hosts is a systemd unit of khagen's.
func (c *Cluster) RunsEtcd() bool {
	return len(c.EtcdMembers) > 0 && (c.Binaries() || c.Spec.Etcd.Topology == EtcdHosts)
}
