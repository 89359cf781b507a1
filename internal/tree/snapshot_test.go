package tree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSnapshots: what a plan leads from is on disk, what it leads to in memory, and both read alike.
func TestSnapshots(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	state := func(content string, hosts ...string) []File {
		files := []File{{Path: manifestName, Kind: KindManifest, Content: EncodeManifest(&Manifest{Cluster: "a"})}}
		for _, host := range hosts {
			f := File{Host: host, Path: "/etc/a", Kind: KindFile, Mode: 0o644, Content: []byte(content)}
			m := &Manifest{Host: host, Cluster: "a", Files: []ManifestFile{{Path: f.Path, Kind: f.Kind, Mode: "0644"}}}
			files = append(files, f, File{Host: host, Path: manifestName, Kind: KindManifest, Content: EncodeManifest(m)})
		}
		return files
	}
	build(t, out, map[string][]File{"a": state("old\n", "n10", "n9")})
	view, err := View(out)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := view.Plan("a", state("new\n", "n9", "n11"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		take    func() (*Snapshot, error)
		hosts   string
		content string
		without string
	}{
		{plan.Before, "n9 n10", "old\n", "n11"},
		{plan.After, "n9 n11", "new\n", "n10"},
	} {
		s, err := c.take()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, h := range s.Hosts {
			names = append(names, h.Host)
		}
		if got := strings.Join(names, " "); got != c.hosts || s.Cluster == nil {
			t.Errorf("hosts %s, want %s", got, c.hosts)
		}
		if got, err := s.Read("hosts/n9/rootfs/etc/a"); string(got) != c.content {
			t.Errorf("got %q %v, want %q", got, err, c.content)
		}
		if m := s.Host("n9"); m == nil || m.Files[0].Path != "/etc/a" {
			t.Errorf("n9 has %v", m)
		}
		if s.Host(c.without) != nil {
			t.Errorf("has %s", c.without)
		}
		if _, err := s.Read("hosts/" + c.without + "/rootfs/etc/a"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("reads a file that isn't there: %v", err)
		}
	}
}

// TestSnapshotsOfNothing: a cluster that comes has nothing before, one that goes nothing after.
func TestSnapshotsOfNothing(t *testing.T) {
	view, err := View(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := view.Plan("a", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, take := range []func() (*Snapshot, error){plan.Before, plan.After} {
		if s, err := take(); err != nil || s.Cluster != nil || len(s.Hosts) > 0 || s.Host("n") != nil {
			t.Errorf("got %v %v", s, err)
		}
	}
}

func TestSnapshotOfStrangeTrees(t *testing.T) {
	for name, c := range map[string]struct{ path, content, want string }{
		"conflict":        {"manifest.json", "{\n<<<<<<< ours\n", "manifest.json of cluster a can't be read"},
		"another cluster": {"manifest.json", `{"cluster": "b", "files": []}`, "manifest.json of cluster a can't be read"},
		"no manifest":     {"hosts/n/rootfs/etc/a", "", "hosts/n has no manifest.json"},
		"another host":    {"hosts/n/manifest.json", `{"host": "m", "cluster": "a", "files": []}`, "hosts/n/manifest.json of cluster a can't be read"},
	} {
		t.Run(name, func(t *testing.T) {
			out := t.TempDir()
			write := func(path, content string) {
				path = filepath.Join(out, "a", path)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			write("manifest.json", `{"cluster": "a", "files": []}`)
			write(c.path, c.content)
			view, err := View(out)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := view.Snapshot("a"); err == nil || !strings.Contains(filepath.ToSlash(err.Error()), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestEncodeTopology: one line for each fact of the cluster and for each of its hosts.
func TestEncodeTopology(t *testing.T) {
	m := &Manifest{
		Cluster: "a",
		Topology: &Topology{
			Kubernetes: "1.36.3", Install: "kubeadm", Endpoint: "a.example:6443",
			Balancer: &Balancer{Placement: "external"}, Etcd: &Etcd{Topology: "stacked"},
		},
		Members: []Member{{Name: "n1", Address: "192.0.2.1", Roles: []string{"control-plane"}}, {Name: "n2", Address: "192.0.2.2", Roles: []string{"worker"}}},
	}
	want := `{
  "cluster": "a",
  "topology": {
    "kubernetes": "1.36.3",
    "install": "kubeadm",
    "endpoint": "a.example:6443",
    "balancer": {"placement":"external"},
    "etcd": {"topology":"stacked"}
  },
  "members": [
    {"name":"n1","address":"192.0.2.1","roles":["control-plane"]},
    {"name":"n2","address":"192.0.2.2","roles":["worker"]}
  ],
  "files": []
}
`
	if diff := cmp.Diff(want, string(EncodeManifest(m))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
