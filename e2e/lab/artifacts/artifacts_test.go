package artifacts

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/tree"
)

var programs = []tree.Program{
	{Path: "/usr/bin/kubelet", Version: "1.36.3", URL: "https://dl.example/{arch}/kubelet", Checksum: "https://dl.example/{arch}/kubelet.sha256"},
	{
		Path: "/opt/cni/bin/bridge", Version: "1.9.1", URL: "https://cni.example/containernetworking/plugins/v1.9.1.tgz",
		Member: "./bridge", Checksum: "https://cni.example/containernetworking/plugins/v1.9.1.tgz.sha256",
	},
	{
		Path: "/usr/bin/etcd", Version: "3.6.8", URL: "https://etcd.example/v3.6.8/etcd-{arch}.tar.gz",
		Member: "etcd-{arch}/etcd", Checksum: "https://etcd.example/v3.6.8/SHA256SUMS",
	},
	{
		Path: "/usr/bin/etcdctl", Version: "3.6.8", URL: "https://etcd.example/v3.6.8/etcd-{arch}.tar.gz",
		Member: "etcd-{arch}/etcdctl", Checksum: "https://etcd.example/v3.6.8/SHA256SUMS",
	},
}

// build puts a program where e2e/tools leaves it. Its content is its name.
func build(t *testing.T, bin, name string) {
	t.Helper()
	at := filepath.Join(bin, name)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(name), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestLay(t *testing.T) {
	bin, folder := t.TempDir(), t.TempDir()
	for _, name := range []string{"k8s-1.36/kubelet", "k8s-1.37/kubelet", "etcd-3.6/etcd", "etcd-3.6/etcdctl", "containerd-2.3/bridge"} {
		build(t, bin, name)
	}
	if err := Lay(folder, bin, programs); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(folder, strings.ReplaceAll(name, "{arch}", runtime.GOARCH)))
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	if got := read("dl.example/{arch}/kubelet"); got != "k8s-1.36/kubelet" {
		t.Errorf("kubelet is %q", got)
	}
	if got, want := read("dl.example/{arch}/kubelet.sha256"), fmt.Sprintf("%x\n", sha256.Sum256([]byte("k8s-1.36/kubelet"))); got != want {
		t.Errorf("its sum is %q, want %q", got, want)
	}
	if got := members(t, read("cni.example/containernetworking/plugins/v1.9.1.tgz")); got != "./bridge: containerd-2.3/bridge\n" {
		t.Errorf("the archive of plugins has\n%s", got)
	}
	archive := read("etcd.example/v3.6.8/etcd-{arch}.tar.gz")
	want := fmt.Sprintf("%x  etcd-%s.tar.gz\n", sha256.Sum256([]byte(archive)), runtime.GOARCH)
	if got := read("etcd.example/v3.6.8/SHA256SUMS"); got != want {
		t.Errorf("the archive's sums are %q, want %q", got, want)
	}
	if got, want := members(t, archive), strings.ReplaceAll("etcd-{arch}/etcd: etcd-3.6/etcd\netcd-{arch}/etcdctl: etcd-3.6/etcdctl\n",
		"{arch}", runtime.GOARCH); got != want {
		t.Errorf("the archive has\n%s, want\n%s", got, want)
	}
}

// members gives the names and contents of an archive's files.
func members(t *testing.T, archive string) string {
	t.Helper()
	plain, err := gzip.NewReader(strings.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for files := tar.NewReader(plain); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return all.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s: %s\n", header.Name, content)
	}
}

// What wasn't built is named all at once, by the version that is wanted.
func TestMissing(t *testing.T) {
	bin := t.TempDir()
	build(t, bin, "k8s-1.37/kubelet")
	build(t, bin, "etcd-3.6/etcd")
	err := Lay(t.TempDir(), bin, programs)
	if want := "not built below " + bin + ": bridge 1.9.1, etcdctl 3.6.8, kubelet 1.36.3"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
