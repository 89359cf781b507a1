package topology

import (
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/schema"
)

// inWords has a line for each flow: who connects, to whom, and at which port.
func inWords(c *Cluster) []string {
	names := func(all []Group) string {
		var list []string
		for _, g := range all {
			list = append(list, g.Name)
		}
		return strings.Join(list, "+")
	}
	var lines []string
	for _, f := range c.Flows() {
		line := fmt.Sprintf("%s > %s %s %s", names(f.From), names(f.To), f.Protocol, f.PortText())
		if f.Optional {
			line += " optional"
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// TestFlows: what has to be let through follows the shape of the cluster, and nothing has that stays on a host.
func TestFlows(t *testing.T) {
	const ssh, pods = "administrators > all hosts tcp 22", "clients of services > nodes tcp 30000-32767 optional"
	const health, metrics = "load balancers of services > nodes tcp 10256 optional", "nodes > nodes tcp 10250 optional"
	tests := []struct {
		name string
		n    int
		edit func(*schema.Cluster)
		want []string
	}{
		{"keepalived", 3, func(*schema.Cluster) {}, slices.Concat(
			[]string{"nodes+clients > load balancers+virtual address tcp 8443", "nodes+administrators > control planes tcp 6443"},
			[]string{"control planes > etcd tcp 2379", "etcd > etcd tcp 2380", "control planes > nodes tcp 10250"},
			[]string{"VRRP peers > VRRP peers vrrp", ssh, metrics, health, pods},
		)},
		{"one host", 1, func(s *schema.Cluster) { s.VIP, s.LoadBalancer.Placement = nil, PlacementNone }, []string{
			"clients+nodes+administrators > control planes tcp 6443", ssh, health, pods,
		}},
		{"someone else's", 2, func(s *schema.Cluster) {
			s.VIP, s.LoadBalancer.Placement = nil, PlacementExternal
			s.Etcd = schema.Etcd{Topology: EtcdExternal, External: &schema.ExternalEtcd{Endpoints: []string{"https://a:2379", "https://b:12379"}}}
			s.Kubernetes.KubeProxy.Mode = "none"
			s.Kubernetes.ControllerManager.ExtraArgs = map[string]schema.Args{"bind-address": {"0.0.0.0"}}
			s.Kubernetes.Scheduler.ExtraArgs = map[string]schema.Args{"bind-address": {"127.0.0.1"}}
			s.Kubernetes.APIServer.ExtraArgs = map[string]schema.Args{"service-node-port-range": {"31000+99"}}
			s.Hosts["cp2"].SSH.Port = 2222
		}, []string{
			"nodes+clients > the load balancer tcp 8443", "the load balancer+nodes+administrators > control planes tcp 6443",
			"control planes > someone else's etcd tcp 2379", "control planes > someone else's etcd tcp 12379",
			"control planes > nodes tcp 10250", "administrators > cp1 tcp 22", "administrators > cp2 tcp 2222",
			metrics, "monitoring > control planes tcp 10257 optional", "clients of services > nodes tcp 31000-31099 optional",
		}},
		{"each for itself", 1, func(s *schema.Cluster) {
			s.VIP, s.LoadBalancer.Placement, s.Kubernetes.Install = nil, PlacementNodeLocal, InstallBinaries
			s.Hosts["w1"] = &schema.Host{Roles: []string{RoleWorker}, Address: netip.MustParseAddr("192.0.2.21"), SSH: schema.SSH{Port: 22}}
			s.Hosts["w1"].Machine.TimeServers = []string{"ntp.example.net"}
			s.Kubernetes.KubeProxy.Config = map[string]any{"metricsBindAddress": "0.0.0.0:10249", "healthzBindAddress": "127.0.0.1:10256"}
		}, []string{
			"clients+nodes+administrators > control planes tcp 6443", "control planes > nodes tcp 10250", ssh,
			"w1 > time servers udp 123", "monitoring > nodes tcp 10249 optional", pods,
		}},
		{"routers", 2, func(s *schema.Cluster) {
			s.LoadBalancer.Placement, s.VIP.Provider = PlacementNone, ProviderKubeVIP
			s.VIP.KubeVIP = &schema.KubeVIP{Mode: KubeVIPByBGP, BGP: &schema.VIPPeer{Peers: []schema.BGPPeer{{Address: netip.MustParseAddr("198.51.100.1")}}}}
			s.Etcd.ExtraArgs = map[string]schema.Args{"listen-metrics-urls": {"http://127.0.0.1:2381,http://0.0.0.0:2381"}}
		}, []string{
			"clients+nodes+administrators > control planes+virtual address tcp 6443", "control planes > etcd tcp 2379", "etcd > etcd tcp 2380",
			"control planes > nodes tcp 10250", "control planes > the routers tcp 179", ssh, metrics, health, "monitoring > etcd tcp 2381 optional", pods,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec := peers(tt.n, nil)
			spec.Kubernetes.APIServer.Port, spec.Etcd.Topology = 6443, EtcdStacked
			for _, h := range spec.Hosts {
				h.SSH.Port = 22
			}
			tt.edit(spec)
			c, err := New(spec)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, inWords(c)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFlowsAddresses: a firewall gets the addresses by which members and peers really speak.
func TestFlowsAddresses(t *testing.T) {
	spec := peers(2, nil)
	spec.Etcd.Topology, spec.VIP.Keepalived.Mode = EtcdStacked, "multicast"
	spec.VIP.Address6 = netip.MustParseAddr("fd00::100")
	spec.Hosts["cp2"].Etcd.Address = netip.MustParseAddr("198.51.100.2")
	c, err := New(spec)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, f := range c.Flows() {
		for _, g := range f.To {
			got[f.What+": "+g.Name] = g.Addresses
		}
	}
	for group, want := range map[string][]string{
		"etcd: etcd":                           {"192.0.2.1", "198.51.100.2"},
		"endpoint: virtual address":            {"192.0.2.100", "fd00::100"},
		"keepalived: VRRP peers, by multicast": {"224.0.0.18", "ff02::12"},
		"kubelet: nodes":                       {"192.0.2.1", "192.0.2.2"},
	} {
		if diff := cmp.Diff(want, got[group]); diff != "" {
			t.Errorf("%s: %s", group, diff)
		}
	}
}

var (
	// listenPattern finds where rendered files listen: an address where there is one, and the port.
	listenPattern = regexp.MustCompile(`(?m)^ *(?:bind|listen|PublishPort=|bindPort:|--secure-port=| *--listen-[a-z]+-urls=) ?(.*)`)
	placePattern  = regexp.MustCompile(`(?:(\[[0-9a-f:]+\]|[0-9]+[.][0-9.]+|\*):)?([0-9]+)(?:[ ;,\\]|:([0-9]+)|$)`)
)

// TestFlowsOfRenderedFiles: whatever port a file of the reference clusters has somebody listen on for others is one that the
// flows lead to on that host, and where keepalived speaks VRRP there are flows of it.
func TestFlowsOfRenderedFiles(t *testing.T) {
	clusters, err := filepath.Glob("../../out/*/hosts")
	if err != nil || len(clusters) < 5 {
		t.Fatalf("only %v: %v", clusters, err)
	}
	checked := map[string]bool{}
	for _, hosts := range clusters {
		cluster := filepath.Base(filepath.Dir(hosts))
		spec, err := schema.Load(filepath.Join("../../overlays", cluster))
		if err != nil {
			t.Fatal(err)
		}
		c, err := New(spec)
		if err != nil {
			t.Fatal(err)
		}
		flows := c.Flows()
		for _, h := range c.Hosts {
			for place, file := range listens(t, filepath.Join(hosts, h.Name, "rootfs")) {
				leads := func(f Flow) bool { return Has(f.To, h) && (place == f.Protocol || place == "tcp "+f.PortText()) }
				if !slices.ContainsFunc(flows, leads) {
					t.Errorf("%s: %s listens on %s, as %s has it, and no flow leads there", cluster, h.Name, place, file)
				}
				checked[place] = true
			}
		}
	}
	for _, want := range []string{"tcp 6443", "tcp 8443", "tcp 8543", "tcp 2379", "tcp 2380", ProtocolVRRP} {
		if !checked[want] {
			t.Errorf("found nobody who listens on %s: %v", want, checked)
		}
	}
}

// listens are the places where the files of a host have somebody listen for others, each with its file.
func listens(t *testing.T, rootfs string) map[string]string {
	all, inside := map[string]string{}, map[string]bool{} // inside are ports of containers' own networks
	err := filepath.WalkDir(rootfs, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.Contains(string(content), "vrrp_instance ") {
			all[ProtocolVRRP] = path
		}
		for _, line := range listenPattern.FindAllStringSubmatch(string(content), -1) {
			for _, url := range strings.Split(line[1], ",https://") {
				m := placePattern.FindStringSubmatch(strings.TrimPrefix(strings.TrimPrefix(url, "https://"), "http://"))
				if m == nil {
					return fmt.Errorf("%s: no port in %q", path, line[0])
				}
				if a, err := netip.ParseAddr(strings.Trim(m[1], "[]")); err == nil && a.IsLoopback() {
					continue
				}
				if _, err := strconv.Atoi(m[3]); err == nil {
					inside["tcp "+m[3]] = true
				}
				all["tcp "+m[2]] = path
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for place := range inside {
		delete(all, place)
	}
	return all
}
