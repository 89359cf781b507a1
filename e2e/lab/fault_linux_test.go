package lab

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestCrashAndBack(t *testing.T) {
	if known(t) {
		return
	}
	l := start(t, hosts())
	a, b := l.Host("a"), l.Host("b.example.com")
	// What a host has at runtime ends with its power; what it wrote stays.
	shell(t, a, "touch /kept /var/lib/etcd/kept /run/lost; ip address add 10.77.0.100/24 dev eth0; mkdir /sys/fs/cgroup/systemd/left")
	const see = "ls /kept /var/lib/etcd/kept /run/lost 2>/dev/null; ip -br address show dev eth0 | grep -c 10.77.0.100; uptime -s >/dev/null"
	if got := shell(t, b, "ping -c1 -W2 10.77.0.100 >/dev/null && echo reached"); got != "reached" {
		t.Fatal(got)
	}
	if err := a.Crash(); err != nil {
		t.Fatal(err)
	}
	if got := shell(t, b, "ping -c1 -W1 10.77.0.100 >/dev/null || echo gone"); got != "gone" {
		t.Errorf("the address of a crashed host: %s", got)
	}
	if _, err := a.Run(t.Context(), "true"); err == nil {
		t.Error("a command runs on a crashed host")
	}
	began := time.Now()
	if err := a.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("back after %v", time.Since(began).Round(time.Millisecond))
	if got, want := shell(t, a, see+"; true"), "/kept\n/var/lib/etcd/kept\n0"; got != want {
		t.Errorf("after a crash\n got %q\nwant %q", got, want)
	}
	if got := over(t, a, "systemctl is-system-running"); got != "running" {
		t.Errorf("after a crash the host is %s", got)
	}
}

func TestPowerOff(t *testing.T) {
	if known(t) {
		return
	}
	spec := hosts()
	spec.Hosts = spec.Hosts[:1]
	const witness = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\nExecStop=/bin/touch /stopped\n"
	spec.Hosts[0].Files = []File{
		{Path: "/etc/systemd/system/witness.service", Content: []byte(witness)},
		{Path: "/etc/systemd/system/multi-user.target.d/witness.conf", Content: []byte("[Unit]\nWants=witness.service\n")},
	}
	a := start(t, spec).Host("a")
	began := time.Now()
	if err := a.PowerOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("off after %v", time.Since(began).Round(time.Millisecond))
	if err := a.PowerOff(t.Context()); err == nil {
		t.Error("a host that is off can be turned off")
	}
	if err := a.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := shell(t, a, "ls /stopped"); got != "/stopped" {
		t.Errorf("its services weren't stopped: %s", got)
	}
	if err := a.Boot(t.Context()); err == nil {
		t.Error("a host that is on can be booted")
	}
}

func TestLinks(t *testing.T) {
	if known(t) {
		return
	}
	l := start(t, hosts())
	a := l.Host("a")
	see := func() string {
		reached := over(t, a, "echo reached") // ssh gives up after ten seconds
		if strings.HasPrefix(reached, "error: ") {
			reached = "lost"
		}
		return shell(t, a, "cat /sys/class/net/eth0/carrier") + " " + reached
	}
	for _, c := range []struct {
		name string
		do   func() error
		want string
	}{
		{"unplugged", a.Unplug, "0 lost"},
		{"mended", a.Mend, "1 reached"},
		{"isolated", a.Isolate, "1 lost"},
		{"mended again", a.Mend, "1 reached"},
	} {
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		if got := see(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestServices(t *testing.T) {
	if known(t) {
		return
	}
	spec := hosts()
	spec.Hosts = spec.Hosts[:1]
	a := start(t, spec).Host("a")
	if err := a.Stop(t.Context(), "ssh.service"); err != nil {
		t.Fatal(err)
	}
	if got := over(t, a, "true"); !strings.Contains(got, "refused") {
		t.Errorf("sshd is stopped, and ssh says %s", got)
	}
	if err := a.StartUnit(t.Context(), "ssh.service"); err != nil {
		t.Fatal(err)
	}
	if got := over(t, a, "echo reached"); got != "reached" {
		t.Error(got)
	}
	all := func(state string) bool {
		pids, err := a.Processes("sshd")
		if err != nil || len(pids) == 0 {
			t.Fatal(pids, err)
		}
		return !slices.ContainsFunc(pids, func(pid int) bool { return processState(t, pid) != state })
	}
	for _, c := range []struct {
		signal syscall.Signal
		want   string
	}{{syscall.SIGSTOP, "T"}, {syscall.SIGCONT, "S"}} {
		if err := a.Signal("sshd", c.signal); err != nil {
			t.Fatal(err)
		}
		seen := false // once is enough: who sleeps may have woken when it is asked again
		for range 200 {
			if seen = all(c.want); seen {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if !seen {
			t.Errorf("after %v, not all of sshd are in state %s", c.signal, c.want)
		}
	}
	if err := a.Signal("sshd", syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := a.Signal("no-such-program", syscall.SIGKILL); err == nil {
		t.Error("a program that doesn't run was killed")
	}
}
