package topology

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/schema"
)

func TestCompareNatural(t *testing.T) {
	want := []string{"a", "a01", "a1", "a2", "a10", "a10b", "b", "node1-2", "node1-10", "node2"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, CompareNatural)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// peers is a definition of n control planes behind keepalived, with the priorities that are given.
func peers(n int, priorities map[string]int) *schema.Cluster {
	c := &schema.Cluster{
		Name:         "test",
		Hosts:        map[string]*schema.Host{},
		VIP:          &schema.VIP{Address: netip.MustParseAddr("192.0.2.100"), Provider: ProviderKeepalived, Keepalived: &schema.Keepalived{}},
		LoadBalancer: schema.LoadBalancer{Placement: PlacementControlPlane},
		Endpoint:     schema.Endpoint{Host: "api.example.net", Port: 8443},
	}
	c.Kubernetes.Version = "1.36.3"
	c.Kubernetes.Networking.ServiceCIDRs = []netip.Prefix{netip.MustParsePrefix("10.96.0.0/12")}
	for i := 1; i <= n; i++ {
		name := fmt.Sprintf("cp%d", i)
		c.Hosts[name] = &schema.Host{Roles: []string{RoleControlPlane}, Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})}
		if p, ok := priorities[name]; ok {
			c.Hosts[name].VRRP.Priority = &p
		}
	}
	return c
}

func TestVRRP(t *testing.T) {
	weight := -77
	tests := []struct {
		name       string
		hosts      int
		given      map[string]int
		setWeight  *int
		want       []int
		wantWeight int
	}{
		{"one", 1, nil, nil, []int{250}, -10},
		{"three, widely spaced", 3, nil, nil, []int{250, 210, 170}, -90},
		{"a fourth moves nobody", 4, nil, nil, []int{250, 210, 170, 130}, -130},
		{"as many as fit", 7, nil, nil, []int{250, 210, 170, 130, 90, 50, 10}, -250},
		{"more come closer", 13, nil, nil, []int{250, 230, 210, 190, 170, 150, 130, 110, 90, 70, 50, 30, 10}, -250},
		{"given ones stay", 3, map[string]int{"cp1": 150, "cp2": 110, "cp3": 70}, nil, []int{150, 110, 70}, -90},
		{"derived beside given", 3, map[string]int{"cp2": 250}, nil, []int{249, 250, 209}, -51},
		{"a given weight", 3, nil, &weight, []int{250, 210, 170}, -77},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec := peers(test.hosts, test.given)
			spec.VIP.Keepalived.Check.Weight = test.setWeight
			c, err := New(spec)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, h := range c.VRRPPeers {
				got = append(got, h.VRRPPriority)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if c.VRRPWeight != test.wantWeight {
				t.Errorf("weight %d, want %d", c.VRRPWeight, test.wantWeight)
			}
		})
	}
}

func TestCertSANs(t *testing.T) {
	spec := peers(2, nil)
	spec.Hosts["cp2"].NodeName = "master-b"
	spec.Kubernetes.APIServer.CertSANs = []string{"api.example.org", "192.0.2.100"}
	c, err := New(spec)
	if err != nil {
		t.Fatal(err)
	}
	want := "api.example.net api.example.org cp1 localhost master-b 127.0.0.1 192.0.2.1 192.0.2.2 192.0.2.100 ::1"
	if got := strings.Join(c.CertSANs, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestMergeMachine(t *testing.T) {
	yes := true
	base := schema.Machine{
		OS: "debian-12", Sysctls: map[string]string{"a": "1", "b": "1"}, Modules: []string{"x"}, Packages: []string{"p"},
		ContainerRuntime: schema.ContainerRuntime{Name: "containerd", Version: "2.3", Manage: true},
		HTTPProxy:        &schema.HTTPProxy{HTTP: "http://p", HTTPS: "http://p", NoProxy: []string{"r"}},
	}
	got := mergeMachine(base, schema.HostMachine{
		OS: "debian-13", Swap: &yes, Sysctls: map[string]string{"b": "2"}, Modules: []string{"y", "x"},
		ContainerRuntime: schema.HostContainerRuntime{Version: "2.2"}, EtcHosts: &schema.HostEtcHosts{Entries: map[string][]string{"192.0.2.9": {"r"}}},
		HTTPProxy: &schema.HTTPProxy{HTTPS: "http://q", NoProxy: []string{"s"}},
	})
	want := schema.Machine{
		OS: "debian-13", Swap: true, Sysctls: map[string]string{"a": "1", "b": "2"}, Modules: []string{"x", "y"}, Packages: []string{"p"},
		ContainerRuntime: schema.ContainerRuntime{Name: "containerd", Version: "2.2", Manage: true},
		EtcHosts:         &schema.EtcHosts{Endpoint: true, Members: true, Entries: map[string][]string{"192.0.2.9": {"r"}}},
		HTTPProxy:        &schema.HTTPProxy{HTTP: "http://p", HTTPS: "http://q", NoProxy: []string{"r", "s"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if base.Sysctls["b"] != "1" || len(base.Modules) != 1 || base.HTTPProxy.HTTPS != "http://p" || len(base.HTTPProxy.NoProxy) != 1 {
		t.Errorf("the cluster's own machine changed: %v", base)
	}
}

func TestMergeKubelet(t *testing.T) {
	base := schema.Kubelet{
		Config:    map[string]any{"maxPods": int64(110), "evictionHard": map[string]any{"a": "1", "b": "1"}, "list": []any{"x"}},
		ExtraArgs: map[string]schema.Args{"v": {"2"}},
	}
	got := mergeKubelet(base, schema.Kubelet{
		Config:    map[string]any{"maxPods": int64(50), "evictionHard": map[string]any{"b": "2"}, "list": []any{"y"}},
		ExtraArgs: map[string]schema.Args{"v": {"4"}},
	})
	want := schema.Kubelet{
		Config:    map[string]any{"maxPods": int64(50), "evictionHard": map[string]any{"a": "1", "b": "2"}, "list": []any{"x", "y"}},
		ExtraArgs: map[string]schema.Args{"v": {"4"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if base.Config["evictionHard"].(map[string]any)["b"] != "1" {
		t.Error("the cluster's own configuration changed")
	}
}

// TestStates: others rely on nobody who joins or leaves, and who leaves gives the VIP up while all others keep their
// priorities.
func TestStates(t *testing.T) {
	states := map[string]string{"cp2": StateLeaving, "cp4": StateJoining}
	hosts := map[string]*schema.Host{}
	for i, name := range []string{"cp1", "cp2", "cp3", "cp4"} {
		hosts[name] = &schema.Host{
			Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}), Roles: []string{"control-plane"}, State: states[name],
		}
	}
	c, err := New(&schema.Cluster{
		Kubernetes:   schema.Kubernetes{Version: "1.36.3", Install: "kubeadm"},
		LoadBalancer: schema.LoadBalancer{Placement: "control-plane"},
		Etcd:         schema.Etcd{Topology: "stacked"},
		VIP:          &schema.VIP{Provider: "keepalived", Keepalived: &schema.Keepalived{}},
		Hosts:        hosts,
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range c.Backends {
		got = append(got, b.Name)
	}
	for _, h := range c.Hosts {
		got = append(got, fmt.Sprint(h.Name, " ", h.VRRPPriority, " ", h.IsVRRPPeer(), " ", len(h.VRRPOthers(IPv4))))
	}
	want := []string{"cp1", "cp3", "cp1 250 true 3", "cp2 1 true 3", "cp3 170 true 3", "cp4 130 false 3"}
	if !slices.Equal(got, want) || c.VRRPWeight != -130 {
		t.Errorf("weight %d, %q; want %q", c.VRRPWeight, got, want)
	}
}
