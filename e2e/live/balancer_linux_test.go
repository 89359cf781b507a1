package live

import (
	"bufio"
	"context"
	"io"
	"net/netip"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
)

// balancer is what a rendered haproxy.cfg or nginx.conf says; the latter tests nothing, so it has no times of that.
type balancer struct {
	host     *rendered.Host
	config   []byte
	port     string
	backends []backend
	fall     int
	rise     int
	interval time.Duration // from one health check to the next
	timeout  time.Duration // of a health check
}

// backend is a server of the balancer: its name, and its IP address and port.
type backend struct{ name, address string }

func (b backend) addr(t *testing.T) netip.Addr {
	t.Helper()
	address, err := netip.ParseAddrPort(b.address)
	if err != nil {
		t.Fatal(err)
	}
	return address.Addr()
}

var (
	bindLine   = regexp.MustCompile(`(?m)^frontend apiserver\n\s+bind \S*:(\d+)`)
	serverLine = regexp.MustCompile(`(?m)^\s+server (\S+) (\S+)`)
	checkLine  = regexp.MustCompile(`(?m)^\s+default-server check inter (\S+) fall (\d+) rise (\d+)`)
	checkTime  = regexp.MustCompile(`(?m)^\s+timeout check (\S+)`)
)

func readBalancer(t *testing.T, h *rendered.Host) *balancer {
	t.Helper()
	if config := h.File(nginxConf); config != nil {
		return readNginx(t, h, config.Content)
	}
	file := h.File("/etc/haproxy/haproxy.cfg")
	if file == nil {
		t.Fatalf("%v has no haproxy.cfg", h)
	}
	b := &balancer{host: h, config: file.Content}
	check := find(t, checkLine, b.config)
	b.port = find(t, bindLine, b.config)[1]
	b.interval, b.timeout = duration(t, check[1]), duration(t, find(t, checkTime, b.config)[1])
	b.fall, b.rise = number(t, check[2]), number(t, check[3])
	for _, match := range serverLine.FindAllSubmatch(b.config, -1) {
		b.backends = append(b.backends, backend{string(match[1]), string(match[2])})
	}
	return b
}

// interfaceWithAll has the addresses of all backends, so that their API servers can run beside the balancer.
func (b *balancer) interfaceWithAll(t *testing.T) sandbox.Interface {
	t.Helper()
	i := sandbox.Interface{Name: "eth0"}
	for _, x := range b.backends {
		i.Addresses = append(i.Addresses, netip.PrefixFrom(x.addr(t), 24))
	}
	return i
}

// haproxy is a running haproxy and what it says of its servers.
type haproxy struct {
	cmd *exec.Cmd

	mu   sync.Mutex
	up   map[string]bool
	said map[string]time.Time // when it last said so
	done chan struct{}
}

// startHAProxy starts haproxy as the unit or the static pod of the host does, except that a pod's folder is where it
// is on the host.
func startHAProxy(t *testing.T, h *rendered.Host, box *sandbox.Host) *haproxy {
	t.Helper()
	args := []string{"-Ws", "-p", "/run/haproxy.pid"}
	if h.File("/etc/kubernetes/manifests/haproxy.yaml") != nil {
		args = []string{"-W", "-db"}
	}
	p := &haproxy{cmd: box.Command(context.Background(), "haproxy", append(args, "-f", "/etc/haproxy/haproxy.cfg")...)}
	p.cmd.Env = append(p.cmd.Env, h.UnitEnvironment("haproxy.service")...)
	p.up, p.said, p.done = map[string]bool{}, map[string]time.Time{}, make(chan struct{})
	output, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = p.cmd.Stdout
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	logged := &journal{t: t, prefix: h.Name + " haproxy"}
	go p.read(output, logged)
	t.Cleanup(func() { p.kill(t); logged.dump() })
	return p
}

var transition = regexp.MustCompile(`Server control-planes/(\S+) is (UP|DOWN)`)

func (p *haproxy) read(output io.Reader, logged *journal) {
	defer close(p.done)
	for lines := bufio.NewScanner(output); lines.Scan(); {
		logged.add(lines.Text())
		if match := transition.FindStringSubmatch(lines.Text()); match != nil {
			p.mu.Lock()
			p.up[match[1]], p.said[match[1]] = match[2] == "UP", time.Now()
			p.mu.Unlock()
		}
	}
}

// kill ends haproxy at once, with its worker, and returns when both are gone.
func (p *haproxy) kill(t *testing.T) {
	t.Helper()
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // it may have ended
	select {
	case <-p.done:
		_ = p.cmd.Wait()
	case <-time.After(10 * time.Second):
		t.Error("haproxy was killed, and something still writes to its log")
	}
}

// waitFor waits until haproxy says that a server is up or down, and gives how long that took.
func (p *haproxy) waitFor(t *testing.T, server string, up bool, limit time.Duration) time.Duration {
	t.Helper()
	start := time.Now()
	for time.Since(start) < limit {
		p.mu.Lock()
		is, known := p.up[server]
		p.mu.Unlock()
		if known && is == up {
			return time.Since(start)
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("haproxy does not say within %v that up is %v for %s", limit, up, server)
	return 0
}

func find(t *testing.T, expression *regexp.Regexp, text []byte) []string {
	t.Helper()
	match := expression.FindSubmatch(text)
	if match == nil {
		t.Fatalf("the rendered file has nothing like %s", expression)
	}
	var parts []string
	for _, part := range match {
		parts = append(parts, string(part))
	}
	return slices.Clip(parts)
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
