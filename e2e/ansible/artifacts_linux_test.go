package ansible

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"testing"

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
	f.keep(func(h *topology.Host) bool { return h.Name == host })
	f.skip, f.own = "packages,bootstrap", []string{"/usr/local/bin"}
	f.boot(t)
	m := f.manifest(t, host)
	folder := filepath.Join(f.dir, "artifacts")
	publish(t, folder, m.Programs)
	arguments := append(f.secrets(t), "--limit", host, "--extra-vars", "khagen_artifacts="+folder)

	if r := f.play(t, "site.yml", arguments...); r.code != 0 {
		t.Fatal(r.output)
	}
	for i := range m.Programs {
		f.compareFile(t, host, m.Programs[i].Path, m.Programs[i].Mode, "root:root", program(m.Programs[i].Path))
	}

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
	write(t, artifact(folder, at(m, proxy).URL), []byte("somebody else's"))
	before := f.snapshot(t)
	r := f.play(t, "site.yml", arguments...)
	if r.code == 0 || !strings.Contains(r.output, "isn't what its project published") {
		t.Error(r.output)
	}
	if after := f.snapshot(t); before != after {
		t.Errorf("files were touched:\n%s\n%s", before, after)
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

// artifact is where a folder has what projects publish at a URL.
func artifact(folder, url string) string {
	return filepath.Join(folder, strings.ReplaceAll(strings.TrimPrefix(url, "https://"), "{arch}", "amd64"))
}

// publish lays out what projects publish: archives and programs with their sums, each below the host and path of its URL.
func publish(t *testing.T, folder string, programs []tree.Program) {
	t.Helper()
	archives, sums := map[string]map[string][]byte{}, map[string]string{}
	for _, p := range programs {
		sums[p.URL] = p.Checksum
		if archives[p.URL] == nil {
			archives[p.URL] = map[string][]byte{}
		}
		archives[p.URL][strings.ReplaceAll(p.Member, "{arch}", "amd64")] = program(p.Path)
	}
	lists := map[string]string{}
	for url, members := range archives {
		content := members[""]
		if content == nil {
			content = pack(t, members)
		}
		write(t, artifact(folder, url), content)
		lists[sums[url]] += fmt.Sprintf("%x  %s\n", sha256.Sum256(content), path.Base(artifact(folder, url)))
	}
	for url, list := range lists {
		write(t, artifact(folder, url), []byte(list))
	}
}

// pack is an archive of files.
func pack(t *testing.T, members map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	compressed := gzip.NewWriter(&out)
	w := tar.NewWriter(compressed)
	for name, content := range members {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
