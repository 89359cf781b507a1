package topology

import (
	"fmt"
	"strings"
	"testing"

	"github.com/khagen/khagen/schema"
)

// TestBalancerRequirements: what has to be installed and enabled for each way to run a balancer.
func TestBalancerRequirements(t *testing.T) {
	tests := []struct {
		os       string
		balancer schema.LoadBalancer
		want     string // packages; units that are enabled; the balancer's unit
	}{
		{"debian-12", schema.LoadBalancer{Proxy: "haproxy", Runtime: RuntimeSystemd}, "haproxy; haproxy.service; haproxy.service"},
		{"debian-12", schema.LoadBalancer{Proxy: "nginx", Runtime: RuntimeSystemd}, "libnginx-mod-stream nginx; nginx.service; nginx.service"},
		{"rhel-9", schema.LoadBalancer{Proxy: "nginx", Runtime: RuntimeSystemd}, "nginx nginx-mod-stream; nginx.service; nginx.service"},
		{"debian-12", schema.LoadBalancer{Proxy: "nginx", Runtime: RuntimeStaticPod}, "; ; "},
		{"debian-12", schema.LoadBalancer{Proxy: "nginx", Runtime: RuntimeContainer, Engine: "podman"}, "podman; khagen-balancer.service; khagen-balancer.service"},
		{"ubuntu-24.04", schema.LoadBalancer{Proxy: "nginx", Runtime: RuntimeContainer, Engine: "podman"}, "podman; ; khagen-balancer.service"},
		{"ubuntu-24.04", schema.LoadBalancer{Proxy: "nginx", Runtime: RuntimeContainer, Engine: "docker"}, "; khagen-balancer.service; khagen-balancer.service"},
	}
	for _, test := range tests {
		spec := peers(1, nil)
		test.balancer.Placement = PlacementHosts
		spec.VIP, spec.LoadBalancer, spec.Machine.OS = nil, test.balancer, test.os
		spec.Hosts["lb"] = &schema.Host{Roles: []string{RoleLoadBalancer}}
		c, err := New(spec)
		if err != nil {
			t.Fatal(err)
		}
		h := c.LoadBalancers[0]
		var packages []string
		for _, p := range h.Packages {
			packages = append(packages, p.Name)
		}
		got := fmt.Sprintf("%s; %s; %s", strings.Join(packages, " "), strings.Join(h.Units, " "), c.BalancerUnit())
		if got != test.want {
			t.Errorf("%s as %s of %q on %s: %q, want %q", test.balancer.Proxy, test.balancer.Runtime, test.balancer.Engine, test.os, got, test.want)
		}
	}
}
