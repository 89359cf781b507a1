package topology

import "github.com/khagen/khagen/internal/upstream"

// ExternalCA says whether kubeadm finds no authority's key on the control planes, and so makes no certificate itself: khagen
// pki issues all.
func (c *Cluster) ExternalCA() bool {
	return !c.Binaries() && !c.Spec.Kubernetes.Certificates.CAKeyOnHosts
}

// KubeadmCertificates are those that kubeadm itself makes on the host; none where khagen pki does.
func (h *Host) KubeadmCertificates() []Certificate {
	c := h.Cluster
	if c.Binaries() || c.ExternalCA() || !h.Is(RoleControlPlane) {
		return nil
	}
	return h.kubeadmCertificates()
}

// kubeadmCertificates are those that kubeadm would make on a control plane, at its paths.
func (h *Host) kubeadmCertificates() []Certificate {
	c := h.Cluster
	all := []Certificate{
		h.apiServerCertificate(),
		h.client(ClusterCA, "apiserver-kubelet-client", "kube-apiserver-kubelet-client", upstream.KubeletClientGroup(c.Version)),
		h.client(FrontProxyCA, "front-proxy-client", "front-proxy-client", ""),
	}
	if c.Spec.Etcd.Topology == EtcdStacked {
		all = append(all, h.client(EtcdCA, "apiserver-etcd-client", "kube-apiserver-etcd-client", ""))
		all = append(all, h.etcdCertificates(func(name string) string { return c.PKIFile("etcd/" + name) }, "")...)
	}
	return all
}

// Kubeconfig is one that belongs to a single host, with certificate and key inside.
type Kubeconfig struct {
	Certificate        // without a path of its own
	Path        string // on the host
	User        string
	Server      string   // URL
	Units       []string // that read it only when they start; a static pod's container has no .service
}

// Kubeconfigs are those that kubeadm would make on the host, in the order of their paths; none where it makes them. Control
// planes use the API server of their own host, where kubeadm has it so.
func (h *Host) Kubeconfigs() []Kubeconfig {
	c := h.Cluster
	if !c.ExternalCA() || !h.IsNode() {
		return nil
	}
	endpoint, own := "https://"+c.Endpoint, "https://"+HostPort(h.Address(), c.Spec.Kubernetes.APIServer.Port)
	login := func(file, server, commonName, organization string, units ...string) Kubeconfig {
		return Kubeconfig{
			Certificate{Authority: ClusterCA, CommonName: commonName, Organization: organization, Client: true},
			c.ConfigFile(file), commonName, server, units,
		}
	}
	kubelet := func(server string) Kubeconfig {
		return login("kubelet.conf", server, "system:node:"+h.NodeName, "system:nodes", Unit("kubelet"))
	}
	if !h.Is(RoleControlPlane) {
		return []Kubeconfig{kubelet(endpoint)}
	}
	all := []Kubeconfig{
		login("admin.conf", endpoint, "kubernetes-admin", upstream.KubeadmAdminGroup(c.Version)),
		login("controller-manager.conf", own, "system:kube-controller-manager", "", "kube-controller-manager"),
		kubelet(own),
		login("scheduler.conf", own, "system:kube-scheduler", "", "kube-scheduler"),
	}
	if c.Version.AtLeast(1, 29) { // older kubeadm has none; each init phase wants it, and runs on any control plane
		all = append(all, login("super-admin.conf", endpoint, "kubernetes-super-admin", "system:masters"))
	}
	for i := range all {
		if c.AnswersARP() && h.IsKubeVIP() && all[i].Path == h.KubeVIPLogin() { // a file that was replaced is seen by a new container alone
			all[i].Units = append(all[i].Units, "kube-vip")
		}
	}
	return all
}
