package topology

import (
	"net/netip"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/schema"
)

// binaries is a cluster without kubeadm: a control plane that is no node, one that is, and a node that has etcd.
func binaries(t *testing.T, change func(*schema.Cluster)) map[string]*Host {
	t.Helper()
	spec := peers(0, nil)
	spec.VIP = nil
	spec.LoadBalancer.Placement = PlacementExternal
	spec.Kubernetes.Install = InstallBinaries
	spec.Kubernetes.KubeProxy.Mode = "iptables"
	spec.Kubernetes.Paths.Binaries = "/opt/kubernetes/bin"
	spec.Etcd = schema.Etcd{Topology: EtcdHosts, Paths: schema.EtcdPaths{Binaries: "/opt/etcd/bin"}}
	spec.Machine = schema.Machine{OS: "debian-12", ContainerRuntime: schema.ContainerRuntime{Name: "containerd", Version: "1.6", Manage: true}}
	for i, roles := range [][]string{{RoleControlPlane}, {RoleControlPlane, RoleWorker}, {RoleWorker, RoleEtcd}} {
		spec.Hosts[[]string{"cp", "both", "node"}[i]] = &schema.Host{
			Roles: roles, Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}),
		}
	}
	if change != nil {
		change(spec)
	}
	c, err := New(spec)
	if err != nil {
		t.Fatal(err)
	}
	hosts := map[string]*Host{}
	for _, h := range c.Hosts {
		hosts[h.Name] = h
	}
	return hosts
}

// controlPlane and plugins are what hosts have of programs, by path.
var (
	controlPlane = []string{
		"/opt/kubernetes/bin/kube-apiserver", "/opt/kubernetes/bin/kube-controller-manager",
		"/opt/kubernetes/bin/kube-scheduler", "/opt/kubernetes/bin/kubectl",
	}
	node = []string{
		"/opt/kubernetes/bin/kube-proxy", "/opt/kubernetes/bin/kubelet",
		"/opt/cni/bin/bandwidth", "/opt/cni/bin/bridge", "/opt/cni/bin/firewall", "/opt/cni/bin/host-local",
		"/opt/cni/bin/loopback", "/opt/cni/bin/portmap", "/opt/cni/bin/tuning",
		"/usr/local/bin/crictl",
	}
	member = []string{"/opt/etcd/bin/etcd", "/opt/etcd/bin/etcdctl", "/opt/etcd/bin/etcdutl"}
)

func TestPrograms(t *testing.T) {
	for name, want := range map[string][]string{
		"cp": controlPlane, "both": slices.Concat(controlPlane, node), "node": slices.Concat(node, member),
	} {
		var got []string
		for _, p := range binaries(t, nil)[name].Programs {
			got = append(got, p.Path)
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(want)), got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	withoutProxy := binaries(t, func(c *schema.Cluster) { c.Kubernetes.KubeProxy.Mode = "none" })["node"]
	if slices.ContainsFunc(withoutProxy.Programs, func(p Program) bool { return strings.HasSuffix(p.Path, "/kube-proxy") }) {
		t.Error("kube-proxy is installed where the CNI does its work")
	}
	versions := map[string]string{"kubelet": "1.36.3", "etcd": "3.6.8", "loopback": "1.9.1"}
	for _, p := range binaries(t, nil)["node"].Programs {
		name := p.Path[strings.LastIndex(p.Path, "/")+1:]
		if want, ok := versions[name]; ok && p.Version != want {
			t.Errorf("%s has version %s, want %s", name, p.Version, want)
		}
	}
	other := binaries(t, func(c *schema.Cluster) { c.Etcd.Version = "3.6.16" })["node"]
	if i := slices.IndexFunc(other.Programs, func(p Program) bool { return p.Path == "/opt/etcd/bin/etcd" }); other.Programs[i].Version != "3.6.16" {
		t.Errorf("etcd has version %s", other.Programs[i].Version)
	}
	kubeadm := binaries(t, func(c *schema.Cluster) { c.Kubernetes.Install = InstallKubeadm; c.Etcd.Topology = EtcdStacked })
	for name, h := range kubeadm {
		if len(h.Programs) > 0 {
			t.Errorf("%s has programs beside kubeadm's packages: %v", name, h.Programs)
		}
	}
}

// TestProgramUnits wants to know of each program who has to be restarted where it changes, and what it is for.
func TestProgramUnits(t *testing.T) {
	got := map[string]string{}
	hosts := binaries(t, func(c *schema.Cluster) { c.Hosts["both"].Roles = append(c.Hosts["both"].Roles, RoleEtcd) })
	for _, p := range hosts["both"].Programs {
		got[path.Base(p.Path)] = strings.TrimSpace(p.Role + " " + p.Unit)
	}
	want := map[string]string{
		"etcd": "etcd etcd.service", "etcdctl": "etcd", "etcdutl": "etcd",
		"kube-apiserver":          "control-plane kube-apiserver.service",
		"kube-controller-manager": "control-plane kube-controller-manager.service",
		"kube-scheduler":          "control-plane kube-scheduler.service",
		"kubectl":                 "control-plane",
		"kubelet":                 "worker kubelet.service",
		"kube-proxy":              "worker kube-proxy.service",
		"crictl":                  "worker",
	}
	for _, name := range cniPlugins {
		want[name] = "worker"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestNodeRequirements wants the programs that kube-proxy calls as packages, and no package of Kubernetes.
func TestNodeRequirements(t *testing.T) {
	tests := []struct {
		name, mode, version, os string
		want                    []string
	}{
		{"iptables", "iptables", "1.36.3", "debian-12", []string{"containerd", "iptables"}},
		{"nftables", "nftables", "1.36.3", "debian-12", []string{"containerd", "nftables"}},
		{"ipvs", "ipvs", "1.36.3", "debian-12", []string{"containerd", "ipset", "iptables", "ipvsadm"}},
		{"none", "none", "1.31.14", "debian-12", []string{"containerd"}},
		{"conntrack is a program still", "iptables", "1.31.14", "debian-12", []string{"conntrack", "containerd", "iptables"}},
		{"and has another name", "iptables", "1.31.14", "rhel-9", []string{"conntrack-tools", "containerd.io", "iptables"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			hosts := binaries(t, func(c *schema.Cluster) {
				c.Kubernetes.KubeProxy.Mode, c.Kubernetes.Version, c.Machine.OS = test.mode, test.version, test.os
			})
			var got []string
			for _, p := range hosts["node"].Packages {
				got = append(got, p.Name)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if p := hosts["cp"].Packages; len(p) > 0 {
				t.Errorf("a control plane that is no node needs %v", p)
			}
		})
	}
	want := []string{"containerd.service", "etcd.service", SwapOffUnit, "kube-proxy.service", "kubelet.service"}
	if diff := cmp.Diff(want, binaries(t, nil)["node"].Units); diff != "" {
		t.Error(diff)
	}
}
