package tree

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

func TestRefusedPlaces(t *testing.T) {
	long := strings.Repeat("x", 256)
	tests := []struct {
		name  string
		files []File
		want  string
	}{
		{"parent", []File{{Host: "n", Path: "/etc/../../../x"}}, `the name ".."`},
		{"parent of the cluster", []File{{Path: "../b/README.md"}}, `the name ".."`},
		{"absolute", []File{{Path: "/etc/x"}}, "not below the folder"},
		{"relative on a host", []File{{Host: "n", Path: "etc/x"}}, "not an absolute path"},
		{"empty", []File{{Path: ""}}, "an empty name"},
		{"root", []File{{Host: "n", Path: "/"}}, "an empty name"},
		{"double slash", []File{{Host: "n", Path: "/etc//x"}}, "an empty name"},
		{"trailing slash", []File{{Host: "n", Path: "/etc/"}}, "an empty name"},
		{"dot", []File{{Host: "n", Path: "/etc/./x"}}, `the name "."`},
		{"NUL", []File{{Host: "n", Path: "/etc/x\x00y"}}, `the character '\x00'`},
		{"newline", []File{{Host: "n", Path: "/etc/x\ny"}}, `the character '\n'`},
		{"backslash", []File{{Host: "n", Path: `/etc/..\..\x`}}, `the character '\\'`},
		{"not UTF-8", []File{{Host: "n", Path: "/etc/\xff"}}, "not UTF-8"},
		{"too long", []File{{Host: "n", Path: "/etc/" + long}}, "256 bytes"},
		{"git", []File{{Host: "n", Path: "/etc/.Git/config"}}, "Git keeps for itself"},
		{"host with slash", []File{{Host: "../n", Path: "/etc/x"}}, `host "../n"`},
		{"host dot dot", []File{{Host: "..", Path: "/etc/x"}}, `the name ".."`},
		{"manifest elsewhere", []File{{Host: "n", Path: "../m/manifest.json", Kind: KindManifest}}, `the name ".."`},
		{
			"twice",
			[]File{{Host: "n", Path: "/etc/x", Source: "one"}, {Host: "n", Path: "/etc/x", Source: "two"}},
			`"hosts/n/rootfs/etc/x": two files for one place (made by one) (made by two)`,
		},
		{"file and folder", []File{{Path: "a"}, {Path: "a-b"}, {Path: "a/b"}}, `"a": a file where "a/b" needs a folder`},
		{"case", []File{{Path: "doc/README"}, {Path: "doc/readme"}}, `"doc/README" and "doc/readme": differ in case alone`},
		{"case of a folder", []File{{Path: "Doc/x"}, {Path: "doc/y"}}, `"Doc" and "doc": differ in case alone`},
		{
			"two kinds",
			[]File{{Host: "n", Path: "/etc/hosts", Kind: KindFile}, {Host: "n", Path: "/etc/hosts", Kind: KindBlock}},
			"host n: /etc/hosts: a file and a block for one place",
		},
	}
	view, err := View(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := view.Plan("c", test.files)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q in it", err, test.want)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "cluster c: ") {
				t.Errorf("%v: doesn't name the cluster", err)
			}
		})
	}
	for _, name := range []string{"", ".", "..", "a/b", ".stage-a", "a\nb", `a\b`} {
		if _, err := view.Plan(name, nil); err == nil {
			t.Errorf("cluster %q is not refused", name)
		}
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	view, err := View(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = view.Plan("c", []File{{Host: "n", Path: "etc/x", Source: "one"}, {Path: "/y"}, {Path: "z"}})
	want := "cluster c: host n: \"etc/x\": not an absolute path (made by one)\ncluster c: \"/y\": not below the folder of the cluster"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Whatever a file is called, it is refused or lands in the cluster's folder at a place that its manifest gives back.
func FuzzTreePath(f *testing.F) {
	f.Add("node1", "/etc/hosts", byte(0))
	f.Add("", "../x", byte(1))
	f.Add("..", "/..", byte(2))
	f.Add("n", "/a\\..\\b", byte(3))
	f.Add("n", "/hosts/../../manifest.json", byte(4))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, host, path string, kind byte) {
		kinds := []Kind{KindFile, KindObject, KindBlock, KindSecret, KindManifest}
		file := File{Host: host, Path: path, Kind: kinds[int(kind)%len(kinds)], Content: []byte("x")}
		out := filepath.Join(dir, "out")
		p, err := (&Folder{dir: out}).Plan("c", []File{file})
		if err != nil {
			return
		}
		place := p.Changes[0].Path
		if !fs.ValidPath(place) || !filepath.IsLocal(place) || strings.ContainsAny(place, "\\\n\x00") {
			t.Fatalf("%q of %q is written to %q", path, host, place)
		}
		if host != "" && !strings.HasPrefix(place, "hosts/"+host+"/") {
			t.Fatalf("%q of %q is written to %q", path, host, place)
		}
		m, intact := ReadManifest(EncodeManifest(&Manifest{Cluster: "c", Files: []ManifestFile{{Path: path, Kind: file.Kind}}}))
		if got := m.treePaths(host); !intact || len(got) != 1 || got[0] != place {
			t.Fatalf("a manifest gives %q, the file is at %q", got, place)
		}
	})
}
