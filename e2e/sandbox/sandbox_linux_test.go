package sandbox

import (
	"context"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if err := os.Setenv("GOTMPDIR", os.TempDir()); err != nil { // as who keeps what is compiled on a disk
		panic(err)
	}
	os.Exit(Run(m.Run))
}

// TestTempDir: keys that tests make never lie on the machine's disk.
func TestTempDir(t *testing.T) {
	needWorld(t)
	if dir := t.TempDir(); !strings.HasPrefix(dir, tempDirectory+"/") {
		t.Errorf("got %s, want a folder below %s", dir, tempDirectory)
	}
}

// needWorld skips where there is no world, or fails in CI.
func needWorld(t *testing.T) {
	t.Helper()
	if err := Available(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// startHosts starts hosts that are closed at the end of the test.
func startHosts(t *testing.T, specs ...Spec) []*Host {
	t.Helper()
	needWorld(t)
	var hosts []*Host
	for _, spec := range specs {
		h, err := Start(spec)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		})
		hosts = append(hosts, h)
	}
	return hosts
}

func shell(t *testing.T, h *Host, script string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	output, err := h.Command(ctx, "sh", "-c", script).CombinedOutput()
	if err != nil {
		output = append(output, ("error: " + err.Error())...)
	}
	return strings.TrimSpace(string(output))
}

func TestHostHasItsFiles(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(outside, []byte("#!/bin/sh\necho from outside\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	h := startHosts(t, Spec{
		Name: "node1",
		Files: []File{
			{Path: "/etc/hosts", Content: []byte("replaced\n")},
			{Path: "/etc/keepalived/check.sh", Mode: 0o755, Content: []byte("#!/bin/sh\necho checked\n")},
			{Path: "/bin/kubelet", Mode: 0o750, Content: []byte("#!/bin/sh\necho stub\n")},
		},
		Binds: map[string]string{"/opt/program": outside},
		Interfaces: []Interface{{Name: "ens33", Addresses: []netip.Prefix{
			netip.MustParsePrefix("10.1.2.3/24"), netip.MustParsePrefix("fd00::3/64"),
		}}},
	})[0]
	for _, c := range []struct{ name, script, want string }{
		{"a file replaces a base file", "cat /etc/hosts", "replaced"},
		{"a file has its mode", "stat -c '%a %U' /etc/keepalived/check.sh /usr/bin/kubelet", "755 root\n750 root"},
		{"a script runs", "/etc/keepalived/check.sh", "checked"},
		{"a file below /usr lies among the machine's", "kubelet && ls /usr/bin/env", "stub\n/usr/bin/env"},
		{"a program of the machine is bound", "/opt/program", "from outside"},
		{"the host has its name", "hostname", "node1"},
		{"an interface has its addresses", "ip -br addr show dev ens33 | tr -s ' ' | cut -d' ' -f2-4", "UP 10.1.2.3/24 fd00::3/64"},
		{"devices work", "echo x > /dev/null && head -c 3 /dev/zero | wc -c", "3"},
		{"the machine's files are out of sight", "ls /work /home /etc/ssh /var/lib/dpkg 2>/dev/null | wc -l", "0"},
		{"/usr can't be written to", "touch /usr/bin/x 2>/dev/null || echo refused", "refused"},
		{"the kernel's settings can't be changed", "echo 1 2>/dev/null >/proc/sys/kernel/panic || echo refused", "refused"},
		{"those of the network can", "echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind && cat /proc/sys/net/ipv4/ip_nonlocal_bind", "1"},
		{"a command that fails says so", "exit 3", "error: exit status 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := shell(t, h, c.script); got != c.want {
				t.Errorf("%s\n got %q\nwant %q", c.script, got, c.want)
			}
		})
	}
}

func TestHostsTalkOverABridge(t *testing.T) {
	needWorld(t)
	if err := AddBridge("br0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := DeleteBridge("br0"); err != nil {
			t.Error(err)
		}
	})
	wire := func(address string) []Interface {
		return []Interface{{Name: "eth0", Bridge: "br0", Addresses: []netip.Prefix{netip.MustParsePrefix(address)}}}
	}
	hosts := startHosts(t, Spec{Name: "a", Interfaces: wire("10.9.0.1/24")}, Spec{Name: "b", Interfaces: wire("10.9.0.2/24")})
	listener, err := hosts[0].Listen("10.9.0.1:80")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if conn, err := listener.Accept(); err == nil {
			_, _ = io.WriteString(conn, "hello")
			conn.Close()
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	conn, err := hosts[1].Dial(ctx, "10.9.0.1:80")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestCloseEndsProcesses(t *testing.T) {
	survivor := startHosts(t, Spec{Name: "a"})[0].Command(t.Context(), "sleep", "60")
	h, err := Start(Spec{Name: "b"})
	if err != nil {
		t.Fatal(err)
	}
	// The shell forks, so that closing has more to end than what was started.
	command := h.Command(t.Context(), "sh", "-c", "sleep 60 & echo started; wait")
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*exec.Cmd{command, survivor} {
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.ReadFull(output, make([]byte, len("started\n"))); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(output); err != nil { // ends when the last process that has it open ends
		t.Error(err)
	}
	if err := command.Wait(); err == nil {
		t.Error("the process of the closed host ended by itself")
	}
	if err := survivor.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the process of the other host is gone: %v", err)
	}
}

// An ordinary user has one id alone in its world, and can do the same.
func TestOrdinaryUser(t *testing.T) {
	needWorld(t)
	if !HasUsers() {
		t.Skip("this is an ordinary user's world")
	}
	if setting, _ := os.ReadFile("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"); string(setting) == "1\n" {
		t.Skip("this machine allows user namespaces to root alone")
	}
	binary, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(tempDirectory, "ordinary.test")
	if err := os.WriteFile(copied, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, copied, "-test.v", "-test.run=^(TestHost|TestClose)")
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "CI=true"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	output, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: TestHostHasItsFiles") {
		t.Errorf("%v\n%s", err, output)
	}
}
