package lab

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHosts(t *testing.T) {
	if known(t) {
		return
	}
	readable := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(readable, []byte("#!/bin/sh\necho from outside\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	spec := hosts()
	spec.Hosts[0].Interface = "ens33"
	spec.Hosts[0].Binds = map[string]string{"/opt/program": readable}
	spec.Hosts[0].Files = []File{{Path: "/etc/systemd/system/late.service", Content: []byte("[Service]\nExecStart=/bin/sleep 60\n")}}
	l := start(t, spec)
	a, b := l.Host("a"), l.Host("b.example.com")
	for _, h := range l.Hosts() {
		if failed, err := h.Failed(t.Context()); failed != "" || err != nil {
			t.Errorf("%s: units failed: %s, %v\n%s", h.Name, failed, err, shell(t, h, "journalctl --boot --priority=warning --no-pager"))
		}
	}
	for _, c := range []struct{ name, got, want string }{
		{"systemd runs", shell(t, a, "systemctl is-system-running; cat /proc/1/comm"), "running\nsystemd"},
		{"a host has its name", shell(t, a, "uname -n; hostname"), "a\na"},
		{"also a long one", shell(t, b, "uname -n"), "b.example.com"},
		{"ssh comes to the host", over(t, a, "uname -n; whoami"), "a\nroot"},
		{"and to the other", over(t, b, "uname -n"), "b.example.com"},
		{"an interface has its name and address", shell(t, a, "ip -br -4 address show dev ens33 | tr -s ' ' | cut -d' ' -f1,3"), "ens33@if" + peer(t, a) + " 10.77.0.11/24"},
		{"hosts reach each other by name", shell(t, a, "ping -c1 -W2 b >/dev/null && echo reached"), "reached"},
		{"they know other names", shell(t, b, "getent hosts api.example.com | tr -s ' '"), "10.77.0.100 api.example.com"},
		{"what isn't on the bridge goes to the test", shell(t, b, "ip route show default"), "default via 10.77.0.1 dev eth0"},
		{"files are laid out", shell(t, a, "systemctl start late && systemctl is-active late"), "active"},
		{"programs are bound", shell(t, a, "/opt/program"), "from outside"},
		{"machines differ", shell(t, a, "sort -u /etc/machine-id /proc/1/root/etc/machine-id | wc -l; [ $(cat /etc/machine-id) != "+shell(t, b, "cat /etc/machine-id")+" ] && echo differ"), "1\ndiffer"},
		{"data lies on the disk itself", shell(t, a, "stat -f -c %T / /var/lib/etcd /var/lib/containerd /var/lib/kubelet | uniq -c | wc -l"), "2"},
		{"nothing was asked to balance", shell(t, a, "systemctl is-active haproxy nginx keepalived containerd | uniq || true"), "inactive"},
		{"the machine's clock can't be set", shell(t, a, "date -s @0 >/dev/null 2>&1 || echo refused"), "refused"},
		{"those of the network can", shell(t, a, "echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind && cat /proc/sys/net/ipv4/ip_nonlocal_bind"), "1"},
	} {
		if c.got != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.name, c.got, c.want)
		}
	}
}

// peer gives the number of the bridge's end of a host's cable.
func peer(t *testing.T, h *Host) string {
	t.Helper()
	wire, err := net.InterfaceByName(h.port) // in /sys are the machine's
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(wire.Index)
}

// TestMachine looks for what sysctl and kubelets need of a host, and that the machine below keeps its own.
func TestMachine(t *testing.T) {
	if known(t) {
		return
	}
	need(t)
	before, err := os.ReadFile("/proc/sys/vm/swappiness")
	if err != nil {
		t.Fatal(err)
	}
	spec := hosts()
	spec.Hosts = spec.Hosts[:1]
	a := start(t, spec).Host("a")
	for _, c := range []struct{ name, script, want string }{
		{"all is well", "systemctl is-system-running", "running"},
		{"the kernel's parameters are its own", "echo 17 >/proc/sys/vm/swappiness && echo 18 >/proc/sys/kernel/panic && cat /proc/sys/vm/swappiness /proc/sys/kernel/panic", "17\n18"},
		{"those of packages can be set", "sysctl --system >/dev/null && echo set", "set"},
		{"what changes by itself is no copy", "[ $(cat /proc/sys/kernel/random/uuid) != $(cat /proc/sys/kernel/random/uuid) ] && cat /proc/sys/kernel/hostname", "a"},
		{"the host booted by itself", "[ $(cat /proc/sys/kernel/random/boot_id) != '" + bootID(t) + "' ] && echo by itself", "by itself"},
		{"a kubelet can read the kernel's log", "test -c /dev/kmsg && echo there", "there"},
		{"it can make cgroups for pods", "for at in /sys/fs/cgroup/memory /sys/fs/cgroup/cpu /sys/fs/cgroup/cpuset /sys/fs/cgroup; do " +
			"[ -e $at/cgroup.procs ] && mkdir $at/kubepods && rmdir $at/kubepods && echo made && break; done", "made"},
		{"there is no swap of the machine to switch off", "grep -c ' /proc/swaps ' /proc/self/mountinfo; wc -l </proc/swaps", "1\n1"},
		{"mounts are passed on", "grep ' / / ' /proc/self/mountinfo | grep -c shared:", "1"},
		{"an overlay can be mounted on its data", "cd /var/lib/containerd && mkdir l u w m && mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w m && umount m && echo mounted", "mounted"},
	} {
		if got := shell(t, a, c.script); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if after, err := os.ReadFile("/proc/sys/vm/swappiness"); err != nil || string(after) != string(before) {
		t.Errorf("the machine's own parameter was %s and is %s, %v", before, after, err)
	}
}

// bootID is the machine's.
func bootID(t *testing.T) string {
	t.Helper()
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(id))
}
