package live

import (
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/e2e/probe"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
)

// What khagen's own intervals, weights and priorities promise: how long reads through the virtual address fail.
const (
	promisedAfterBalancer = 6 * time.Second // haproxy or nginx dies
	promisedAfterCrash    = 6 * time.Second // the host is gone
	promisedAfterStop     = 2 * time.Second // keepalived is stopped
)

// TestKeepalived lets two rendered hosts pass the virtual address on, while a third asks /readyz through it.
func TestKeepalived(t *testing.T) {
	need(t, "haproxy", "keepalived", "nsenter", "ip", "curl")
	if !sandbox.HasUsers() {
		skip(t, "keepalived changes its groups for each check, which only root can let it: run as root")
	}
	t.Parallel()
	hosts, err := rendered.Render("testdata/overlays/failover")
	if err != nil {
		t.Fatal(err)
	}
	if accepted.Already(t, t.Name(), hosts) {
		return
	}
	s := newPair(t, "failover", hosts)
	s.start(t)
	broken := s.failOver(t)
	// Until the balancer takes the lost API server out of rotation, some requests wait for it, those of the check too.
	s.expectLost(t, s.members[1], s.members[0])
	s.expectGap(t, "the holder is gone, until its API server is out of rotation", broken, promisedAfterCrash)
}

// TestKeepalivedIPv6 is the shortest way to see that all of it works by IPv6: haproxy's listener and servers, keepalived's
// check, its advertisements, and the address that moves.
func TestKeepalivedIPv6(t *testing.T) {
	need(t, "haproxy", "keepalived", "nsenter", "ip", "curl")
	if !sandbox.HasUsers() {
		skip(t, "keepalived changes its groups for each check, which only root can let it: run as root")
	}
	t.Parallel()
	hosts, err := rendered.Render("testdata/overlays/failover-ipv6")
	if err != nil {
		t.Fatal(err)
	}
	if accepted.Already(t, t.Name(), hosts) {
		return
	}
	s := newPair(t, "failover6", hosts)
	s.start(t)
	broken := time.Now()
	s.members[0].killBalancer(t)
	s.expectHolder(t, "after the balancer died", s.members[1])
	s.expectOutage(t, "the balancer of the holder dies", broken, promisedAfterBalancer)
}

// start starts balancers and keepalived; the first member takes the address.
func (s *pair) start(t *testing.T) {
	t.Helper()
	for _, m := range s.members {
		m.startBalancer(t)
		m.startKeepalived(t)
	}
	s.expectHolder(t, "at the start", s.members[0])
}

// failOver lets the balancer of the holder die and come back, then its keepalived, and at last takes the host away. It
// gives when that was.
func (s *pair) failOver(t *testing.T) (broken time.Time) {
	t.Helper()
	first, second := s.members[0], s.members[1]

	broken = time.Now()
	first.killBalancer(t)
	s.expectHolder(t, "after the balancer died", second)
	s.expectOutage(t, "the balancer of the holder dies", broken, promisedAfterBalancer)

	broken = time.Now()
	first.startBalancer(t)
	s.expectHolder(t, "after the balancer came back", first)
	s.expectGap(t, "the balancer comes back", broken, promisedAfterStop)

	broken = time.Now()
	first.stopKeepalived(t)
	s.expectHolder(t, "after keepalived was stopped", second)
	s.expectGap(t, "keepalived of the holder is stopped", broken, promisedAfterStop)

	first.startKeepalived(t)
	s.expectHolder(t, "after keepalived was started", first)

	broken = time.Now()
	if err := first.box.Unplug(0); err != nil {
		t.Fatal(err)
	}
	// The first host still has the address, on a network that nobody reaches.
	s.client.waitFor(t, "after the host is gone", 30*time.Second, row{n: 1, good: probe.Answer.Good})
	s.expectOutage(t, "the holder is gone", broken, promisedAfterCrash)
	return broken
}

// expectHolder waits until one host alone has the virtual address, and the client gets answers through it.
func (s *pair) expectHolder(t *testing.T, when string, holder *member) {
	t.Helper()
	const limit = 30 * time.Second // of a wait that never decides: expectGap does
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		var names []string
		for _, m := range s.members {
			has, err := m.holds(s.vip)
			if err != nil {
				t.Fatal(err)
			}
			if has {
				names = append(names, m.rendered.Name)
			}
		}
		if len(names) == 1 && names[0] == holder.rendered.Name {
			break
		}
		if time.Since(start) > limit {
			t.Fatalf("%s: %v is on %v, not on %s", when, s.vip, names, holder.rendered.Name)
		}
	}
	s.client.waitFor(t, when, limit, row{n: 10, good: probe.Answer.Good})
}

// expectGap checks how long no request was answered. The machine's own stalls, which the client felt too, are not
// counted.
func (s *pair) expectGap(t *testing.T, what string, since time.Time, limit time.Duration) probe.Summary {
	t.Helper()
	fared, stall := s.client.Summary(since), s.client.Stall(since, time.Now())
	t.Logf("%s: %v", what, fared)
	if fared.Gap > limit+stall {
		t.Errorf("%s: reads failed for %v, promised are %v (the machine stalled for %v)", what, fared.Gap, limit, stall)
	}
	return fared
}

// expectOutage is expectGap for what no client can miss.
func (s *pair) expectOutage(t *testing.T, what string, since time.Time, limit time.Duration) {
	t.Helper()
	if fared := s.expectGap(t, what, since, limit); fared.Failed == 0 {
		t.Errorf("%s: nobody noticed, so this test tests nothing", what)
	}
}

// expectLost waits until a member's balancer has noticed that nothing comes back from another host.
func (s *pair) expectLost(t *testing.T, at, lost *member) {
	t.Helper()
	b := readBalancer(t, at.rendered)
	limit := time.Duration(b.fall+1)*(b.interval+b.timeout) + slack
	took := at.haproxy.waitFor(t, lost.rendered.Name, false, limit)
	t.Logf("the API server of %s is out of rotation after %v more", lost.rendered.Name, took.Round(time.Millisecond))
}
