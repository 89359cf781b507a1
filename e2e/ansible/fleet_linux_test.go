package ansible

import (
	"crypto/tls"
	_ "embed"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

var (
	//go:embed testdata/nsenter.py
	connection []byte
	//go:embed testdata/systemctl.sh
	systemctl []byte
	//go:embed testdata/etcdctl.sh
	etcdctl []byte
)

// accounts are those of a host before anything is delivered, with what packages make: etcd's comes by a rendered file.
const (
	accounts = "root:x:0:0::/root:/bin/sh\nhaproxy:x:101:101::/:/bin/false\nwww-data:x:33:33::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n"
	groups   = "root:x:0:\nhaproxy:x:101:\nwww-data:x:33:\nadm:x:4:\nnogroup:x:65534:\n"
)

// fleet is a cluster that is rendered, its certificates, and its hosts.
type fleet struct {
	cluster *topology.Cluster
	files   []tree.File
	dir     string // has out/CLUSTER, pki/CLUSTER and what Ansible needs
	hosts   map[string]*sandbox.Host
	lost    []string // hosts that are out of reach
	more    []sandbox.File
	binds   map[string]string // programs of the machine that hosts have, too
	own     []string          // folders below /usr that hosts can write to
	bridge  string            // that all hosts are on; empty: each is alone
	skip    string            // tags that are left out
}

// render lays a reference cluster out as khagen build and khagen pki init do.
func render(t *testing.T, name string) *fleet {
	t.Helper()
	repository, err := rendered.Repository()
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{dir: t.TempDir(), hosts: map[string]*sandbox.Host{}, skip: "packages,programs,bootstrap"}
	if f.cluster, f.files, err = rendered.Files(filepath.Join(repository, "overlays", name)); err != nil {
		t.Fatal(err)
	}
	if err := rendered.Lay(t.Context(), f.dir, f.cluster, f.files); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(f.dir, "plugins/nsenter.py"), connection)
	return f
}

// known tells whether a test has accepted what is rendered before. The definition says what certificates are for.
func (f *fleet) known(t *testing.T) bool {
	t.Helper()
	return accepted.Already(t, t.Name(), f.cluster.Spec, f.files)
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func (f *fleet) out() string { return filepath.Join(f.dir, "out", f.cluster.Spec.Name) }

// boot starts the hosts. Those that do not answer are out of reach from the beginning.
func (f *fleet) boot(t *testing.T) {
	t.Helper()
	for _, h := range f.cluster.Hosts {
		files := []sandbox.File{
			{Path: "/etc/passwd", Content: []byte(accounts)},
			{Path: "/etc/group", Content: []byte(groups)},
			{Path: "/usr/bin/systemctl", Mode: 0o755, Content: systemctl},
			{Path: "/usr/sbin/sysctl", Mode: 0o755, Content: []byte("#!/bin/sh\necho \"$(date +%s%N) sysctl $*\" >>/var/lib/stub.log\n")},
		}
		for _, p := range f.manifest(t, h.Name).Programs {
			content := []byte("#!/bin/sh\n")
			if strings.HasSuffix(p.Path, "/etcdctl") {
				content = etcdctl
			}
			files = append(files, sandbox.File{Path: p.Path, Mode: 0o755, Content: content})
		}
		name := "eth0"
		if h.IsVRRPPeer() {
			name = h.VRRPInterface()
		}
		var addresses []netip.Prefix
		for _, a := range h.Addresses() {
			bits := a.BitLen() - 8
			if f.bridge != "" {
				bits -= 8 // all of them are on link
			}
			addresses = append(addresses, netip.PrefixFrom(a, bits))
		}
		short, _, _ := strings.Cut(h.Name, ".")
		box, err := sandbox.Start(sandbox.Spec{
			Name: short, Files: append(files, f.more...), Binds: f.binds, Own: f.own, Interfaces: []sandbox.Interface{{Name: name, Addresses: addresses, Bridge: f.bridge}},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := box.Close(); err != nil {
				t.Error(err)
			}
		})
		f.hosts[h.Name] = box
		f.serve(t, h)
	}
}

// serve answers on a host where a delivery waits for an answer: for its API server and its balancer. Under kubeadm nothing runs yet.
func (f *fleet) serve(t *testing.T, h *topology.Host) {
	t.Helper()
	listen := func(address string) net.Listener {
		l, err := f.hosts[h.Name].Listen(address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l
	}
	if f.cluster.Binaries() && h.Is(topology.RoleControlPlane) {
		at := filepath.Join(f.dir, "pki", f.cluster.Spec.Name, "hosts", h.Name, "rootfs", f.cluster.PKIFile("apiserver"))
		certificate, err := tls.LoadX509KeyPair(at+".crt", at+".key")
		if err != nil {
			t.Fatal(err)
		}
		l := tls.NewListener(listen(topology.HostPort(h.Address(), f.cluster.Spec.Kubernetes.APIServer.Port)),
			&tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
		go func() {
			_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })) //nolint:gosec // ends with the test
		}()
	}
	if h.IsLoadBalancer() && f.cluster.Spec.LoadBalancer.Runtime != topology.RuntimeStaticPod {
		listen(topology.HostPort(f.cluster.Loopback(), f.cluster.LoadBalancerPort))
	}
}

// manifest is that of a host.
func (f *fleet) manifest(t *testing.T, host string) *tree.Manifest {
	t.Helper()
	for i := range f.files {
		if f.files[i].Host == host && f.files[i].Kind == tree.KindManifest {
			m, intact := tree.ReadManifest(f.files[i].Content)
			if !intact {
				t.Fatal(host, "has a damaged manifest")
			}
			return m
		}
	}
	t.Fatal(host, "has no manifest")
	return nil
}

// root is the folder in which the tests see the files of a host.
func (f *fleet) root(host string) string { return fmt.Sprintf("/proc/%d/root", f.hosts[host].PID()) }

// reach writes the inventory that leads Ansible to the hosts.
func (f *fleet) reach(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("khagen:\n  vars:\n    ansible_connection: nsenter\n    ansible_python_interpreter: /usr/bin/python3\n  hosts:\n")
	for name, h := range f.hosts {
		pid := h.PID()
		if slices.Contains(f.lost, name) {
			pid = 0
		}
		fmt.Fprintf(&text, "    %s: {nsenter_pid: %d}\n", name, pid)
	}
	path := filepath.Join(f.dir, "reach.yml")
	write(t, path, []byte(text.String()))
	return path
}
