package rules

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// BenchmarkCheck: the cost has to grow with hosts, not with their square.
func BenchmarkCheck(b *testing.B) {
	for _, size := range []struct{ clusters, hosts int }{{1, 5}, {500, 20}, {1, 5000}} {
		b.Run(fmt.Sprintf("%dx%d", size.clusters, size.hosts), func(b *testing.B) {
			var clusters []*topology.Cluster
			for n := range size.clusters {
				clusters = append(clusters, benchCluster(b, n, size.hosts))
			}
			b.ResetTimer()
			for b.Loop() {
				for _, f := range Check(clusters, Repo{Out: "out", Ignore: map[string][]byte{".gitignore": []byte("*.swp\n")}}) {
					b.Fatal(f.ID, f.Problem)
				}
			}
		})
	}
}

// benchCluster is the reference cluster kubespray-haproxy with more workers.
func benchCluster(b *testing.B, n, hosts int) *topology.Cluster {
	b.Helper()
	spec, err := schema.Load("../../overlays/kubespray-haproxy")
	if err != nil {
		b.Fatal(err)
	}
	spec.Name, spec.Site = fmt.Sprintf("cluster%d", n), fmt.Sprintf("site%d", n)
	spec.HostNetworks = []netip.Prefix{netip.MustParsePrefix("10.10.0.0/16")}
	spec.Kubernetes.Networking.PodCIDRs = []netip.Prefix{netip.MustParsePrefix("10.64.0.0/11")}
	spec.Kubernetes.Networking.NodeCIDRMaskSizes.IPv4 = 25
	spec.VIP.Keepalived.AdvertInterval, spec.VIP.Keepalived.Check.Interval = schema.Duration(1e9), schema.Duration(1e9)
	spec.LoadBalancer.MaxConnections, spec.Accept = 100_000, nil
	worker := spec.Hosts["node4"]
	for i := len(spec.Hosts); i < hosts; i++ {
		h := *worker
		h.Address = netip.AddrFrom4([4]byte{10, 10, byte(16 + i/250), byte(1 + i%250)})
		spec.Hosts[fmt.Sprintf("worker%d", i)] = &h
	}
	c, err := topology.New(spec)
	if err != nil {
		b.Fatal(err)
	}
	return c
}
