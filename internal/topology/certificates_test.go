package topology

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/schema"
)

// hostOf derives a cluster of two control planes and a worker that balances, and gives one of its hosts.
func hostOf(t *testing.T, install, name string, change func(*schema.Cluster)) *Host {
	t.Helper()
	spec := peers(2, nil)
	spec.VIP = nil
	spec.Kubernetes.Install = install
	spec.Kubernetes.Networking.DNSDomain = "cluster.local"
	spec.Kubernetes.Paths.Certificates = "/etc/kubernetes/pki"
	spec.Kubernetes.Certificates.CAKeyOnHosts = true
	spec.Kubernetes.Join.Discovery = "file"
	spec.Etcd.Topology = EtcdStacked
	spec.Etcd.Paths.Certificates = "/etc/etcd/pki"
	spec.LoadBalancer = schema.LoadBalancer{Placement: PlacementHosts}
	spec.LoadBalancer.HealthCheck.VerifyCA = true
	spec.Hosts["lb"] = &schema.Host{Roles: []string{RoleWorker, RoleLoadBalancer}, Address: netip.MustParseAddr("192.0.2.30")}
	if change != nil {
		change(spec)
	}
	c, err := New(spec)
	if err != nil {
		t.Fatal(err)
	}
	return c.Hosts[slices.IndexFunc(c.Hosts, func(h *Host) bool { return h.Name == name })]
}

// TestKubeletReadsCertificate: before 1.31 a kubelet has to be restarted for another serving certificate.
func TestKubeletReadsCertificate(t *testing.T) {
	for version, want := range map[string][]string{"1.30.14": {"kubelet.service"}, "1.31.0": nil} {
		h := hostOf(t, InstallBinaries, "lb", func(c *schema.Cluster) { c.Kubernetes.Version = version })
		for _, c := range h.Certificates() {
			if serving := c.Path == "/etc/kubernetes/pki/kubelet"; serving && !slices.Equal(c.Units, want) || !serving && c.Units != nil {
				t.Errorf("%s: %s restarts %v", version, c.Path, c.Units)
			}
		}
	}
}

// TestCertificateNames: a certificate has every name by which its host is asked for.
func TestCertificateNames(t *testing.T) {
	h := hostOf(t, InstallBinaries, "cp1", func(c *schema.Cluster) {
		c.Hosts["cp1"].NodeName = "one.example.net"
		c.Hosts["cp1"].Etcd.Address = netip.MustParseAddr("198.51.100.1")
		c.Kubernetes.APIServer.CertSANs = []string{"kube.example.net", "203.0.113.5"}
	})
	got := map[string]string{}
	for _, c := range h.Certificates() {
		if c.Server {
			got[c.Path] = fmt.Sprint(c.DNSNames, c.Addresses)
		}
	}
	const member = "[localhost one.example.net] [127.0.0.1 192.0.2.1 198.51.100.1 ::1]"
	want := map[string]string{
		"/etc/etcd/pki/server": member,
		"/etc/etcd/pki/peer":   member,
		"/etc/kubernetes/pki/apiserver": "[api.example.net cp2 kube.example.net kubernetes kubernetes.default kubernetes.default.svc " +
			"kubernetes.default.svc.cluster.local localhost one.example.net] [10.96.0.1 127.0.0.1 192.0.2.1 192.0.2.2 203.0.113.5 ::1]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSharedFiles: who has what of the authorities, and which units read it only when they start.
func TestSharedFiles(t *testing.T) {
	tests := []struct {
		name, install, host string
		want                []string
		change              func(*schema.Cluster)
	}{
		{"control plane", InstallBinaries, "cp1", []string{
			"/etc/etcd/pki/ca.crt restarts etcd",
			"/etc/kubernetes/pki/ca.crt restarts kube-controller-manager",
			"/etc/kubernetes/pki/ca.key",
			"/etc/kubernetes/pki/etcd/ca.crt restarts kube-apiserver",
			"/etc/kubernetes/pki/front-proxy-ca.crt",
			"/etc/kubernetes/pki/sa.key restarts kube-apiserver, kube-controller-manager",
			"/etc/kubernetes/pki/sa.pub restarts kube-apiserver",
		}, nil},
		{"worker that balances", InstallBinaries, "lb", []string{"/etc/kubernetes/pki/ca.crt reloads haproxy"}, nil},
		{"worker that balances without a look at certificates", InstallBinaries, "lb", []string{"/etc/kubernetes/pki/ca.crt"}, func(c *schema.Cluster) {
			c.LoadBalancer.HealthCheck.VerifyCA = false
		}},
		{"worker with a balancer in a pod", InstallBinaries, "lb", []string{"/etc/kubernetes/pki/ca.crt restarts haproxy"}, func(c *schema.Cluster) {
			c.LoadBalancer.Runtime = RuntimeStaticPod
		}},
		{"worker with a balancer in a container", InstallBinaries, "lb", []string{"/etc/kubernetes/pki/ca.crt restarts khagen-balancer"}, func(c *schema.Cluster) {
			c.LoadBalancer.Runtime = RuntimeContainer
		}},
		{"control plane that balances", InstallBinaries, "cp1", []string{
			"/etc/kubernetes/pki/ca.crt restarts kube-controller-manager reloads haproxy", "/etc/kubernetes/pki/ca.key",
			"/etc/kubernetes/pki/front-proxy-ca.crt",
			"/etc/kubernetes/pki/sa.key restarts kube-apiserver, kube-controller-manager",
			"/etc/kubernetes/pki/sa.pub restarts kube-apiserver",
		}, func(c *schema.Cluster) {
			c.Hosts["cp1"].Roles = append(c.Hosts["cp1"].Roles, RoleLoadBalancer)
			c.Etcd.Topology = EtcdExternal
		}},
		{"CA key elsewhere", InstallKubeadm, "cp2", []string{
			"/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/etcd/ca.crt", "/etc/kubernetes/pki/front-proxy-ca.crt",
			"/etc/kubernetes/pki/sa.key", "/etc/kubernetes/pki/sa.pub",
		}, func(c *schema.Cluster) {
			c.Kubernetes.Certificates.CAKeyOnHosts = false
		}},
		{"control plane of kubeadm's", InstallKubeadm, "cp1", []string{
			"/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/ca.key",
			"/etc/kubernetes/pki/etcd/ca.crt", "/etc/kubernetes/pki/etcd/ca.key",
			"/etc/kubernetes/pki/front-proxy-ca.crt", "/etc/kubernetes/pki/front-proxy-ca.key",
			"/etc/kubernetes/pki/sa.key", "/etc/kubernetes/pki/sa.pub",
		}, nil},
		{"worker of kubeadm's, which would not join", InstallKubeadm, "lb", nil, nil},
		{"balancer of kubeadm's", InstallKubeadm, "lb", []string{"/etc/kubernetes/pki/ca.crt reloads haproxy"}, func(c *schema.Cluster) {
			c.Hosts["lb"].Roles = []string{RoleLoadBalancer}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, s := range hostOf(t, test.install, test.host, test.change).SharedFiles() {
				line := s.Path
				if len(s.Units) > 0 {
					line += " restarts " + strings.ReplaceAll(strings.Join(s.Units, ", "), ".service", "")
				}
				if len(s.Reload) > 0 {
					line += " reloads " + strings.ReplaceAll(strings.Join(s.Reload, ", "), ".service", "")
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAuthoritiesKeys: no host but control planes has an authority's key.
func TestAuthoritiesKeys(t *testing.T) {
	keys := map[string]bool{}
	h := hostOf(t, InstallBinaries, "cp1", nil)
	for _, one := range h.Cluster.Hosts {
		for _, s := range one.SharedFiles() {
			if s.Key && s.Of != ServiceAccountKeys {
				keys[one.Name+" "+s.Of] = true
			}
		}
	}
	if diff := cmp.Diff([]string{"cp1 ca", "cp2 ca"}, slices.Sorted(maps.Keys(keys))); diff != "" {
		t.Error(diff)
	}
}

// TestKubeVIPCertificate: a host has it before it is active, so that nobody issues it later.
func TestKubeVIPCertificate(t *testing.T) {
	for _, state := range []string{"active", StateJoining, StateLeaving} {
		h := hostOf(t, InstallBinaries, "cp2", func(c *schema.Cluster) {
			c.VIP = &schema.VIP{Provider: ProviderKubeVIP, KubeVIP: &schema.KubeVIP{Mode: KubeVIPByARP}}
			c.Hosts["cp2"].State = state
		})
		if !slices.ContainsFunc(h.Certificates(), func(c Certificate) bool { return c.CommonName == KubeVIPUser }) {
			t.Errorf("%s: no certificate for kube-vip", state)
		}
		if got, want := h.IsKubeVIP(), state == "active"; got != want {
			t.Errorf("%s: kube-vip runs: %t", state, got)
		}
	}
}

// TestKubeVIPLoginRenewed: only a new container of kube-vip sees files that it mounts one by one.
func TestKubeVIPLoginRenewed(t *testing.T) {
	restarts := func(version, mode string) string {
		h := hostOf(t, InstallKubeadm, "cp1", func(c *schema.Cluster) {
			c.Kubernetes.Version, c.BootstrapHost = version, "cp1"
			c.Kubernetes.Certificates.CAKeyOnHosts = false
			c.Kubernetes.Paths.Config = "/etc/kubernetes"
			c.VIP = &schema.VIP{Provider: ProviderKubeVIP, KubeVIP: &schema.KubeVIP{Version: "1.2.3", Mode: mode}}
			c.VIP.KubeVIP.BGP = new(schema.VIPPeer)
		})
		var all []string
		for _, k := range h.Kubeconfigs() {
			if slices.Contains(k.Units, "kube-vip") {
				all = append(all, k.Path)
			}
		}
		for _, s := range h.SharedFiles() {
			if slices.Contains(s.Units, "kube-vip") {
				all = append(all, s.Path)
			}
		}
		return strings.Join(all, " ")
	}
	for _, test := range []struct{ version, mode, want string }{
		{"1.36.3", KubeVIPByARP, "/etc/kubernetes/admin.conf"},
		{"1.34.7", KubeVIPByARP, "/etc/kubernetes/super-admin.conf"},
		{"1.36.3", KubeVIPByBGP, "/etc/kubernetes/pki/ca.crt"}, // its check's; it asks the API for nothing
	} {
		if got := restarts(test.version, test.mode); got != test.want {
			t.Errorf("%s by %s: restarts for %q, want %q", test.version, test.mode, got, test.want)
		}
	}
}
