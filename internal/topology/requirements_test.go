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
		{"ubuntu-24.04", schema.LoadBalancer{Proxy: "haproxy", Runtime: RuntimeContainer, Engine: "docker"}, "; khagen-balancer.service; khagen-balancer.service"},
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
		got := requirements(c.LoadBalancers[0], c.BalancerUnit())
		if got != test.want {
			t.Errorf("%s as %s of %q on %s: %q, want %q", test.balancer.Proxy, test.balancer.Runtime, test.balancer.Engine, test.os, got, test.want)
		}
	}
}

// TestKeepalivedRequirements is the same for keepalived, beside a balancer that is the package's service.
func TestKeepalivedRequirements(t *testing.T) {
	tests := []struct{ os, runtime, engine, want string }{
		{"debian-12", RuntimeSystemd, "podman", "curl haproxy keepalived; haproxy.service keepalived.service; keepalived.service"},
		{"debian-12", RuntimeStaticPod, "podman", "haproxy; haproxy.service; "},
		{"debian-12", RuntimeContainer, "podman", "haproxy podman; haproxy.service khagen-keepalived.service; khagen-keepalived.service"},
		{"debian-13", RuntimeContainer, "podman", "haproxy podman; haproxy.service; khagen-keepalived.service"},
		{"debian-13", RuntimeContainer, "docker", "haproxy; haproxy.service khagen-keepalived.service; khagen-keepalived.service"},
	}
	for _, test := range tests {
		spec := peers(1, nil)
		spec.VIP.Keepalived.Runtime, spec.Machine.OS = test.runtime, test.os
		spec.LoadBalancer = schema.LoadBalancer{Placement: PlacementHosts, Proxy: "haproxy", Runtime: RuntimeSystemd, Engine: test.engine}
		spec.Hosts["lb"] = &schema.Host{Roles: []string{RoleLoadBalancer}}
		c, err := New(spec)
		if err != nil {
			t.Fatal(err)
		}
		if got := requirements(c.LoadBalancers[0], c.KeepalivedUnit()); got != test.want {
			t.Errorf("%s of %q on %s: %q, want %q", test.runtime, test.engine, test.os, got, test.want)
		}
	}
}

// requirements are a host's packages, its units, and the unit that is asked for.
func requirements(h *Host, unit string) string {
	var packages []string
	for _, p := range h.Packages {
		packages = append(packages, p.Name)
	}
	return fmt.Sprintf("%s; %s; %s", strings.Join(packages, " "), strings.Join(h.Units, " "), unit)
}
