package tree

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func clustersOf(contents map[string]string) map[string][]File {
	return map[string][]File{"a": cluster("a", contents)}
}

// What khagen didn't write stays: it is reported, and a wanted file at its place is an error.
func TestForeignFiles(t *testing.T) {
	both(t, func(t *testing.T, option func(*Out)) {
		out := filepath.Join(t.TempDir(), "out")
		build(t, out, clustersOf(map[string]string{"README.md": "a\n", "n1:/etc/x": "1\n", "n2:/etc/x": "2\n"}), option)
		foreign := map[string]string{
			"a/NOTES": "mine\n", "a/hosts/n1/rootfs/etc/mine": "mine\n", "a/hosts/n2/rootfs/etc/mine": "mine\n", "a/hosts/n2/doc/mine": "mine\n",
		}
		for path, content := range foreign {
			write(t, filepath.Join(out, path), content)
		}
		link := filepath.Join(out, "a/hosts/n1/rootfs/etc/link")
		if err := os.Symlink("/nowhere", link); err != nil {
			t.Fatal(err)
		}
		foreign["a/hosts/n1/rootfs/etc/link"] = "-> /nowhere"

		// n2 goes, its foreign files don't
		after := clustersOf(map[string]string{"README.md": "b\n", "n1:/etc/x": "one\n"})
		build(t, out, after, option)
		want := expected(after)
		maps.Copy(want, foreign)
		same(t, out, want)

		view, err := View(out)
		if err != nil {
			t.Fatal(err)
		}
		p, err := view.Plan("a", after["a"])
		if err != nil {
			t.Fatal(err)
		}
		wantForeign := []string{
			"NOTES", "hosts/n1/rootfs/etc/link", "hosts/n1/rootfs/etc/mine", "hosts/n2/doc/mine", "hosts/n2/rootfs/etc/mine",
		}
		if diff := cmp.Diff(wantForeign, p.Foreign); diff != "" || len(p.Changes) > 0 {
			t.Errorf("changes %v, foreign -want +got:\n%s", p.Changes, diff)
		}
		wantDelivered := []string{"hosts/n1/rootfs/etc/link", "hosts/n1/rootfs/etc/mine", "hosts/n2/rootfs/etc/mine"}
		if diff := cmp.Diff(wantDelivered, p.ForeignDelivered()); diff != "" {
			t.Errorf("delivered -want +got:\n%s", diff)
		}

		// the whole cluster goes, its foreign files don't
		build(t, out, nil, option)
		same(t, out, foreign)
		plans, err := view.Prune(nil)
		if err != nil || len(plans) != 1 || len(plans[0].Changes) > 0 {
			t.Fatalf("pruned again: %v, %v", plans, err)
		}
		if diff := cmp.Diff(wantDelivered, plans[0].Summary().Foreign); diff != "" {
			t.Errorf("still delivered -want +got:\n%s", diff)
		}
		build(t, out, nil, option)
		same(t, out, foreign)
	})
}

// put gives a function that puts a file somewhere below a folder.
func put(path, content string, mode os.FileMode) func(dir string) error {
	return func(dir string) error {
		name := filepath.Join(dir, path)
		return errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(content), mode), os.Chmod(name, mode))
	}
}

// linkInstead gives a function that moves something elsewhere in out/ and leaves a symbolic link to it.
func linkInstead(path string) func(dir string) error {
	return func(dir string) error {
		name, elsewhere := filepath.Join(dir, path), filepath.Join(dir, "..", "elsewhere")
		return errors.Join(os.Rename(name, elsewhere), os.Symlink(elsewhere, name))
	}
}

func TestForeignInTheWay(t *testing.T) {
	first := map[string]string{"README.md": "a\n", "n1:/etc/x": "1\n"}
	tests := []struct {
		name  string
		spoil func(dir string) error // dir is out/a
		wants map[string]string
		error string
	}{
		{
			"file", put("hosts/n1/rootfs/etc/y", "mine\n", 0o644),
			map[string]string{"n1:/etc/y": "y\n"},
			"hosts/n1/rootfs/etc/y: khagen didn't write this file",
		},
		{
			"execute bit of a file", put("hosts/n1/rootfs/etc/y", "y\n", 0o755),
			map[string]string{"n1:/etc/y": "y\n"},
			"hosts/n1/rootfs/etc/y: khagen didn't write this file",
		},
		{
			"folder", put("hosts/n1/rootfs/etc/y/z", "mine\n", 0o644),
			map[string]string{"n1:/etc/y": "y\n"},
			"hosts/n1/rootfs/etc/y: a folder with files that khagen didn't write (hosts/n1/rootfs/etc/y/z)",
		},
		{
			"hosts as a file", put("hosts/n1/rootfs/etc/y", "mine\n", 0o644),
			map[string]string{"hosts": "y\n"},
			"hosts: a folder with files that khagen didn't write",
		},
		{
			"file for a folder", put("hosts/n1/rootfs/etc/y", "mine\n", 0o644),
			map[string]string{"n1:/etc/y/z": "y\n"},
			"hosts/n1/rootfs/etc/y: a file that khagen didn't write where a folder belongs",
		},
		{
			"link for a file", linkInstead("hosts/n1/rootfs/etc/x"),
			map[string]string{"n1:/etc/x": "1\n"},
			"hosts/n1/rootfs/etc/x: is a symbolic link",
		},
		{
			"link for a folder", linkInstead("hosts/n1/rootfs"),
			map[string]string{"n1:/etc/x": "new\n"},
			"hosts/n1/rootfs: is a symbolic link",
		},
		{
			"link for hosts", linkInstead("hosts"),
			map[string]string{"n1:/etc/x": "new\n"},
			"hosts: is a symbolic link",
		},
		{
			"link for the cluster", linkInstead(""),
			map[string]string{"n1:/etc/x": "new\n"},
			"out/a: is a symbolic link",
		},
		{
			"file for the cluster", func(dir string) error {
				return errors.Join(os.RemoveAll(dir), os.WriteFile(dir, []byte("mine\n"), 0o644))
			},
			map[string]string{"n1:/etc/x": "new\n"},
			"out/a: is not a folder",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			build(t, out, clustersOf(first))
			if err := test.spoil(filepath.Join(out, "a")); err != nil {
				t.Fatal(err)
			}
			before := snapshot(t, out)
			err := tryBuild(out, clustersOf(test.wants))
			if err == nil || !strings.Contains(err.Error(), test.error) {
				t.Errorf("%v, want %q in it", err, test.error)
			}
			same(t, out, before)
		})
	}
}

// A foreign file that holds just what is wanted is in nobody's way.
func TestForeignAdopted(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	after := clustersOf(map[string]string{"README.md": "a\n", "n1:/etc/x": "1\n"})
	write(t, filepath.Join(out, "a/hosts/n1/rootfs/etc/x"), "1\n")
	build(t, out, after)
	same(t, out, expected(after))
}

func TestHandEdited(t *testing.T) {
	both(t, func(t *testing.T, option func(*Out)) {
		out := filepath.Join(t.TempDir(), "out")
		clusters := clustersOf(map[string]string{"README.md": "a\n", "n1:/etc/x": "1\n", "n1:/etc/y": "2\n", "n2:/etc/z": "3\n"})
		build(t, out, clusters, option)
		write(t, filepath.Join(out, "a/hosts/n1/rootfs/etc/x"), "9\n") // of the same size
		write(t, filepath.Join(out, "a/README.md"), "edited\n")
		os.Remove(filepath.Join(out, "a/hosts/n1/rootfs/etc/y"))
		os.RemoveAll(filepath.Join(out, "a/hosts/n2"))
		build(t, out, clusters, option)
		same(t, out, expected(clusters))
	})
}

// A merge can leave manifests that are no JSON. They still say what khagen wrote, on both sides, and are rebuilt.
func TestConflictedManifest(t *testing.T) {
	both(t, func(t *testing.T, option func(*Out)) {
		out := filepath.Join(t.TempDir(), "out")
		clusters := clustersOf(map[string]string{"README.md": "a\n", "n1:/etc/x": "1\n"})
		build(t, out, clusters, option)
		write(t, filepath.Join(out, "a/manifest.json"), "<<<<<<< HEAD\n=======\n>>>>>>> other\n")
		write(t, filepath.Join(out, "a/hosts/n1/manifest.json"), `{
  "host": "n1",
  "cluster": "a",
  "files": [
<<<<<<< HEAD
    {"path":"/etc/x","kind":"file","mode":"0644","owner":"root:root","source":"test"},
    {"path":"/etc/ours","kind":"file","mode":"0644","owner":"root:root","source":"test"}
=======
    {"path":"/etc/theirs","kind":"secret","mode":"0644","owner":"root:root","source":"test"}
>>>>>>> other
  ]
}
`)
		write(t, filepath.Join(out, "a/hosts/n1/rootfs/etc/x"), "<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> other\n")
		write(t, filepath.Join(out, "a/hosts/n1/rootfs/etc/ours"), "")
		write(t, filepath.Join(out, "a/hosts/n1/secrets/etc/theirs.j2"), "")
		build(t, out, clusters, option)
		same(t, out, expected(clusters))
	})
}

// A folder of out/ without a manifest of khagen's is somebody else's, whatever it is called.
func TestPruneLeavesOthersAlone(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	build(t, out, clustersOf(map[string]string{"README.md": "a\n"}))
	write(t, filepath.Join(out, "notes/README.md"), "mine\n")
	write(t, filepath.Join(out, "site/manifest.json"), `{"name": "a web application"}`)
	write(t, filepath.Join(out, "README.md"), "mine\n")
	write(t, filepath.Join(out, "site/hosts/n1/doc/rootfs/mine"), "mine\n")
	if runtime.GOOS != "windows" {
		if err := os.Symlink("a", filepath.Join(out, "alias")); err != nil {
			t.Fatal(err)
		}
	}
	before := snapshot(t, out)
	for path := range expected(clustersOf(map[string]string{"README.md": "a\n"})) {
		delete(before, path)
	}
	build(t, out, nil)
	same(t, out, before)
}
