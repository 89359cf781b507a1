package schema

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFind(t *testing.T) {
	cases := []struct {
		name  string
		files string            // separated by spaces; empty files below overlays/
		links map[string]string // link to target
		want  string            // folders or problems, a line each
	}{
		{name: "nothing"},
		{name: "two kinds, sorted", files: "shop/prod/cluster.cue shop/staging/cluster.yaml a/cluster.cue base.cue shop/base.cue", want: "overlays/a overlays/shop/prod overlays/shop/staging"},
		{name: "folders that are none", files: ".git/a/cluster.cue _old/a/cluster.cue cue.mod/a/cluster.cue a/cluster.cue a/files/cluster.yaml", want: "overlays/a"},
		{name: "both kinds", files: "a/cluster.cue a/cluster.yaml", want: "overlays/a: both cluster.cue and cluster.yaml lie here\n  delete one of them"},
		{
			name: "one name twice", files: "a/prod/cluster.cue b/prod/cluster.cue",
			want: "overlays/b/prod: the name \"prod\" is taken by overlays/a/prod\n  a cluster has its folder's name, and names are unique in a repository",
		},
		{
			name: "one in another", files: "a/cluster.cue a/prod/cluster.cue",
			want: "overlays/a/prod/cluster.cue: a cluster inside the cluster overlays/a\n  CUE would merge the two: move one of them; what they share goes into a file of another name above both",
		},
		{
			name: "at the top", files: "cluster.cue",
			want: "overlays/cluster.cue: a cluster is a folder below overlays/, not that folder itself\n  move it to a folder with the cluster's name",
		},
		{name: "another ending", files: "a/cluster.yml b/cluster.cue", want: "overlays/a/cluster.yml: khagen doesn't read this name\n  call it cluster.yaml"},
		{name: "a folder of the name", files: "a/cluster.cue/x", want: "overlays/a: cluster.cue is no regular file"},
		{
			name: "links to folders", files: "a/cluster.cue", links: map[string]string{"b": "a", "c": "/etc", "d": "gone", "_e": "a", "a/docs": "/etc"},
			want: "overlays/b: a symbolic link to a folder\n  make it a folder; what clusters share goes into a CUE file above them\n" +
				"overlays/c: a symbolic link to a folder\n  make it a folder; what clusters share goes into a CUE file above them\n" +
				"overlays/d: a symbolic link that leads nowhere: no such file or directory",
		},
		{name: "deleted clusters", files: "a/cluster.cue b/README.md b/c/.gitkeep d/cluster.cue~ e/files/ca.crt f/.hidden.yaml", want: "overlays/a"},
		{
			name: "misnamed, a base above", files: "shop/base.cue shop/prod/Cluster.cue shop/test/Cluster.yaml",
			want: "overlays/shop/prod: no cluster.cue here\n  did you mean to name Cluster.cue cluster.cue?\n" +
				"overlays/shop/test: no cluster.yaml here\n  did you mean to name Cluster.yaml cluster.yaml?",
		},
		{name: "misnamed, several", files: "shop/a.cue shop/b.yaml", want: "overlays/shop: no cluster.cue here\n  one of its files has to be called cluster.cue, or a folder below needs one"},
		{name: "misnamed, no resemblance", files: "shop/prod.yml", want: "overlays/shop: no cluster.yaml here\n  did you mean to name prod.yml cluster.yaml?"},
		{name: "a cluster called cluster", files: "cluster/cluster.cue patches/cluster.cue", want: "overlays/cluster overlays/patches"},
		{name: "a link in a circle", links: map[string]string{"a/cluster.cue": "cluster.cue"}, want: "overlays/a: cluster.cue: too many levels of symbolic links"},
		{name: "a link to nothing", files: "a/x", links: map[string]string{"a/cluster.cue": "gone.cue"}, want: "overlays/a: cluster.cue: a symbolic link to nothing"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.Mkdir("overlays", 0o755); err != nil {
				t.Fatal(err)
			}
			for _, path := range strings.Fields(c.files) {
				writeFile(t, filepath.Join("overlays", path), "")
			}
			for link, target := range c.links {
				link = filepath.Join("overlays", link)
				if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(target, link); err != nil {
					t.Fatal(err)
				}
			}
			dirs, err := Find("overlays")
			got := strings.Join(dirs, " ")
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFindWithoutFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := Find("overlays")
	want := "overlays: not a readable folder: no such file or directory\n  clusters lie below it, one folder each, with a cluster.cue"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

// TestLinks: what a definition is made of never lies outside of overlays/.
func TestLinks(t *testing.T) {
	definition := "package fleet\n\ncluster: {name: \"a\", hosts: cp1: address: \"10.0.0.1\"}\n"
	withFile := "package fleet\n\ncluster: {name: \"a\", hosts: cp1: address: \"10.0.0.1\", machine: registries: r: caFile: \"files/ca.crt\"}\n"
	cases := []struct {
		name, definition, link, target, want string
	}{
		{"a definition outside", "", "overlays/a/cluster.cue", "../../outside.cue", "overlays/a/cluster.cue: a symbolic link that leads out of overlays/"},
		{"a definition inside", "", "overlays/a/cluster.cue", "../inside.txt", ""},
		{"a base outside", definition, "overlays/more.cue", "../outside.cue", "overlays/more.cue: a symbolic link that leads out of overlays/"},
		{"a base that is nowhere", definition, "overlays/more.cue", "gone.cue", "overlays/more.cue: can't be read: no such file or directory"},
		{
			"a file outside", withFile, "overlays/a/files/ca.crt", "../../../outside.cue",
			"overlays/a/cluster.cue:3:79: machine.registries.r.caFile: \"files/ca.crt\": a symbolic link that leads out of the cluster's folder\n  the path is relative to overlays/a",
		},
		{"a file inside", withFile, "overlays/a/files/ca.crt", "../cluster.cue", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			writeFile(t, "overlays/cue.mod/module.cue", "module: \"fleet.example\"\nlanguage: version: \"v0.17.0\"\n")
			writeFile(t, "overlays/base.cue", fleetBase)
			writeFile(t, "overlays/inside.txt", definition)
			writeFile(t, "outside.cue", definition)
			writeFile(t, "overlays/a/files/x", "")
			if c.definition != "" {
				writeFile(t, "overlays/a/cluster.cue", c.definition)
			}
			if err := os.Symlink(c.target, c.link); err != nil {
				t.Fatal(err)
			}
			_, err := Load("overlays/a")
			got := ""
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
