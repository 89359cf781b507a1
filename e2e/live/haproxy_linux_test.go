package live

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/e2e/probe"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
)

// slack is what a busy machine may add to a time that follows from the rendered intervals.
const slack = 2 * time.Second

// TestHAProxy lets API servers fail behind a rendered balancer: one answers 500, one hangs, one refuses connections.
// Each has to leave the rotation within the time that the configuration gives, and to come back.
func TestHAProxy(t *testing.T) {
	need(t, "haproxy", "nsenter", "ip")
	t.Parallel()
	out, err := rendered.Out()
	if err != nil {
		t.Fatal(err)
	}
	all, err := rendered.Load(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, cluster := range []string{"kubespray-haproxy", "static-pods"} { // as a service, as a static pod
		t.Run(cluster, func(t *testing.T) {
			t.Parallel()
			hosts := rendered.Hosts(all, cluster)
			if len(hosts) == 0 {
				t.Fatal("not rendered")
			}
			if accepted.Already(t, t.Name(), hosts[0]) {
				return
			}
			newBalanced(t, readBalancer(t, hosts[0])).run(t)
		})
	}
}

// balanced is a balancer with its API servers and a client.
type balanced struct {
	*balancer
	box     *sandbox.Host
	haproxy *haproxy
	servers []*apiServer
	client  *client
}

// newBalanced runs them all on one host, which may have addresses of its own beside the API servers'.
func newBalanced(t *testing.T, b *balancer, own ...netip.Prefix) *balanced {
	t.Helper()
	id := newIdentity(t)
	wire := b.interfaceWithAll(t)
	wire.Addresses = append(wire.Addresses, own...)
	box := start(t, b.host, id, wire)
	s := &balanced{balancer: b, box: box}
	for _, x := range b.backends {
		s.servers = append(s.servers, startAPIServer(t, box, x, id))
	}
	s.haproxy = startHAProxy(t, b.host, box)
	s.client = startClient(t, id, 3*time.Second, func(ctx context.Context, n int) (net.Conn, error) {
		// From changing addresses: with "balance source" each sticks to one server.
		from := &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+n%100))}
		return box.DialFrom(ctx, from, "127.0.0.1:"+b.port)
	})
	return s
}

func (s *balanced) run(t *testing.T) {
	a, b, c := s.servers[0], s.servers[1], s.servers[2]
	noticed := time.Duration(s.fall) * s.interval
	timedOut := time.Duration(s.fall+1) * s.interval // without a handshake a check ends after timeout connect, in less than a second
	back := time.Duration(s.rise) * s.interval

	s.expectOnly(t, "at the start", a, b, c)

	began := time.Now()
	a.turn(t, failing)
	b.turn(t, hanging)
	s.expectDown(t, "answers 500", a, noticed)
	a.turn(t, ready)
	s.expectDown(t, "hangs", b, timedOut)
	s.report(t, "one answers 500, one hangs", began)
	s.expectUp(t, a, back)
	s.expectOnly(t, "while one hangs", a, c)

	b.turn(t, ready)
	s.expectUp(t, b, s.timeout+back) // a check that hangs comes first
	s.expectOnly(t, "with all back", a, b, c)

	c.turn(t, refusing)
	began = time.Now()
	s.expectDown(t, "refuses connections", c, noticed)
	s.expectOnly(t, "while one refuses", a, b)
	s.report(t, "one refuses connections", began)
	s.expectAnswered(t, began, c)

	c.turn(t, ready)
	s.expectUp(t, c, back)
	s.expectOnly(t, "at the end", a, b, c)
}

// expectDown waits until a server that was turned has left the rotation. A check may just have begun when it turned.
func (s *balanced) expectDown(t *testing.T, how string, server *apiServer, limit time.Duration) {
	t.Helper()
	took := s.haproxy.waitFor(t, server.name, false, limit+s.interval+slack)
	t.Logf("%s %s: out of rotation after %v more", server.name, how, took.Round(time.Millisecond))
}

func (s *balanced) expectUp(t *testing.T, server *apiServer, limit time.Duration) {
	t.Helper()
	took := s.haproxy.waitFor(t, server.name, true, limit+s.interval+slack)
	t.Logf("%s is ready again: back in rotation after %v", server.name, took.Round(time.Millisecond))
}

// expectOnly waits until these servers, all of them and no other, answer a client whose requests all succeed. At the start that
// takes a while where the machine is busy: haproxy leaves out a server whose very first check fails.
func (s *balanced) expectOnly(t *testing.T, when string, servers ...*apiServer) {
	t.Helper()
	const (
		n     = 40
		limit = 30 * time.Second // of a wait that decides nothing: expectDown and expectUp do
	)
	allowed := map[string]bool{}
	for _, server := range servers {
		allowed[server.name] = true
	}
	good := func(a probe.Answer) bool { return a.Err == nil && allowed[a.Server] }
	whole := func(answers []probe.Answer) bool {
		answered := map[string]bool{}
		for _, a := range answers {
			answered[a.Server] = true
		}
		return len(answered) == len(servers)
	}
	s.client.waitFor(t, when, limit, row{n, good, whole})
}

// expectAnswered holds that clients noticed nothing of a server that refuses, but for requests that haproxy was just about
// to give to another when it marked that one as down: on-marked-down shutdown-sessions ends them (states D- and DC in its log).
func (s *balanced) expectAnswered(t *testing.T, since time.Time, refusing *apiServer) {
	t.Helper()
	const (
		moment  = 50 * time.Millisecond  // from the mark to the time at which its line was read
		longest = 200 * time.Millisecond // of what a busy machine is forgiven besides
		few     = 3                      // requests that a mark can end
	)
	s.haproxy.mu.Lock()
	marked := s.haproxy.said[refusing.name]
	s.haproxy.mu.Unlock()
	early := marked.Add(-moment - min(s.client.Stall(since, time.Now()), longest))
	ended := 0
	lost := slices.DeleteFunc(s.client.Since(since), func(a probe.Answer) bool {
		if a.Err == nil {
			return true
		}
		underWay := a.Asked.Before(marked) && a.Answered.After(early)
		if underWay {
			ended++
		}
		return underWay
	})
	if ended > few {
		t.Errorf("%d requests ended when haproxy marked %s as down", ended, refusing.name)
	}
	if len(lost) > 0 {
		t.Errorf("%d requests failed although others would have answered them, the first asked %v after the mark: %v", len(lost), lost[0].Asked.Sub(marked), lost[0].Err)
	}
}

// report logs how clients fared since something broke.
func (s *balanced) report(t *testing.T, what string, since time.Time) probe.Summary {
	t.Helper()
	fared := s.client.Summary(since)
	t.Logf("%s: %v", what, fared)
	kinds := map[string]int{}
	for _, a := range s.client.Since(since) {
		if a.Err != nil {
			kinds[fmt.Sprint(a.Err)]++
		}
	}
	for kind, n := range kinds {
		t.Logf("  %d× %s", n, kind)
	}
	return fared
}
