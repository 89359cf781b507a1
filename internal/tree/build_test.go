package tree

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A failed build of several clusters changes none, in whatever step it fails.
func TestFailureChangesNothing(t *testing.T) {
	first := map[string][]File{
		"a": cluster("a", map[string]string{"README.md": "a\n", "n1:/etc/x": "1\n"}),
		"b": cluster("b", map[string]string{"README.md": "b\n"}),
		"d": cluster("d", map[string]string{"README.md": "d\n"}),
		"e": cluster("e", map[string]string{"README.md": "e\n"}),
	}
	second := map[string][]File{ // a, b and e change, c comes, d goes
		"a": cluster("a", map[string]string{"README.md": "A\n", "n1:/etc/x": "1\n"}),
		"b": cluster("b", map[string]string{"README.md": "B\n"}),
		"c": cluster("c", map[string]string{"README.md": "C\n"}),
		"e": cluster("e", map[string]string{"README.md": "E\n"}),
	}
	t.Run("last swap", func(t *testing.T) {
		needsExchange(t)
		out := filepath.Join(t.TempDir(), "out")
		build(t, out, first)
		swaps := 0
		err := tryBuild(out, second, func(o *Out) {
			real := o.exchange
			o.exchange = func(a, b string) error {
				if swaps++; filepath.Base(b) == "e" && swaps == 4 { // after the probe, a and b
					return errors.New("no swap today")
				}
				return real(a, b)
			}
		})
		if err == nil || !strings.Contains(err.Error(), "no swap today") {
			t.Fatal(err)
		}
		same(t, out, expected(first))
	})
	t.Run("late obstacle", func(t *testing.T) {
		out := filepath.Join(t.TempDir(), "out")
		build(t, out, first)
		o, err := Open(out)
		if err != nil {
			t.Fatal(err)
		}
		if err := stageAll(o, second); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(out, "c/mine"), "mine\n")
		if err := o.Commit(); err == nil {
			t.Fatal("a folder that came meanwhile was overwritten")
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
		want := expected(first)
		want["c/mine"] = "mine\n"
		same(t, out, want)
	})
	t.Run("missing out", func(t *testing.T) {
		out := filepath.Join(t.TempDir(), "out")
		if err := tryBuild(out, map[string][]File{"a": {{Path: "../x"}}}); err == nil {
			t.Fatal("no error")
		}
		if _, err := os.Stat(out); err == nil {
			t.Error("a failed build left an empty out/")
		}
	})
}

// A late file at the very place of a new one is kept: there, under another name, or by refusing to build.
func TestLateForeignFileInTheWay(t *testing.T) {
	for name, first := range map[string]map[string]string{
		"in a folder": {"README.md": "a\n", "n1:/etc/y": "1\n"}, "with a new folder": {"README.md": "a\n"},
	} {
		both(t, func(t *testing.T, option func(*Out)) {
			t.Run(name, func(t *testing.T) {
				out := filepath.Join(t.TempDir(), "out")
				build(t, out, clustersOf(first), option)
				o, err := Open(out)
				if err != nil {
					t.Fatal(err)
				}
				option(o)
				if err := stageAll(o, clustersOf(map[string]string{"README.md": "a\n", "n1:/etc/x": "1\n"})); err != nil {
					t.Fatal(err)
				}
				late := filepath.Join(out, "a/hosts/n1/rootfs/etc/x")
				write(t, late, "mine\n")
				before := snapshot(t, filepath.Join(out, "a"))
				err = o.Commit()
				if closeErr := o.Close(); closeErr != nil {
					t.Error(closeErr)
				}
				if err != nil {
					same(t, filepath.Join(out, "a"), before)
					return
				}
				found := snapshot(t, out)
				if found["a/hosts/n1/rootfs/etc/x"] != "mine\n" && found["a/hosts/n1/rootfs/etc/x.orig"] != "mine\n" {
					t.Errorf("the late file is lost: %q", found)
				}
			})
		})
	}
}

// Empty folders that somebody made stay, but are in no file's way.
func TestEmptyFolders(t *testing.T) {
	both(t, func(t *testing.T, option func(*Out)) {
		out := filepath.Join(t.TempDir(), "out")
		build(t, out, clustersOf(map[string]string{"README.md": "a\n", "n1:/etc/x/y": "1\n"}), option)
		for _, dir := range []string{"a/doc/empty", "a/hosts/n1/rootfs/etc/x/empty/empty"} {
			if err := os.MkdirAll(filepath.Join(out, dir), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		after := clustersOf(map[string]string{"README.md": "a\n", "n1:/etc/x": "1\n"})
		build(t, out, after, option)
		want := expected(after)
		want["a/doc/empty/"] = ""
		same(t, out, want)
	})
}

// A read-only view of what a killed build left half moved takes that build's files for khagen's.
func TestViewInterrupted(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	build(t, out, clustersOf(map[string]string{"README.md": "a\n", "n1:/etc/x": "1\n"}))
	write(t, filepath.Join(out, ".stage-a/journal"), "add \"hosts/n1/rootfs/etc/y\"\nadd \"hosts/n1/rootfs/etc/z\"\n")
	write(t, filepath.Join(out, "a/hosts/n1/rootfs/etc/y"), "of the killed build\n")
	view, err := View(out)
	if err != nil {
		t.Fatal(err)
	}
	p, err := view.Plan("a", cluster("a", map[string]string{"README.md": "a\n", "n1:/etc/y": "2\n"}))
	if err != nil || len(p.Foreign) > 0 {
		t.Error(p, err)
	}
}

// Many hosts are worth several workers, and clusters are planned and staged at once.
func TestManyHosts(t *testing.T) {
	both(t, func(t *testing.T, option func(*Out)) {
		real := t.TempDir()
		out := filepath.Join(t.TempDir(), "out")
		if err := os.Symlink(real, out); err != nil { // out/ may well be a link
			t.Fatal(err)
		}
		for _, state := range []struct {
			hosts   int
			content string
		}{{40, "1\n"}, {50, "2\n"}, {50, "2\n"}, {20, "%d\n"}} {
			clusters := map[string][]File{}
			for _, name := range []string{"a", "b", "c"} {
				clusters[name] = cluster(name, hosts(state.hosts, "/etc/x", state.content))
			}
			o, err := Open(out)
			if err != nil {
				t.Fatal(err)
			}
			option(o)
			errs := make([]error, 3)
			parallel(3, 3, func(_, i int) {
				name := string(rune('a' + i))
				p, err := o.Plan(name, clusters[name])
				if err == nil {
					err = o.Stage(p)
				}
				errs[i] = err
			})
			if err := errors.Join(errors.Join(errs...), o.Commit(), o.Close()); err != nil {
				t.Fatal(err)
			}
			same(t, out+"/.", expected(clusters))
		}
	})
}

// What doesn't change keeps its inode and times, so that backups and rsync see nothing new.
func TestUnchangedFilesAreLinked(t *testing.T) {
	needsExchange(t)
	out := filepath.Join(t.TempDir(), "out")
	build(t, out, clustersOf(map[string]string{"README.md": "a\n", "n1:/etc/x": "1\n", "n1:/etc/y": "1\n"}))
	stat := func() [2]os.FileInfo {
		x, err1 := os.Stat(filepath.Join(out, "a/hosts/n1/rootfs/etc/x"))
		y, err2 := os.Stat(filepath.Join(out, "a/hosts/n1/rootfs/etc/y"))
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		return [2]os.FileInfo{x, y}
	}
	before := stat()
	build(t, out, clustersOf(map[string]string{"README.md": "b\n", "n1:/etc/x": "1\n", "n1:/etc/y": "2\n"}))
	after := stat()
	if !os.SameFile(before[0], after[0]) || !before[0].ModTime().Equal(after[0].ModTime()) {
		t.Error("an unchanged file is another one now")
	}
	if os.SameFile(before[1], after[1]) {
		t.Error("a changed file was written in place")
	}
}

// Only the folder in which something changes is staged.
func TestNarrow(t *testing.T) {
	needsExchange(t)
	contents := func(changes ...string) map[string]string {
		all := map[string]string{"README.md": "a\n", "n1:/etc/x/y": "1\n", "n1:/etc/z": "1\n", "n2:/etc/x/y": "1\n"}
		for i := 0; i < len(changes); i += 2 {
			if all[changes[i]] = changes[i+1]; changes[i+1] == "" {
				delete(all, changes[i])
			}
		}
		return all
	}
	tests := []struct {
		name   string
		second map[string]string
		staged []string // what stands in the stage
		kept   string   // a folder that stays the one it was
	}{
		{"one file", contents("n1:/etc/x/y", "2\n"), []string{"hosts/n1/rootfs/etc/x/y"}, "hosts/n2"},
		{
			"two files", contents("n1:/etc/x/y", "2\n", "n1:/etc/z", "2\n"),
			[]string{"hosts/n1/rootfs/etc/x/y", "hosts/n1/rootfs/etc/z"},
			"hosts/n2",
		},
		{"a new host", contents("n3:/etc/x", "1\n"), []string{"hosts/n3/manifest.json", "hosts/n3/rootfs/etc/x"}, "hosts/n2"},
		{"a host less", contents("n2:/etc/x/y", ""), nil, "hosts/n1"},
		{"a file less", contents("n1:/etc/x/y", ""), []string{"hosts/n1/manifest.json", "hosts/n1/rootfs/etc/z"}, "hosts/n2"},
		{
			"two hosts", contents("n1:/etc/z", "2\n", "n2:/etc/x/y", "2\n"),
			[]string{"hosts/n1/manifest.json", "hosts/n1/rootfs/etc/x/y", "hosts/n1/rootfs/etc/z", "hosts/n2/manifest.json", "hosts/n2/rootfs/etc/x/y"},
			"",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			build(t, out, clustersOf(contents()))
			kept := filepath.Join(out, "a", test.kept)
			before, err := os.Stat(kept)
			if err != nil {
				t.Fatal(err)
			}
			o, err := Open(out)
			if err != nil {
				t.Fatal(err)
			}
			after := clustersOf(test.second)
			if err := stageAll(o, after); err != nil {
				t.Fatal(err)
			}
			var staged []string
			for path := range snapshot(t, filepath.Join(out, ".stage-a/tree")) {
				if !strings.HasSuffix(path, "/") {
					staged = append(staged, path)
				}
			}
			slices.Sort(staged)
			if diff := cmp.Diff(test.staged, staged); diff != "" {
				t.Errorf("staged -want +got:\n%s", diff)
			}
			if err := errors.Join(o.Commit(), o.Close()); err != nil {
				t.Fatal(err)
			}
			same(t, out, expected(after))
			if info, err := os.Stat(kept); test.kept != "" && (err != nil || !os.SameFile(before, info)) {
				t.Errorf("%s was replaced", kept)
			}
		})
	}
}

// Git sees nothing of what a build prepares.
func TestStageIsIgnored(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("no git here")
	}
	dir := t.TempDir()
	if output, err := exec.Command(git, "init", "-q", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	o, err := Open(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if err := stageAll(o, clustersOf(map[string]string{"README.md": "a\n"})); err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command(git, "-C", dir, "status", "--porcelain", "--untracked-files=all").CombinedOutput()
	if err != nil || len(output) > 0 {
		t.Errorf("git status: %v: %s", err, output)
	}
}

// Files that come between staging and committing are carried over too.
func TestLateForeignFiles(t *testing.T) {
	both(t, func(t *testing.T, option func(*Out)) {
		out := filepath.Join(t.TempDir(), "out")
		build(t, out, map[string][]File{
			"a": cluster("a", map[string]string{"README.md": "a\n", "n1:/etc/x": "1\n", "n1:/etc/y": "2\n", "n2:/etc/x": "2\n"}),
			"b": cluster("b", map[string]string{"README.md": "b\n"}),
		}, option)
		write(t, filepath.Join(out, "a/NOTES"), "mine\n")
		after := clustersOf(map[string]string{"README.md": "a\n", "n1:/etc/x": "one\n", "n1:/etc/y": "2\n"})
		late := map[string]string{
			"a/NOTES": "mine, saved again\n", "a/TODO": "mine\n", "a/hosts/n1/rootfs/etc/mine": "mine\n", "a/hosts/n2/doc/mine": "mine\n", "b/mine": "mine\n",
		}
		o, err := Open(out)
		if err != nil {
			t.Fatal(err)
		}
		option(o)
		if err := stageAll(o, after); err != nil {
			t.Fatal(err)
		}
		for path, content := range late {
			write(t, filepath.Join(out, path+".new"), content)
			if err := os.Rename(filepath.Join(out, path+".new"), filepath.Join(out, path)); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(o.Commit(), o.Close()); err != nil {
			t.Fatal(err)
		}
		want := expected(after)
		maps.Copy(want, late)
		same(t, out, want)
	})
}
