package sandbox

import (
	"os"
	"strings"
	"testing"
)

// service is one that shows who and where it is.
const service = `[Service]
Type=oneshot
RemainAfterExit=yes
User=www-data
PrivateDevices=yes
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectSystem=strict
ExecStart=/bin/sh -c 'id --user --name; id --group --name; touch /etc/written || echo protected; ls /dev/tty || echo private'
`

func TestSystemd(t *testing.T) {
	needWorld(t)
	if err := CanBoot(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	h, err := Start(Spec{Name: "boots", Systemd: true, Files: []File{{Path: "/etc/systemd/system/who.service", Content: []byte(service)}}})
	if err != nil {
		t.Fatal(err)
	}
	shell(t, h, "systemctl start who.service")
	if got := shell(t, h, "journalctl --unit=who.service --output=cat | tr '\\n' ' '"); !strings.Contains(got, "www-data www-data") ||
		!strings.Contains(got, "protected") {
		t.Errorf("the service says %s", got)
	}
	for _, test := range []struct{ name, script, want string }{
		{"the service is up", "systemctl is-active who.service", "active"},
		{"systemd is the first process", "cat /proc/1/comm", "systemd"},
		{"the host has its cgroups alone", "cat /proc/1/cgroup | grep name=systemd | cut -d: -f3", "/init.scope"},
		{"the kernel's settings can't be changed", "echo 1 2>/dev/null > /proc/sys/kernel/panic || echo refused", "refused"},
		{"no generator has made a unit", "ls /run/systemd/generator*/* 2>/dev/null || echo none", "none"},
		{"/sys can't be changed", "mkdir /sys/fs/cgroup/x 2>/dev/null || echo refused", "refused"},
	} {
		if got := shell(t, h, test.script); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	for _, folder := range h.cgroups {
		if _, err := os.Stat(folder); err == nil {
			t.Errorf("%s is left", folder)
		}
	}
}

func TestSystemdNamesWhatFailed(t *testing.T) {
	needWorld(t)
	if err := CanBoot(); err != nil {
		t.Skip(err) // TestSystemd fails in CI
	}
	h, err := Start(Spec{Name: "fails", Systemd: true, Files: []File{
		{Path: "/etc/systemd/system/systemd-tmpfiles-setup.service", Content: []byte("[Service]\nType=oneshot\nExecStart=/bin/false\n")},
	}})
	if err == nil {
		h.Close()
		t.Fatal("it came up")
	}
	if !strings.Contains(err.Error(), "systemd-tmpfiles-setup.service") {
		t.Errorf("the error doesn't name the unit: %v", err)
	}
}
