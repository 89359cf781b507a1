package tree

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDue: each action once for a phase, for what a host has to take anew, and for nothing else.
func TestDue(t *testing.T) {
	manifest := func(host string, m Manifest) File {
		m.Host, m.Cluster = host, "a"
		return File{Host: host, Path: "manifest.json", Kind: KindManifest, Mode: 0o644, Content: EncodeManifest(&m)}
	}
	file := func(host, path, content string) File {
		return File{Host: host, Path: path, Kind: KindFile, Mode: 0o644, Content: []byte(content)}
	}
	entry := func(path, mode string, phase Phase, notify ...string) ManifestFile {
		return ManifestFile{Path: path, Kind: KindFile, Mode: mode, Owner: "root:root", Phase: phase, Notify: notify, Source: "x"}
	}
	had := Manifest{
		Programs:     []Program{{Path: "/bin/etcd", Version: "3.6.4", URL: "https://a", Phase: PhaseEtcd, Notify: []string{"restart etcd.service"}}},
		Certificates: []Certificate{{Path: "/pki/server.crt", Names: []string{"a"}}},
		PKI: []PKIFile{
			{Path: "/pki/ca.crt", Phase: PhasePrerequisites, Notify: []string{"restart a.service"}},
			{Path: "/pki/server.crt", Phase: PhasePrerequisites, Notify: []string{"restart s.service"}},
		},
		Files: []ManifestFile{
			entry("/etc/a", "0644", PhaseWorker, "restart same.service"),
			entry("/etc/b", "0600", PhaseWorker, "restart mode.service"),
			entry("/etc/c", "0644", PhaseWorker, "reload r.service"),
			entry("/etc/gone", "0644", PhaseWorker, "restart gone.service"),
		},
	}
	has := had
	has.Programs = []Program{{Path: "/bin/etcd", Version: "3.6.8", URL: "https://b", Phase: PhaseEtcd, Notify: []string{"restart etcd.service"}}}
	has.Certificates = []Certificate{{Path: "/pki/server.crt", Names: []string{"a", "b"}}}
	has.Files = []ManifestFile{
		entry("/etc/a", "0644", PhaseWorker, "restart same.service"),
		entry("/etc/b", "0644", PhaseWorker, "restart mode.service"),
		entry("/etc/c", "0644", PhaseWorker, "reload r.service"),
		entry("/etc/d", "0644", PhaseWorker, "daemon-reload", "restart r.service"),
	}
	moved := had // to another mirror: nothing for the host to take
	moved.Programs = []Program{{Path: "/bin/etcd", Version: "3.6.4", URL: "https://b", Phase: PhaseEtcd, Notify: []string{"restart etcd.service"}}}

	out := filepath.Join(t.TempDir(), "out")
	old := []File{}
	for _, host := range []string{"n1", "n2"} {
		old = append(old, manifest(host, had), file(host, "/etc/a", "1"), file(host, "/etc/b", "1"), file(host, "/etc/c", "1"), file(host, "/etc/gone", "1"))
	}
	build(t, out, map[string][]File{"a": append(old, manifest("", Manifest{}))})
	view, err := View(out)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := view.Plan("a", []File{
		manifest("", Manifest{}),
		manifest("n1", has), file("n1", "/etc/a", "1"), file("n1", "/etc/b", "1"), file("n1", "/etc/c", "2"), file("n1", "/etc/d", "1"),
		manifest("n2", moved), file("n2", "/etc/a", "1"), file("n2", "/etc/b", "1"), file("n2", "/etc/c", "1"), file("n2", "/etc/gone", "1"),
		manifest("n3", Manifest{Files: []ManifestFile{entry("/etc/a", "0644", PhaseWorker, "restart same.service")}}), file("n3", "/etc/a", "1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := plan.Due()
	if err != nil {
		t.Fatal(err)
	}
	want := []Due{
		{"n1", PhasePrerequisites, "restart s.service", []string{"/pki/server.crt"}},
		{"n1", PhaseEtcd, "restart etcd.service", []string{"/bin/etcd"}},
		{"n1", PhaseWorker, "daemon-reload", []string{"/etc/d"}},
		{"n1", PhaseWorker, "restart mode.service", []string{"/etc/b"}},
		{"n1", PhaseWorker, "restart r.service", []string{"/etc/d"}},
		{"n3", PhaseWorker, "restart same.service", []string{"/etc/a"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
