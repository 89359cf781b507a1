package topology

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFamilies: what hosts advertise, balancers connect to and listen on follows from the pod networks' order and the
// addresses that there are.
func TestFamilies(t *testing.T) {
	const pods4, pods6 = "10.244.0.0/16", "fd00:244::/56"
	tests := []struct {
		name               string
		pods               []string
		address, address6  string // of the host
		vip, vip6          string
		advertised, nodeIP string
		endpoint, listens  string
		loopback           string
	}{
		{"IPv4", []string{pods4}, "192.0.2.1", "", "192.0.2.100", "", "192.0.2.1", "[192.0.2.1]", "[192.0.2.100]", "[0.0.0.0:8443]", "127.0.0.1"},
		{"IPv6", []string{pods6}, "fd00::1", "", "fd00::100", "", "fd00::1", "[fd00::1]", "[fd00::100]", "[[::]:8443]", "::1"},
		{"IPv6 beside", []string{pods4}, "192.0.2.1", "fd00::1", "192.0.2.100", "fd00::100", "192.0.2.1", "[192.0.2.1]", "[192.0.2.100 fd00::100]", "[0.0.0.0:8443 [::]:8443]", "127.0.0.1"},
		{"IPv4 beside", []string{pods6}, "192.0.2.1", "fd00::1", "192.0.2.100", "fd00::100", "fd00::1", "[fd00::1]", "[fd00::100 192.0.2.100]", "[0.0.0.0:8443 [::]:8443]", "::1"},
		{"dual", []string{pods4, pods6}, "192.0.2.1", "fd00::1", "192.0.2.100", "fd00::100", "192.0.2.1", "[192.0.2.1 fd00::1]", "[192.0.2.100 fd00::100]", "[0.0.0.0:8443 [::]:8443]", "127.0.0.1"},
		{"dual, IPv6 first", []string{pods6, pods4}, "192.0.2.1", "fd00::1", "192.0.2.100", "fd00::100", "fd00::1", "[fd00::1 192.0.2.1]", "[fd00::100 192.0.2.100]", "[0.0.0.0:8443 [::]:8443]", "::1"},
		{"a family that the host lacks", []string{pods6}, "192.0.2.1", "", "192.0.2.100", "", "192.0.2.1", "[]", "[192.0.2.100]", "[0.0.0.0:8443 [::]:8443]", "::1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec := peers(1, nil)
			for _, p := range tt.pods {
				spec.Kubernetes.Networking.PodCIDRs = append(spec.Kubernetes.Networking.PodCIDRs, netip.MustParsePrefix(p))
			}
			spec.Hosts["cp1"].Address, spec.Hosts["cp1"].Address6 = address(tt.address), address(tt.address6)
			spec.VIP.Address, spec.VIP.Address6 = address(tt.vip), address(tt.vip6)
			c, err := New(spec)
			if err != nil {
				t.Fatal(err)
			}
			h := c.ControlPlanes[0]
			got := []string{
				h.Address().String(), fmt.Sprint(h.NodeIPs()), fmt.Sprint(c.EndpointAddresses), fmt.Sprint(c.BalancerListens()), c.Loopback().String(),
				c.Backends[0].Address.String(), h.EtcdAddress().String(),
			}
			want := []string{tt.advertised, tt.nodeIP, tt.endpoint, tt.listens, tt.loopback, tt.advertised, tt.advertised}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func address(text string) netip.Addr {
	if text == "" {
		return netip.Addr{}
	}
	return netip.MustParseAddr(text)
}
