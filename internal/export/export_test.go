//go:build unix

package export_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/khagen/khagen/internal/export"
)

const manifest = `{"host": "cp1", "cluster": "shop", "files": [
	{"path": "/etc/agent/agent.conf", "kind": "file", "mode": "0640", "owner": "daemon:99", "source": "x"},
	{"path": "/etc/systemd/system/agent.service", "kind": "file", "mode": "0644", "owner": "root:root", "source": "x"},
	{"path": "/root/.agent", "kind": "file", "mode": "0600", "owner": "nobody-here:root", "source": "x"}]}`

func exportOf(t *testing.T, manifest string) (*export.Export, error) {
	t.Helper()
	return export.Of(export.Source{Tree: fstest.MapFS{
		"manifest.json":                           {Data: []byte(manifest)},
		"rootfs/etc/agent/agent.conf":             {Data: []byte("a\n")},
		"rootfs/etc/systemd/system/agent.service": {Data: []byte("b\n")},
		"rootfs/root/.agent":                      {Data: []byte("c\n")},
	}}, "shop", "cp1")
}

// TestTarOnHost extracts a tar over a host that has some of the folders: whoever has closed one finds it closed.
func TestTarOnHost(t *testing.T) {
	if _, err := exec.LookPath("tar"); err != nil {
		t.Skip("no tar")
	}
	if os.Geteuid() != 0 {
		t.Skip("owners are for root to set")
	}
	e, err := exportOf(t, manifest)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := e.Tar(&archive); err != nil {
		t.Fatal(err)
	}
	host := t.TempDir()
	for dir, mode := range map[string]os.FileMode{"root": 0o700, "etc": 0o711} {
		if err := os.Mkdir(filepath.Join(host, dir), mode); err != nil {
			t.Fatal(err)
		}
	}
	extract := exec.Command("tar", "--extract", "--directory", host)
	extract.Stdin = &archive
	if output, err := extract.CombinedOutput(); err != nil || len(output) > 0 {
		t.Fatalf("tar: %v: %s", err, output)
	}
	for path, want := range map[string]struct {
		mode     os.FileMode
		uid, gid uint32
	}{
		"root":                             {0o700, 0, 0},
		"root/.agent":                      {0o600, 0, 0},
		"etc":                              {0o711, 0, 0},
		"etc/agent":                        {0o755, 0, 0},
		"etc/agent/agent.conf":             {0o640, 1, 99},
		"etc/systemd/system/agent.service": {0o644, 0, 0},
	} {
		info, err := os.Stat(filepath.Join(host, path))
		if err != nil {
			t.Error(err)
			continue
		}
		owner := info.Sys().(*syscall.Stat_t)
		if info.Mode().Perm() != want.mode || owner.Uid != want.uid || owner.Gid != want.gid {
			t.Errorf("%s: %v of %d:%d, want %v of %d:%d", path, info.Mode(), owner.Uid, owner.Gid, want.mode, want.uid, want.gid)
		}
	}
}

// TestFolderOwners gives files to those whom this machine knows.
func TestFolderOwners(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("owners are for root to set")
	}
	e, err := exportOf(t, manifest)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "image")
	if err := e.Folder(dir, true); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][3]uint32{
		"root": {0o700, 0, 0}, "root/.agent": {0o600, 0, 0}, "etc/agent/agent.conf": {0o640, 1, 99},
	} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		owner := info.Sys().(*syscall.Stat_t)
		if got := [3]uint32{uint32(info.Mode().Perm()), owner.Uid, owner.Gid}; got != want {
			t.Errorf("%s: %o, want %o", path, got, want)
		}
	}
}

// TestManifestByHand refuses entries that lead elsewhere, whoever wrote them.
func TestManifestByHand(t *testing.T) {
	for _, bad := range []string{
		strings.Replace(manifest, `"/root/.agent"`, `"/root/../../.agent"`, 1),
		strings.Replace(manifest, `"/root/.agent"`, `"root/.agent"`, 1),
		strings.Replace(manifest, `"0600"`, `"4755"`, 1),
		strings.Replace(manifest, `"0600"`, `"rw"`, 1),
		strings.Replace(manifest, `nobody-here:root`, `root`, 1),
		strings.Replace(manifest, `"cp1"`, `"cp2"`, 1),
		manifest[1:],
	} {
		if e, err := exportOf(t, bad); err == nil || !strings.Contains(err.Error(), "manifest.json") {
			t.Errorf("%s gives %v, %v", bad, e, err)
		}
	}
}
