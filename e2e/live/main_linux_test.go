// Package live runs haproxy, nginx and keepalived with the files that khagen rendered, in front of API servers that fail in
// every way, and measures how long clients notice.
package live

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
	"github.com/khagen/khagen/internal/tree"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// These tests wait more than they work: all run side by side, however few processors there are.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(sandbox.Run(m.Run))
}

// skip leaves a test out, or fails it in CI.
func skip(t *testing.T, reason any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// need skips a test where the machine has no namespaces or lacks a program.
func need(t *testing.T, programs ...string) {
	t.Helper()
	if err := sandbox.Available(); err != nil {
		skip(t, err)
	}
	for program, apt := range packages {
		if _, err := exec.LookPath(program); err != nil && slices.Contains(programs, program) {
			skip(t, fmt.Errorf("apt-get install %s: %w", apt, err))
		}
	}
}

// packages are Debian's, by program.
var packages = map[string]string{
	"curl": "curl", "haproxy": "haproxy", "ip": "iproute2", "keepalived": "keepalived", "nginx": "nginx libnginx-mod-stream", "nsenter": "util-linux",
}

const sysctlFile = "/etc/sysctl.d/99-kubernetes.conf"

// start brings up a host with its rendered files, verbatim but for the secrets.
func start(t *testing.T, h *rendered.Host, id identity, interfaces ...sandbox.Interface) *sandbox.Host {
	t.Helper()
	files := []sandbox.File{{Path: "/etc/kubernetes/pki/ca.crt", Content: id.authority}}
	for i := range h.Files {
		if f := &h.Files[i]; f.Kind != tree.KindManifest && f.Kind != tree.KindBlock {
			files = append(files, sandbox.File{Path: f.Path, Mode: f.Mode, Owner: f.Owner, Content: rendered.Delivered(f)})
		}
	}
	box, err := sandbox.Start(sandbox.Spec{Name: h.Name, Files: files, Interfaces: interfaces})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	if h.File(sysctlFile) != nil { // of the kernel's parameters those that a balancer needs
		apply := box.Command(t.Context(), "/usr/lib/systemd/systemd-sysctl", "--prefix=/net/ipv4/ip_nonlocal_bind", sysctlFile)
		if output, err := apply.CombinedOutput(); err != nil {
			t.Fatalf("systemd-sysctl: %v\n%s", err, output)
		}
	}
	return box
}
