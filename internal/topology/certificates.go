package topology

import (
	"net/netip"
	"slices"
	"strings"
)

// Authorities of a cluster, by the names of their files.
const (
	ClusterCA    = "ca"
	EtcdCA       = "etcd-ca"
	FrontProxyCA = "front-proxy-ca"
)

// ServiceAccountKeys is the pair of keys that service accounts' tokens are signed and verified with.
const ServiceAccountKeys = "sa"

// EtcdUser is the user and group that etcd runs as.
const EtcdUser = "etcd"

// Certificate is one that belongs to a single host: PATH.crt and PATH.key.
type Certificate struct {
	Path         string // on the host, without .crt and .key
	Authority    string // who signs it
	CommonName   string
	Organization string // empty: none
	DNSNames     []string
	Addresses    []netip.Addr
	Server       bool     // may serve: serverAuth
	Client       bool     // may log in: clientAuth
	Owner        string   // of the key, "user:group"; root:root where empty
	Units        []string // that read it only when they start
}

// SharedFile is a certificate or key that several hosts have alike.
type SharedFile struct {
	Path   string   // on the host
	Of     string   // an authority, or ServiceAccountKeys
	Key    bool     // the private half
	Units  []string // of khagen's that read it only when they start; a static pod's container has no .service
	Reload []string // units that read it again when they are told to
}

// NeedsPKI says whether the cluster's hosts need what khagen pki makes. Where kubeadm runs all, it can make its own.
func (c *Cluster) NeedsPKI() bool { return c.Binaries() || c.RunsEtcd() || c.ExternalCA() }

// Certificates are those that khagen pki issues for the host, in the order of their paths. kubeadm issues its own.
func (h *Host) Certificates() []Certificate {
	var all []Certificate
	if h.Cluster.RunsEtcd() && h.IsEtcdMember() {
		all = append(all, h.etcdCertificates(h.Cluster.EtcdPKIFile, EtcdUser+":"+EtcdUser)...)
	}
	if h.Is(RoleControlPlane) && h.Cluster.RunsEtcd() {
		all = append(all, h.client(EtcdCA, "apiserver-etcd-client", "kube-apiserver-etcd-client", ""))
	}
	if h.Cluster.ExternalCA() && h.Is(RoleControlPlane) {
		all = append(all, h.kubeadmCertificates()...)
	}
	if h.Cluster.Binaries() && h.Is(RoleControlPlane) {
		all = append(all,
			h.apiServerCertificate(),
			h.client(ClusterCA, "apiserver-kubelet-client", "kube-apiserver-kubelet-client", ""),
			h.client(FrontProxyCA, "front-proxy-client", "front-proxy-client", ""),
			h.client(ClusterCA, "controller-manager", "system:kube-controller-manager", ""),
			h.client(ClusterCA, "scheduler", "system:kube-scheduler", ""),
		)
	}
	if h.Cluster.Binaries() && h.IsNode() {
		all = append(all, h.nodeCertificates()...)
	}
	if h.Cluster.Binaries() && h.mayBeKubeVIP() {
		all = append(all, h.client(ClusterCA, KubeVIPCertificate, KubeVIPUser, ""))
	}
	slices.SortFunc(all, func(a, b Certificate) int { return strings.Compare(a.Path, b.Path) })
	return all
}

func (h *Host) client(authority, name, commonName, organization string) Certificate {
	return Certificate{
		Path: h.Cluster.PKIFile(name), Authority: authority, CommonName: commonName, Organization: organization, Client: true,
	}
}

// apiServerCertificate has the names that kubeadm would put in: this host's own beside those of CertSANs.
func (h *Host) apiServerCertificate() Certificate {
	n := h.Cluster.Spec.Kubernetes.Networking
	names := []string{
		h.NodeName, "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + n.DNSDomain,
	}
	addrs := h.Addresses()
	for _, p := range n.ServiceCIDRs {
		addrs = append(addrs, p.Masked().Addr().Next())
	}
	for _, san := range h.Cluster.CertSANs {
		if a, err := netip.ParseAddr(san); err == nil {
			addrs = append(addrs, a)
		} else {
			names = append(names, san)
		}
	}
	c := Certificate{Path: h.Cluster.PKIFile("apiserver"), Authority: ClusterCA, CommonName: "kube-apiserver", Server: true}
	c.names(names, addrs)
	return c
}

// etcdCertificates serve and log in, both: a member is a client of its peers, and of itself. They lie at a path by their
// names; the owner is that of the keys that etcd reads.
func (h *Host) etcdCertificates(file func(name string) string, owner string) []Certificate {
	names := []string{h.NodeName, "localhost"}
	// Members compare a peer's certificate with the address that it connects from, which routing may make the host's own.
	addrs := append(h.Addresses(), h.EtcdAddress(), IPv4.Loopback(), IPv6.Loopback())
	var all []Certificate
	for _, name := range []string{"server", "peer"} {
		c := Certificate{
			Path: file(name), Authority: EtcdCA, CommonName: h.NodeName, Server: true, Client: true, Owner: owner,
		}
		c.names(names, addrs)
		all = append(all, c)
	}
	health := h.client(EtcdCA, "", "kube-etcd-healthcheck-client", "")
	health.Path = file("healthcheck-client")
	return append(all, health)
}

// nodeCertificates are those of a worker. A kubelet that joins by a token asks for its own.
func (h *Host) nodeCertificates() []Certificate {
	var all []Certificate
	if !h.Cluster.JoinsByToken() {
		user, group := "system:node:"+h.NodeName, "system:nodes"
		serving := Certificate{
			Path: h.Cluster.PKIFile("kubelet"), Authority: ClusterCA, CommonName: user, Organization: group, Server: true,
		}
		serving.names([]string{h.NodeName}, h.Addresses())
		if !h.Cluster.Version.AtLeast(1, 31) { // ReloadKubeletServerCertificateFile in pkg/features/kube_features.go
			serving.Units = h.Cluster.units("kubelet")
		}
		all = append(all, serving, h.client(ClusterCA, "kubelet-client", user, group))
	}
	if h.Cluster.RunsKubeProxy() {
		all = append(all, h.client(ClusterCA, "kube-proxy", "system:kube-proxy", ""))
	}
	return all
}

// names sets the names that the certificate serves: sorted, and each once.
func (c *Certificate) names(names []string, addrs []netip.Addr) {
	names = slices.SortedFunc(slices.Values(names), CompareNatural)
	addrs = slices.SortedFunc(slices.Values(addrs), netip.Addr.Compare)
	c.DNSNames, c.Addresses = slices.Compact(names), slices.Compact(addrs)
}

// JoinsByToken says whether kubelets log in with a bootstrap token first and ask for their certificates.
func (c *Cluster) JoinsByToken() bool { return c.Spec.Kubernetes.Join.Discovery == "token" }

// SharedFiles are what the host has of the cluster's authorities and keys, in the order of their paths.
func (h *Host) SharedFiles() []SharedFile {
	c := h.Cluster
	var all []SharedFile
	authority := func(of, path string, key bool, units ...string) {
		all = append(all, SharedFile{Path: path + ".crt", Of: of, Units: units})
		if key {
			all = append(all, SharedFile{Path: path + ".key", Of: of, Key: true})
		}
	}
	keys := c.Spec.Kubernetes.Certificates.CAKeyOnHosts
	switch {
	case h.Is(RoleControlPlane):
		authority(ClusterCA, c.PKIFile("ca"), keys, c.units("kube-controller-manager")...)
		authority(FrontProxyCA, c.PKIFile("front-proxy-ca"), keys && !c.Binaries()) // kubeadm signs with it
		all = append(all, h.serviceAccountKeys()...)
		if len(c.EtcdMembers) > 0 {
			authority(EtcdCA, c.PKIFile("etcd/ca"), keys && !c.RunsEtcd(), c.units("kube-apiserver")...)
		}
	case h.IsNode() && !c.Binaries(): // kubeadm brings the CA, and refuses to join where it lies already
	case h.IsNode(), h.IsLoadBalancer() && c.verifiesAPIServers():
		authority(ClusterCA, c.PKIFile("ca"), false)
	}
	if c.RunsEtcd() && h.IsEtcdMember() {
		authority(EtcdCA, c.EtcdPKIFile("ca"), false, Unit("etcd"))
	}
	for i, s := range all {
		if s.Path == c.PKIFile("ca.crt") {
			h.tellHAProxy(&all[i])
			h.tellKubeVIP(&all[i])
		}
	}
	slices.SortFunc(all, func(a, b SharedFile) int { return strings.Compare(a.Path, b.Path) })
	return slices.CompactFunc(all, func(a, b SharedFile) bool { return a.Path == b.Path && a.Of == b.Of })
}

// verifiesAPIServers says whether balancers compare API servers' certificates with the cluster's authority.
func (c *Cluster) verifiesAPIServers() bool { return c.Spec.LoadBalancer.HealthCheck.VerifyCA }

// tellHAProxy has the host's balancer take another authority. haproxy reads it with its configuration; only a new
// container sees a mounted file that was replaced.
func (h *Host) tellHAProxy(ca *SharedFile) {
	switch c := h.Cluster; {
	case !h.IsLoadBalancer() || !c.verifiesAPIServers():
	case c.Spec.LoadBalancer.Runtime == RuntimeStaticPod:
		ca.Units = append(ca.Units, "haproxy")
	case c.Spec.LoadBalancer.Runtime == RuntimeContainer:
		ca.Units = append(ca.Units, Unit(BalancerContainer))
	default:
		ca.Reload = append(ca.Reload, Unit("haproxy"))
	}
}

// tellKubeVIP has the host's kube-vip take another authority: its container has the old file until it starts again.
func (h *Host) tellKubeVIP(ca *SharedFile) {
	if h.IsKubeVIP() && (h.Cluster.Binaries() || h.Cluster.KubeVIPChecks()) {
		ca.Units = append(ca.Units, "kube-vip")
	}
}

func (h *Host) serviceAccountKeys() []SharedFile {
	c := h.Cluster
	return []SharedFile{
		{Path: c.PKIFile("sa.key"), Of: ServiceAccountKeys, Key: true, Units: c.units("kube-apiserver", "kube-controller-manager")},
		{Path: c.PKIFile("sa.pub"), Of: ServiceAccountKeys, Units: c.units("kube-apiserver")},
	}
}

// units are those of components; none where kubeadm runs them as pods.
func (c *Cluster) units(components ...string) []string {
	var units []string
	for _, component := range components {
		if c.Binaries() {
			units = append(units, Unit(component))
		}
	}
	return units
}
