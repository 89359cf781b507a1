package live

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
)

// TestBindVIP lets balancers and API servers of a pair have one port: the former listen on the virtual address, which is on
// one host at a time, the latter on their own. keepalived's check has to test its host's balancer nevertheless.
func TestBindVIP(t *testing.T) {
	need(t, "haproxy", "keepalived", "nsenter", "ip", "curl")
	if !sandbox.HasUsers() {
		skip(t, "keepalived changes its groups for each check, which only root can let it: run as root")
	}
	t.Parallel()
	hosts, err := rendered.Render("testdata/overlays/bind-vip")
	if err != nil {
		t.Fatal(err)
	}
	if accepted.Already(t, t.Name(), hosts) {
		return
	}
	s := newPair(t, "bind-vip", hosts)
	s.start(t)
	first, second := s.members[0], s.members[1]

	broken := time.Now()
	first.killBalancer(t)
	s.expectHolder(t, "after the balancer died", second)
	s.expectOutage(t, "the balancer of the holder dies", broken, promisedAfterBalancer)

	broken = time.Now()
	first.startBalancer(t) // while the other host has the address
	s.expectHolder(t, "after the balancer came back", first)
	s.expectGap(t, "the balancer comes back", broken, promisedAfterStop)
}

// TestNodeLocal lets an API server go behind the balancer that a worker has for itself.
func TestNodeLocal(t *testing.T) {
	need(t, "haproxy", "nsenter", "ip")
	t.Parallel()
	hosts, err := rendered.Render("testdata/overlays/node-local")
	if err != nil {
		t.Fatal(err)
	}
	if accepted.Already(t, t.Name(), hosts) {
		return
	}
	i := slices.IndexFunc(hosts, func(h *rendered.Host) bool { return h.Name == "w1" })
	s := newBalanced(t, readBalancer(t, hosts[i]), netip.MustParsePrefix("10.80.0.11/24"))
	a, b, c := s.servers[0], s.servers[1], s.servers[2]
	s.expectOnly(t, "at the start", a, b, c)
	if conn, err := s.box.Dial(t.Context(), "10.80.0.11:"+s.port); err == nil {
		conn.Close()
		t.Error("the balancer answers on the network, too")
	}
	c.turn(t, refusing)
	began := time.Now()
	s.expectDown(t, "refuses connections", c, time.Duration(s.fall)*s.interval)
	s.expectOnly(t, "while one refuses", a, b)
	s.report(t, "one refuses connections", began)
	s.expectAnswered(t, began, c)
}
