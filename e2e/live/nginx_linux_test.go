package live

import (
	"context"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/e2e/probe"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
)

const nginxConf = "/etc/nginx/nginx.conf"

// TestNginx lets an API server refuse connections behind a pair of rendered nginx, then the pair pass the virtual address
// on. An API server that hangs is not here: nginx does not see it.
func TestNginx(t *testing.T) {
	need(t, "nginx", "keepalived", "nsenter", "ip", "curl")
	if !sandbox.HasUsers() {
		skip(t, "keepalived changes its groups for each check, which only root can let it: run as root")
	}
	t.Parallel()
	hosts, err := rendered.Render("testdata/overlays/failover-nginx")
	if err != nil {
		t.Fatal(err)
	}
	if accepted.Already(t, t.Name(), hosts) {
		return
	}
	s := newPair(t, "nginx", hosts)
	s.start(t)
	first, second := s.members[0], s.members[1]
	s.expectAll(t, "at the start", time.Second)

	s.servers[2].turn(t, refusing)
	broken := time.Now() // a request that was under way is lost
	s.client.waitFor(t, "while one refuses", 30*time.Second, row{n: 100, good: s.answeredBy(0, 1)})
	if fared := s.expectGap(t, "one refuses connections", broken, promisedAfterStop); fared.Failed > 0 {
		t.Errorf("%d requests failed although others would have answered them", fared.Failed)
	}
	first.expectDisabled(t, s.servers[2])
	s.servers[2].turn(t, ready)
	s.expectAll(t, "with all back", first.readTime(t, `fail_timeout=(\w+)`))

	broken = time.Now()
	first.nginx.reload(t)
	s.client.waitFor(t, "after a reload", 30*time.Second, row{n: 50, good: probe.Answer.Good})
	if fared := s.expectGap(t, "nginx reads its configuration again", broken, promisedAfterStop); fared.Failed > 0 {
		t.Errorf("%d requests failed because of a reload", fared.Failed)
	}
	first.expectStatus(t)

	broken = s.failOver(t)
	// Out of rotation, the lost API server gets one connection each fail_timeout: that one waits at most, and goes on.
	connect := second.readTime(t, `proxy_connect_timeout (\w+);`)
	quick := func(a probe.Answer) bool { return a.Err == nil && a.Answered.Sub(a.Asked) < connect }
	s.client.waitFor(t, "with one API server out of rotation", 30*time.Second, row{n: 100, good: quick})
	s.expectGap(t, "the holder is gone, until its API server is out of rotation", broken, promisedAfterCrash)
	second.expectLogged(t, s.servers[0], s.servers[1], s.servers[2])
}

// answeredBy tells answers of these servers from others.
func (s *pair) answeredBy(servers ...int) func(probe.Answer) bool {
	return func(a probe.Answer) bool {
		for _, i := range servers {
			if a.Err == nil && a.Server == s.servers[i].name {
				return true
			}
		}
		return false
	}
}

// expectAll waits until each API server has answered.
func (s *pair) expectAll(t *testing.T, when string, limit time.Duration) {
	t.Helper()
	for i, server := range s.servers {
		s.client.waitFor(t, when+": "+server.name, limit+slack, row{n: 1, good: s.answeredBy(i)})
	}
}

func (m *member) readTime(t *testing.T, expression string) time.Duration {
	t.Helper()
	return duration(t, find(t, regexp.MustCompile(expression), m.rendered.File(nginxConf).Content)[1])
}

// curl asks for the status page and gives its answer and code.
func (m *member) curl(t *testing.T, args ...string) string {
	t.Helper()
	args = append(args, "--silent", "--max-time", "5", "--write-out", "%{http_code}", "http://127.0.0.1:10080/status")
	output, err := m.box.Command(t.Context(), "curl", args...).Output()
	if err != nil {
		t.Fatalf("curl: %v", err)
	}
	return string(output)
}

// expectStatus holds that the status page is there for who has the password.
func (m *member) expectStatus(t *testing.T) {
	t.Helper()
	if page := m.curl(t, "--user", "ops:"+rendered.StubSecret); !strings.Contains(page, "Active connections") {
		t.Errorf("with the password the status page is %q", page)
	}
	for _, args := range [][]string{nil, {"--user", "ops:wrong"}} {
		if page := m.curl(t, args...); !strings.HasSuffix(page, "401") || strings.Contains(page, "Active") {
			t.Errorf("without the password the status page is %q", page)
		}
	}
}

// expectDisabled holds that nginx left a server out, and did not only go on from it to the next each time.
func (m *member) expectDisabled(t *testing.T, server *apiServer) {
	t.Helper()
	for line := range strings.Lines(m.nginx.file(t, "/var/log/nginx/error.log")) {
		if strings.Contains(line, "temporarily disabled") && strings.Contains(line, server.address) {
			return
		}
	}
	t.Errorf("nginx never left %s out", server.name)
}

// expectLogged holds that the access log names each API server.
func (m *member) expectLogged(t *testing.T, servers ...*apiServer) {
	t.Helper()
	log := m.nginx.file(t, "/var/log/nginx/access.log")
	for _, server := range servers {
		if !strings.Contains(log, "upstream="+server.address) && !strings.Contains(log, ", "+server.address) {
			t.Errorf("the access log does not name %s", server.address)
		}
	}
}

var (
	nginxListen = regexp.MustCompile(`(?m)^\s+listen (\d+) backlog`)
	nginxServer = regexp.MustCompile(`(?m)^\s+server (\S+) max_fails=.*; # (\S+)$`)
)

func readNginx(t *testing.T, h *rendered.Host, config []byte) *balancer {
	t.Helper()
	b := &balancer{host: h, config: config, port: find(t, nginxListen, config)[1]}
	for _, match := range nginxServer.FindAllSubmatch(config, -1) {
		b.backends = append(b.backends, backend{string(match[2]), string(match[1])})
	}
	return b
}

// nginx is a running nginx.
type nginx struct {
	cmd *exec.Cmd
	box *sandbox.Host
}

// startNginx starts nginx as the unit of Debian's package does, but in the foreground.
func startNginx(t *testing.T, h *rendered.Host, box *sandbox.Host) *nginx {
	t.Helper()
	n := &nginx{box.Command(context.Background(), "nginx", "-g", "daemon off; master_process on;"), box}
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		n.kill(t)
		if t.Failed() {
			t.Logf("%s nginx:\n%s", h.Name, n.file(t, "/var/log/nginx/error.log"))
		}
	})
	return n
}

// kill ends nginx at once, with its workers, as systemd does with what is left when the master is gone.
func (n *nginx) kill(t *testing.T) {
	t.Helper()
	if n.cmd.ProcessState != nil {
		return
	}
	if err := syscall.Kill(-n.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Errorf("nginx ended by itself: %v", err)
	}
	_ = n.cmd.Wait() // killed
}

// reload does what the unit's ExecReload does.
func (n *nginx) reload(t *testing.T) {
	t.Helper()
	if output, err := n.box.Command(t.Context(), "nginx", "-g", "daemon on; master_process on;", "-s", "reload").CombinedOutput(); err != nil {
		t.Fatalf("nginx -s reload: %v\n%s", err, output)
	}
}

// file gives the end of a file of the host.
func (n *nginx) file(t *testing.T, path string) string {
	t.Helper()
	output, err := n.box.Command(context.Background(), "tail", "-n", "2000", path).Output()
	if err != nil {
		t.Errorf("read %s: %v", path, err)
	}
	return string(output)
}
