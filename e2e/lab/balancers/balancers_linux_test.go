// Package balancers has real hosts balance before API servers that the test plays, delivered by Ansible over ssh, and
// measures what clients notice when they fail.
package balancers

import (
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/failures"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/topology"
)

func TestMain(m *testing.M) { os.Exit(lab.Run(m.Run)) }

func need(t *testing.T) {
	t.Helper()
	err := lab.Available()
	if err == nil {
		_, err = exec.LookPath("ansible-playbook")
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// render renders a reference cluster.
func render(t *testing.T, name string) *cluster.Cluster {
	t.Helper()
	repository, err := rendered.Repository()
	if err != nil {
		t.Fatal(err)
	}
	c, err := cluster.Render(t.Context(), t.TempDir(), filepath.Join(repository, "overlays", name))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// start boots the hosts that balance in a lab, each with files that are there before, and plays the API servers of the others.
func start(t *testing.T, c *cluster.Cluster, files func(*topology.Host) []lab.File) failures.System {
	t.Helper()
	spec := lab.Spec{Addresses: []netip.Prefix{c.Client()}}
	for _, h := range c.Topology.LoadBalancers {
		host, err := c.HostSpec(h)
		if err != nil {
			t.Fatal(err)
		}
		host.Files = files(h)
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
	kept := new(objects)
	for _, h := range c.Topology.ControlPlanes {
		playAPIServer(t, c, h, kept)
	}
	return failures.System{
		Lab: l, Topology: c.Topology, Client: client(t, c), Notes: []string{"The API servers are played: they keep objects in memory that all share."},
	}
}

// client is one that trusts the cluster's authority, at the virtual address.
func client(t *testing.T, c *cluster.Cluster) failures.Client {
	t.Helper()
	authority, err := os.ReadFile(c.Issued(c.Topology.ControlPlanes[0].Name, c.Topology.PKIFile("ca")+".crt"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	return failures.Client{
		Address: topology.HostPort(c.Topology.VIPs[0].Address, c.Topology.Spec.Endpoint.Port),
		TLS:     &tls.Config{RootCAs: pool, ServerName: "kubernetes", MinVersion: tls.VersionTLS12},
	}
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
