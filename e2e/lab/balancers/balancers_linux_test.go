// Package balancers has real hosts balance before API servers that the test plays, delivered by Ansible over ssh, and
// measures what clients notice when they fail. For a report it does the same to what documents published.
package balancers

import (
	"crypto/tls"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/authority"
	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/failures"
	"github.com/khagen/khagen/internal/topology"
)

func TestMain(m *testing.M) {
	if isPlayed() {
		os.Exit(play())
	}
	os.Exit(lab.Run(m.Run))
}

// start boots a cluster's balancers and control planes, the latter with API servers that are played. prepare adds what else is
// on a host before it boots.
func start(t *testing.T, c *cluster.Cluster, prepare func(*topology.Host, *lab.HostSpec)) failures.System {
	t.Helper()
	ca, err := authority.New()
	if err != nil {
		t.Fatal(err)
	}
	own := c.Client()
	spec := lab.Spec{Addresses: []netip.Prefix{own}}
	for _, h := range c.Topology.Hosts {
		if !h.IsLoadBalancer() && !h.Is(topology.RoleControlPlane) {
			continue
		}
		host, err := c.HostSpec(h)
		if err != nil {
			t.Fatal(err)
		}
		if h.Is(topology.RoleControlPlane) {
			if err := addPlayed(&host, h, ca, own.Addr()); err != nil {
				t.Fatal(err)
			}
		}
		prepare(h, &host)
		spec.Hosts = append(spec.Hosts, host)
	}
	l, err := lab.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	answer(t, own.Addr())
	return failures.System{
		Lab: l, Topology: played(c.Topology),
		Client: failures.Client{
			Address: topology.HostPort(c.Topology.VIPs[0].Address, c.Topology.Spec.Endpoint.Port),
			TLS:     &tls.Config{RootCAs: ca.Pool(), ServerName: serverName, MinVersion: tls.VersionTLS12},
		},
		Notes: []string{"The API servers are played, and etcd is memory that they share."},
	}
}

// played is a cluster as it is played: systemd starts all, and nobody runs etcd.
func played(c *topology.Cluster) *topology.Cluster {
	c.Spec.Kubernetes.Install = topology.InstallBinaries
	c.EtcdMembers = nil
	c.Spec.LoadBalancer.Runtime = topology.RuntimeSystemd
	if c.Spec.VIP != nil && c.Spec.VIP.Keepalived != nil {
		c.Spec.VIP.Keepalived.Runtime = topology.RuntimeSystemd
	}
	c.Hosts = slices.DeleteFunc(c.Hosts, func(h *topology.Host) bool { return !h.IsLoadBalancer() && !h.Is(topology.RoleControlPlane) })
	return c
}

// deliver brings the balancers up, by the playbook that was rendered with them.
func deliver(t *testing.T, c *cluster.Cluster, l *lab.Lab) {
	t.Helper()
	const only = "system,packages,prerequisites,load_balancer"
	for _, want := range []string{"changes", "nothing left to change"} {
		r, err := c.Play(t.Context(), l, "site.yml", "--limit", "load_balancer", "--tags", only)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("delivered in %v: %v", r.Took.Round(time.Millisecond), r.Hosts)
		for host, did := range r.Hosts {
			if (did.Changed > 0) != (want == "changes") {
				t.Errorf("%s: want %s, got %+v\n%s", host, want, did, r.Output)
			}
		}
	}
}
