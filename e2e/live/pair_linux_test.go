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

// pair is two hosts that can carry a virtual address, and a client.
type pair struct {
	members []*member
	servers []*apiServer // of the members, then of all other hosts
	client  *client
	vip     netip.Addr
}

// member is a host with an API server behind its balancer.
type member struct {
	rendered   *rendered.Host
	box        *sandbox.Host
	haproxy    *haproxy // this or
	nginx      *nginx   // this
	keepalived *exec.Cmd
}

var virtualAddress = regexp.MustCompile(`virtual_ipaddress \{\s+(\S+)`)

// newPair connects two hosts by a bridge of that name.
func newPair(t *testing.T, bridge string, hosts []*rendered.Host) *pair {
	t.Helper()
	if err := sandbox.AddBridge(bridge); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sandbox.DeleteBridge(bridge); err != nil {
			t.Error(err)
		}
	})
	hosts = rendered.Hosts(hosts, hosts[0].Cluster)
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
		s.servers = append(s.servers, startAPIServer(t, m.box, b.backends[i], id))
		s.members = append(s.members, m)
	}
	s.client = s.startClient(t, bridge, b, vip, id)
	return s
}

// startClient runs a client on a host of its own, which also stands for the API servers of all other hosts.
func (s *pair) startClient(t *testing.T, bridge string, b *balancer, vip netip.Prefix, id identity) *client {
	t.Helper()
	wire := sandbox.Interface{Name: "eth0", Bridge: bridge, Addresses: []netip.Prefix{lastOf(vip)}}
	others := b.backends[len(s.members):]
	for _, x := range others {
		wire.Addresses = append(wire.Addresses, netip.PrefixFrom(x.addr(t), vip.Bits()))
	}
	box := start(t, &rendered.Host{Name: "client"}, id, wire)
	for _, x := range others {
		s.servers = append(s.servers, startAPIServer(t, box, x, id))
	}
	return startClient(t, id, time.Second, func(ctx context.Context, _ int) (net.Conn, error) {
		return box.Dial(ctx, net.JoinHostPort(s.vip.String(), b.port))
	})
}

// lastOf gives the last address but one of a network: the one before the broadcast address of IPv4.
func lastOf(p netip.Prefix) netip.Prefix {
	bytes := p.Masked().Addr().AsSlice()
	for i := range 8*len(bytes) - p.Bits() {
		bytes[len(bytes)-1-i/8] |= 1 << (i % 8)
	}
	last, _ := netip.AddrFromSlice(bytes) // of as many bytes as an address has
	return netip.PrefixFrom(last.Prev(), p.Bits())
}

func (m *member) startBalancer(t *testing.T) {
	t.Helper()
	if m.rendered.File(nginxConf) != nil {
		m.nginx = startNginx(t, m.rendered, m.box)
	} else {
		m.haproxy = startHAProxy(t, m.rendered, m.box)
	}
}

func (m *member) killBalancer(t *testing.T) {
	t.Helper()
	if m.nginx != nil {
		m.nginx.kill(t)
	} else {
		m.haproxy.kill(t)
	}
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
