package live

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/netip"
	"os/exec"
	"regexp"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
)

// What khagen's own intervals, weights and priorities promise: how long reads through the virtual address fail.
const (
	promisedAfterBalancer = 6 * time.Second // haproxy dies
	promisedAfterCrash    = 6 * time.Second // the host is gone
	promisedAfterStop     = 2 * time.Second // keepalived is stopped
)

const bridge = "failover"

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
	s := newPair(t, hosts)
	first, second := s.members[0], s.members[1]
	for _, m := range s.members {
		m.startHAProxy(t)
		m.startKeepalived(t)
	}
	s.expectHolder(t, "at the start", first)

	broken := time.Now()
	first.haproxy.kill()
	s.expectHolder(t, "after haproxy died", second)
	s.expectOutage(t, "haproxy of the holder dies", broken, promisedAfterBalancer)

	broken = time.Now()
	first.startHAProxy(t)
	s.expectHolder(t, "after haproxy came back", first)
	s.expectGap(t, "haproxy comes back", broken, promisedAfterStop)

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
	s.client.waitFor(t, "after the host is gone", 30*time.Second, row{1, good})
	s.expectOutage(t, "the holder is gone", broken, promisedAfterCrash)
	// Until the balancer takes the lost API server out of rotation, some requests wait for it, those of the check too.
	s.expectLost(t, second, first)
	s.expectGap(t, "the holder is gone, until its API server is out of rotation", broken, promisedAfterCrash)
}

// pair is two hosts that can carry a virtual address, and a client.
type pair struct {
	members []*member
	client  *client
	vip     netip.Addr
}

// member is a host with an API server behind its haproxy.
type member struct {
	rendered   *rendered.Host
	box        *sandbox.Host
	haproxy    *haproxy
	keepalived *exec.Cmd
}

var virtualAddress = regexp.MustCompile(`virtual_ipaddress \{\s+(\S+)`)

func newPair(t *testing.T, hosts []*rendered.Host) *pair {
	t.Helper()
	if err := sandbox.AddBridge(bridge); err != nil {
		t.Fatal(err)
	}
	id := newIdentity(t)
	b := readBalancer(t, hosts[0])
	config := hosts[0].File("/etc/keepalived/keepalived.conf")
	vip, err := netip.ParsePrefix(find(t, virtualAddress, config.Content)[1])
	if err != nil {
		t.Fatal(err)
	}
	s := &pair{vip: vip.Addr()}
	for i, h := range hosts[:2] {
		address := netip.PrefixFrom(b.backends[i].addr(t), vip.Bits())
		wire := sandbox.Interface{Name: "eth0", Bridge: bridge, Addresses: []netip.Prefix{address}}
		m := &member{rendered: h, box: start(t, h, id, wire)}
		startAPIServer(t, m.box, b.backends[i], id)
		s.members = append(s.members, m)
	}
	s.client = s.startClient(t, b, vip, id)
	return s
}

// startClient runs a client on a host of its own, which also stands for the API servers of all other hosts.
func (s *pair) startClient(t *testing.T, b *balancer, vip netip.Prefix, id identity) *client {
	t.Helper()
	wire := sandbox.Interface{Name: "eth0", Bridge: bridge, Addresses: []netip.Prefix{lastOf(vip)}}
	others := b.backends[len(s.members):]
	for _, x := range others {
		wire.Addresses = append(wire.Addresses, netip.PrefixFrom(x.addr(t), vip.Bits()))
	}
	box := start(t, &rendered.Host{Name: "client"}, id, wire)
	for _, x := range others {
		startAPIServer(t, box, x, id)
	}
	return startClient(t, id, &client{
		interval: 20 * time.Millisecond, timeout: time.Second,
		dial: func(ctx context.Context, _ int) (net.Conn, error) {
			return box.Dial(ctx, net.JoinHostPort(s.vip.String(), b.port))
		},
	})
}

// lastOf gives the address before the broadcast address of an IPv4 network.
func lastOf(p netip.Prefix) netip.Prefix {
	bytes := p.Masked().Addr().As4()
	for i := range 32 - p.Bits() {
		bytes[3-i/8] |= 1 << (i % 8)
	}
	return netip.PrefixFrom(netip.AddrFrom4(bytes).Prev(), p.Bits())
}

func (m *member) startHAProxy(t *testing.T) {
	t.Helper()
	m.haproxy = startHAProxy(t, m.rendered, m.box)
}

// startKeepalived starts keepalived as its unit does, but for the log.
func (m *member) startKeepalived(t *testing.T) {
	t.Helper()
	cmd := m.box.Command(context.Background(), "keepalived", "--dont-fork", "--log-console", "--log-detail")
	output, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = cmd.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	logged := &journal{t: t, prefix: m.rendered.Name + " keepalived"}
	go func() {
		for lines := bufio.NewScanner(output); lines.Scan(); {
			logged.add(lines.Text())
		}
	}()
	t.Cleanup(logged.dump)
	m.keepalived = cmd
}

// stopKeepalived asks it to end, as systemctl stop does.
func (m *member) stopKeepalived(t *testing.T) {
	t.Helper()
	if err := m.keepalived.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- m.keepalived.Wait() }()
	select {
	case err := <-ended:
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("keepalived does not end")
	}
}

// holds tells whether the host has an address on its interface.
func (m *member) holds(address netip.Addr) (has bool, err error) {
	err = m.box.Do(func() error {
		wire, err := net.InterfaceByName("eth0")
		if err != nil {
			return err
		}
		addresses, err := wire.Addrs()
		has = slices.ContainsFunc(addresses, func(a net.Addr) bool {
			prefix, err := netip.ParsePrefix(a.String())
			return err == nil && prefix.Addr() == address
		})
		return err
	})
	return has, err
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
	s.client.waitFor(t, when, limit, row{10, good})
}

// expectGap checks how long no request was answered. The machine's own stalls, which the client felt too, are not
// counted.
func (s *pair) expectGap(t *testing.T, what string, since time.Time, limit time.Duration) summary {
	t.Helper()
	fared, stall := s.client.summary(since), s.client.stall()
	t.Logf("%s: %v", what, fared)
	if fared.gap > limit+stall {
		t.Errorf("%s: reads failed for %v, promised are %v (the machine stalled for %v)", what, fared.gap, limit, stall)
	}
	return fared
}

// expectOutage is expectGap for what no client can miss.
func (s *pair) expectOutage(t *testing.T, what string, since time.Time, limit time.Duration) {
	t.Helper()
	if fared := s.expectGap(t, what, since, limit); fared.failed == 0 {
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
