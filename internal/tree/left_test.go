package tree

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLeft: what another kind of file, another version or another mode takes the place of doesn't stay.
func TestLeft(t *testing.T) {
	manifest := func(host string, m Manifest) File {
		m.Host, m.Cluster = host, "a"
		return File{Host: host, Path: "manifest.json", Kind: KindManifest, Mode: 0o644, Content: EncodeManifest(&m)}
	}
	had := Manifest{
		Packages: []Package{{Name: "curl"}, {Name: "kubelet", Version: "1.35.*"}},
		Programs: []Program{{Path: "/usr/local/bin/etcd", Version: "3.6.4"}, {Path: "/usr/local/bin/etcdctl", Version: "3.6.4"}},
		PKI:      []PKIFile{{Path: "/etc/etcd/pki/ca.crt"}, {Path: "/etc/etcd/pki/peer.key"}},
		Units:    []Unit{{"etcd.service", true}, {"kubelet.service", true}},
		Files: []ManifestFile{
			{Path: "/etc/a", Kind: KindFile}, {Path: "/etc/b", Kind: KindSecret}, {Path: "/etc/c", Kind: KindFile, Mode: "0600"}, {Path: "/etc/hosts", Kind: KindBlock},
			{Path: "/etc/containers/systemd/b.container", Kind: KindFile}, {Path: "/etc/containers/systemd/k.container", Kind: KindFile},
		},
	}
	has := Manifest{
		Packages: []Package{{Name: "kubelet", Version: "1.36.*"}},
		Programs: []Program{{Path: "/usr/local/bin/etcdctl", Version: "3.6.8"}},
		PKI:      []PKIFile{{Path: "/etc/etcd/pki/ca.crt"}},
		Units:    []Unit{{"k.service", true}, {"kubelet.service", true}}, // k of another kind of file
		Files:    []ManifestFile{{Path: "/etc/b", Kind: KindFile}, {Path: "/etc/c", Kind: KindFile, Mode: "0644"}},
	}
	out := filepath.Join(t.TempDir(), "out")
	same := Manifest{Files: []ManifestFile{{Path: "/etc/c", Kind: KindFile}}}
	build(t, out, map[string][]File{"a": {manifest("n1", had), manifest("n2", same), manifest("n10", same), manifest("n9", same)}})
	view, err := View(out)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := view.Plan("a", []File{manifest("n1", has), manifest("n2", same)})
	if err != nil {
		t.Fatal(err)
	}
	got, err := plan.Left()
	if err != nil {
		t.Fatal(err)
	}
	want := []Left{
		{
			Cluster: "a", Host: "n1", Units: []string{"etcd.service"}, Quadlets: []string{"b.service"},
			Files: []string{"/etc/a", "/etc/containers/systemd/b.container", "/etc/containers/systemd/k.container"}, Blocks: []string{"/etc/hosts"},
			PKI: []string{"/etc/etcd/pki/peer.key"}, Programs: []string{"/usr/local/bin/etcd"}, Packages: []string{"curl"},
		},
		{Cluster: "a", Host: "n9", Gone: true, Files: []string{"/etc/c"}},
		{Cluster: "a", Host: "n10", Gone: true, Files: []string{"/etc/c"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
