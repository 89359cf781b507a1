package tree

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDifferences: what a host has to take anew, with what it does then, and nothing else.
func TestDifferences(t *testing.T) {
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
	before, err := plan.Before()
	if err != nil {
		t.Fatal(err)
	}
	after, err := plan.After()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Differences(before, after)
	if err != nil {
		t.Fatal(err)
	}
	want := []Difference{
		{"n1", PhaseWorker, WhatFile, "/etc/b", []string{"restart mode.service"}},
		{"n1", PhaseWorker, WhatFile, "/etc/c", []string{"reload r.service"}},
		{"n1", PhaseWorker, WhatFile, "/etc/d", []string{"daemon-reload", "restart r.service"}},
		{"n1", PhaseEtcd, WhatProgram, "/bin/etcd", []string{"restart etcd.service"}},
		{"n1", PhasePrerequisites, WhatPKI, "/pki/server.crt", []string{"restart s.service"}},
		{"n3", PhaseWorker, WhatFile, "/etc/a", []string{"restart same.service"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
