// Package balancers has real hosts balance before API servers that the test plays, delivered by Ansible over ssh, and
// measures what clients notice when they fail.
package balancers

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/probe"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
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

// pair is two hosts that balance, before API servers that are played.
type pair struct {
	*lab.Lab
	cluster *cluster.Cluster
	probe   *probe.Probe
	vip     netip.Addr
}

// deliver brings the load balancers of a reference cluster up, by the playbook that was rendered with them.
func deliver(t *testing.T, name string) *pair {
	t.Helper()
	repository, err := rendered.Repository()
	if err != nil {
		t.Fatal(err)
	}
	c, err := cluster.Render(t.Context(), t.TempDir(), filepath.Join(repository, "overlays", name), "")
	if err != nil {
		t.Fatal(err)
	}
	spec := lab.Spec{Addresses: []netip.Prefix{c.Client()}}
	for _, h := range c.Topology.LoadBalancers {
		host, err := c.HostSpec(h)
		if err != nil {
			t.Fatal(err)
		}
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
	for _, h := range c.Topology.ControlPlanes {
		playAPIServer(t, c, h)
	}
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
	return &pair{Lab: l, cluster: c, vip: c.Topology.VIPs[0].Address}
}

// playAPIServer stands for the API server of a host, on one of e2e/sandbox at its address: with the certificate that was
// issued for it, and its name for an answer.
func playAPIServer(t *testing.T, c *cluster.Cluster, h *topology.Host) {
	t.Helper()
	spec, err := c.HostSpec(h)
	if err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.Start(sandbox.Spec{Name: h.Name, Interfaces: []sandbox.Interface{
		{Name: "eth0", Bridge: lab.Bridge, Addresses: spec.Addresses},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	at := c.Issued(h.Name, c.Topology.PKIFile("apiserver"))
	certificate, err := tls.LoadX509KeyPair(at+".crt", at+".key")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := box.Listen(topology.HostPort(h.Address(), c.Topology.Spec.Kubernetes.APIServer.Port))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0),
		Handler:   http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, h.Name) }),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
	}
	go func() { _ = server.ServeTLS(listener, "", "") }() // until it is closed
	t.Cleanup(func() { server.Close() })
}

// ask has clients ask through the virtual address, until the end of the test.
func (p *pair) ask(t *testing.T) {
	t.Helper()
	authority, err := os.ReadFile(p.cluster.Issued(p.cluster.Topology.ControlPlanes[0].Name, p.cluster.Topology.PKIFile("ca")+".crt"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	address := net.JoinHostPort(p.vip.String(), fmt.Sprint(p.cluster.Topology.Spec.Endpoint.Port))
	p.probe = &probe.Probe{Every: 20 * time.Millisecond, Timeout: time.Second, Ask: probe.HTTPS(
		func(ctx context.Context, _ int) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		},
		&tls.Config{RootCAs: pool, ServerName: "kubernetes"}, "/readyz")}
	p.probe.Start()
	t.Cleanup(p.probe.Stop)
	p.well(t, "after delivery")
}

// well waits until one host alone has the address, and clients have got answers for a second.
func (p *pair) well(t *testing.T, when string) (holder *lab.Host) {
	t.Helper()
	var names []string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		var err error
		if names, err = p.Holders(p.vip); err != nil {
			t.Fatal(err)
		}
		answers := p.probe.Since(time.Now().Add(-time.Second))
		if len(names) == 1 && len(answers) > 10 && !slices.ContainsFunc(answers, func(a probe.Answer) bool { return !a.Good() }) {
			return p.Host(names[0])
		}
	}
	t.Fatalf("%s: %v have the address, and clients fare so: %v", when, names, p.probe.Summary(time.Now().Add(-time.Minute)))
	return nil
}
