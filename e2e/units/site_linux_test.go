package units

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
	"github.com/khagen/khagen/internal/pki"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// fleet is a cluster that is rendered, and its certificates.
type fleet struct {
	*rendered.Tree
	pki string // the folder that khagen pki made
}

// render renders a cluster of the repository and issues its certificates.
func render(t *testing.T, cluster string) *fleet {
	t.Helper()
	all, err := rendered.RenderTree(overlay(t, cluster))
	if err != nil {
		t.Fatal(err)
	}
	folder := pki.Folder{Root: t.TempDir(), Cluster: all.Cluster, Now: time.Now()}
	if _, err := folder.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &fleet{all, folder.Dir()}
}

// known tells whether a test has accepted the same files, programs and certificates of some hosts before.
func (f *fleet) known(t *testing.T, hosts ...*rendered.Host) bool {
	t.Helper()
	var files []*rendered.Host
	var programs []string
	for _, h := range hosts {
		s := site{rendered: adapted(h)}
		files = append(files, s.rendered)
		for _, path := range slices.Sorted(maps.Values(s.programs())) {
			state, err := accepted.Program(path)
			if err != nil {
				t.Fatal(err)
			}
			programs = append(programs, state)
		}
	}
	// The definition says what certificates are for.
	return accepted.Already(t, t.Name(), f.Cluster.Spec, files, programs)
}

// overlay is the folder of a cluster's definition: one of this repository's, or of these tests'.
func overlay(t *testing.T, cluster string) string {
	t.Helper()
	own := filepath.Join("testdata/overlays", cluster)
	if _, err := os.Stat(own); err == nil {
		return own
	}
	repository, err := rendered.Repository()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(repository, "overlays", cluster)
}

// site is a host that runs systemd, and has its files and certificates.
type site struct {
	*sandbox.Host
	rendered *rendered.Host
	declared *topology.Host
}

// incoming is where a host finds its certificates before they are put where they belong.
const incoming = "/root/incoming"

// accounts are those of a fresh host: all that a component needs has to come from rendered files.
const accounts = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/usr/sbin/nologin\n"

// boot starts a host, with one interface that has its address, and delivers all that is rendered for it. Nothing is
// enabled yet.
func (f *fleet) boot(t *testing.T, name, bridge string) *site {
	t.Helper()
	s := &site{rendered: adapted(f.Host(name))}
	for _, h := range f.Cluster.Hosts {
		if h.Name == name {
			s.declared = h
		}
	}
	if s.declared == nil {
		t.Fatalf("no host %s", name)
	}
	files := []sandbox.File{
		{Path: "/etc/passwd", Content: []byte(accounts)},
		{Path: "/etc/group", Content: []byte("root:x:0:\nnogroup:x:65534:\n")},
	}
	files = slices.Concat(files, s.files(), f.certificates(t, name), f.forAdministrators(t))
	box, err := sandbox.Start(sandbox.Spec{
		Name: s.declared.NodeName, Systemd: true, Files: files, Binds: s.programs(),
		Interfaces: []sandbox.Interface{{Name: "eth0", Bridge: bridge, Addresses: addresses(s.declared)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Host = box
	t.Cleanup(func() {
		s.explain(t)
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	s.shell(t, "systemd-sysusers")
	s.shell(t, s.placePKI())
	return s
}

func addresses(h *topology.Host) []netip.Prefix {
	all := h.Addresses()
	if h.IsEtcdMember() && !slices.Contains(all, h.EtcdAddress()) {
		all = append(all, h.EtcdAddress())
	}
	var list []netip.Prefix
	for _, a := range all {
		list = append(list, netip.PrefixFrom(a, a.BitLen()-8))
	}
	return list
}

// adapted gives a copy of a host for this machine: where that has cgroups of version 1, the kubelet has to be told that
// it may run all the same.
func adapted(h *rendered.Host) *rendered.Host {
	var root unix.Statfs_t
	if err := unix.Statfs("/sys/fs/cgroup", &root); err != nil || root.Type == unix.CGROUP2_SUPER_MAGIC {
		return h
	}
	changed := *h
	changed.Files = slices.Clone(h.Files)
	for i := range changed.Files {
		if f := &changed.Files[i]; bytes.Contains(f.Content, []byte("\nkind: KubeletConfiguration\n")) {
			f.Content = append(slices.Clip(f.Content), "failCgroupV1: false\n"...)
		}
	}
	return &changed
}

// files are those of the tree, as they are delivered.
func (s *site) files() []sandbox.File {
	var files []sandbox.File
	for i := range s.rendered.Files {
		f := &s.rendered.Files[i]
		if f.Kind == tree.KindManifest {
			continue
		}
		content := rendered.DeliveredWith(f, secretOf)
		if f.Kind == tree.KindBlock {
			content = append([]byte("127.0.0.1 localhost\n"), content...)
		}
		files = append(files, sandbox.File{Path: f.Path, Mode: f.Mode, Owner: f.Owner, Content: content})
	}
	return files
}

// secretOf gives a secret in the form that its readers insist on.
func secretOf(name string) string {
	switch {
	case strings.HasPrefix(name, "etcd_"): // a key for encryption
		return "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	case name == "bootstrap_token":
		return "abcdef.0123456789abcdef"
	}
	return rendered.StubSecret
}

// programs are those of the manifest that make tools builds, each where the manifest says.
func (s *site) programs() map[string]string {
	binds := map[string]string{}
	for _, p := range s.rendered.Programs {
		if program, err := built(path.Base(p.Path), p.Version); err == nil {
			binds[p.Path] = program
		}
	}
	return binds
}

// certificates are what khagen pki made for the host.
func (f *fleet) certificates(t *testing.T, host string) []sandbox.File {
	t.Helper()
	var files []sandbox.File
	rootfs := filepath.Join(f.pki, "hosts", host, "rootfs")
	err := filepath.WalkDir(rootfs, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		files = append(files, sandbox.File{Path: incoming + strings.TrimPrefix(name, rootfs), Mode: 0o600, Content: content})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// placePKI is a script that puts the certificates where the manifest says, as it says. It fails where one is missing.
func (s *site) placePKI() string {
	var script strings.Builder
	for _, p := range s.rendered.PKI {
		user, group, _ := strings.Cut(p.Owner, ":")
		fmt.Fprintf(&script, "install -D --mode=%s --owner=%s --group=%s %s%s %s\n", p.Mode, user, group, incoming, p.Path, p.Path)
	}
	return script.String()
}

// shell runs a script on the host and gives what it prints. It has to succeed.
func (s *site) shell(t *testing.T, script string) string {
	t.Helper()
	output, err := s.try(script)
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	return output
}

// try is shell for a script that may fail.
func (s *site) try(script string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	output, err := s.Command(ctx, "sh", "-ec", script).CombinedOutput()
	text := strings.TrimSpace(string(output))
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", script, err, text)
	}
	return text, err
}

// explain shows, after a failure, what the units said.
func (s *site) explain(t *testing.T) {
	t.Helper()
	if t.Failed() {
		text, _ := s.try("systemctl --no-pager --failed; journalctl --no-pager --lines=60 --output=short-monotonic")
		t.Logf("%s:\n%s", s.Name, text)
	}
}
