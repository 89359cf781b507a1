package ansible

import (
	"bytes"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/khagen/khagen/e2e/lab/artifacts"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// TestArtifacts brings programs to a host from a folder of this machine, again what was changed there, and nothing from an archive
// that isn't the published one.
func TestArtifacts(t *testing.T) {
	need(t, "ansible-playbook", "nsenter")
	t.Parallel()
	const host = "k8s-node1"
	f := render(t, "binary-nginx")
	if f.known(t) {
		return
	}
	m, folder := f.bootAlone(t, host)
	arguments := append(f.secrets(t), "--limit", host, "--extra-vars", "khagen_artifacts="+folder)

	if r := f.play(t, "site.yml", arguments...); r.code != 0 {
		t.Fatal(r.output)
	}
	f.comparePrograms(t, host, m)

	// Nothing else of its phase is due, so that only what knows of the programs of all phases finds it.
	proxy := "/opt/kubernetes/bin/kube-proxy"
	f.put(t, host, proxy, "changed by hand")
	f.forget(t)
	if r := f.play(t, "site.yml", arguments...); r.code != 0 {
		t.Fatal(r.output)
	}
	f.compareFile(t, host, proxy, "0755", "root:root", program(proxy))
	var restarted []string
	for _, e := range f.events(t) {
		if strings.HasPrefix(e.text, "systemctl restart ") {
			restarted = append(restarted, e.text)
		}
	}
	if len(restarted) != 1 || restarted[0] != "systemctl restart kube-proxy.service" {
		t.Error("restarts:", restarted)
	}

	f.put(t, host, proxy, "changed by hand")
	write(t, artifacts.At(folder, at(m, proxy).URL), []byte("somebody else's"))
	before := f.snapshot(t)
	r := f.play(t, "site.yml", arguments...)
	if r.code == 0 || !strings.Contains(r.output, "isn't what its project published") {
		t.Error(r.output)
	}
	if after := f.snapshot(t); before != after {
		t.Errorf("files were touched:\n%s\n%s", before, after)
	}
}

// TestDownloads has a host fetch its programs from where its manifest says, which is a folder of its own here.
func TestDownloads(t *testing.T) {
	need(t, "ansible-playbook", "nsenter")
	t.Parallel()
	const host, there = "k8s-node1", "/var/lib/published"
	f := render(t, "binary-nginx")
	if f.known(t) {
		return
	}
	m, folder := f.bootAlone(t, host)
	// Programs that come as they are are links out of the folder.
	if output, err := exec.CommandContext(t.Context(), "cp", "--recursive", "--dereference", folder, f.root(host)+there).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	manifest := filepath.Join(f.out(), "hosts", host, "manifest.json")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	write(t, manifest, bytes.ReplaceAll(text, []byte("https://"), []byte("file://"+there+"/")))

	if r := f.play(t, "site.yml", append(f.secrets(t), "--limit", host)...); r.code != 0 {
		t.Fatal(r.output)
	}
	f.comparePrograms(t, host, m)
}

// bootAlone starts one host of all, and gives its manifest and a folder with what projects publish of its programs.
func (f *fleet) bootAlone(t *testing.T, host string) (m *tree.Manifest, folder string) {
	t.Helper()
	f.keep(func(h *topology.Host) bool { return h.Name == host })
	f.skip, f.own = "packages,bootstrap", []string{"/usr/local/bin"}
	f.boot(t)
	m, folder = f.manifest(t, host), filepath.Join(f.dir, "artifacts")
	publish(t, folder, m.Programs)
	return m, folder
}

// comparePrograms wants a host to have its programs.
func (f *fleet) comparePrograms(t *testing.T, host string, m *tree.Manifest) {
	t.Helper()
	for i := range m.Programs {
		f.compareFile(t, host, m.Programs[i].Path, m.Programs[i].Mode, "root:root", program(m.Programs[i].Path))
	}
}

// at gives the program at a path.
func at(m *tree.Manifest, path string) *tree.Program {
	for i := range m.Programs {
		if m.Programs[i].Path == path {
			return &m.Programs[i]
		}
	}
	return &tree.Program{}
}

// program is the content of a program at a path.
func program(path string) []byte {
	if strings.HasSuffix(path, "/etcdctl") {
		return etcdctl
	}
	return []byte("#!/bin/sh\n# " + path + "\n")
}

// publish lays out what projects publish of programs, each with its path for a content.
func publish(t *testing.T, folder string, programs []tree.Program) {
	t.Helper()
	bin := t.TempDir()
	for i := range programs {
		minor := strings.Join(strings.Split(programs[i].Version, ".")[:2], ".")
		write(t, filepath.Join(bin, "containerd-"+minor, path.Base(programs[i].Path)), program(programs[i].Path))
	}
	if err := artifacts.Lay(folder, bin, programs); err != nil {
		t.Fatal(err)
	}
}
