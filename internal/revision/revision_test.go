package revision

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// settle keeps the machine's own configuration of Git, and hooks that run this test, out of it.
func settle(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	for _, name := range []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"} {
		t.Setenv(name, "") // so that it is put back
		os.Unsetenv(name)
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("TMPDIR", t.TempDir())
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		t.Setenv("GIT_"+who+"_NAME", "somebody")
		t.Setenv("GIT_"+who+"_EMAIL", "somebody@example.net")
	}
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for path, content := range files {
		place := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(place, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// repo has two commits on main: the first with a tree, tagged v1, the second with another one.
func repo(t *testing.T, args ...string) string {
	t.Helper()
	settle(t)
	dir := t.TempDir()
	git(t, dir, append([]string{"init", "--quiet", "--initial-branch=main"}, args...)...)
	write(t, dir, map[string]string{"out/a/manifest.json": "one\n", "out/a/hosts/h/rootfs/etc/x": "old\n", "overlays/a/cluster.cue": "a\n"})
	commit(t, dir, "first")
	git(t, dir, "tag", "v1")
	write(t, dir, map[string]string{"out/a/hosts/h/rootfs/etc/x": "new\n", "out/a/run.sh": "#!/bin/sh\n"})
	if err := os.Chmod(filepath.Join(dir, "out/a/run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	commit(t, dir, "second")
	return dir
}

func commit(t *testing.T, dir, message string) {
	t.Helper()
	git(t, dir, "add", "--all")
	git(t, dir, "commit", "--quiet", "--allow-empty", "-m", message)
}

// extract gives what Extract lays out: path to content; programs are marked, links named.
func extract(t *testing.T, dir, rev string, paths ...string) (map[string]string, error) {
	t.Helper()
	folder, remove, err := Extract(context.Background(), dir, rev, paths...)
	if err != nil {
		left, globbed := filepath.Glob(filepath.Join(os.TempDir(), "khagen-*"))
		if globbed != nil || len(left) > 0 {
			t.Errorf("left behind: %v %v", left, globbed)
		}
		return nil, err
	}
	files := map[string]string{}
	err = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(folder, path)
		if e.Type() == fs.ModeSymlink {
			target, err := os.Readlink(path)
			files[rel] = "-> " + target
			return err
		}
		content, err := os.ReadFile(path)
		if info, _ := e.Info(); info.Mode()&0o111 != 0 {
			rel += "*"
		}
		files[rel] = string(content)
		return err
	})
	if err := errors.Join(err, remove()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there", folder)
	}
	return files, nil
}

var (
	first  = map[string]string{"out/a/manifest.json": "one\n", "out/a/hosts/h/rootfs/etc/x": "old\n"}
	second = map[string]string{"out/a/manifest.json": "one\n", "out/a/hosts/h/rootfs/etc/x": "new\n", "out/a/run.sh*": "#!/bin/sh\n"}
)

func TestExtract(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		dir := repo(t, "--object-format="+format)
		git(t, dir, "checkout", "--quiet", "-b", "side", "v1")
		commit(t, dir, "aside")
		id := git(t, dir, "rev-parse", "v1")
		for rev, want := range map[string]map[string]string{
			"main": second, "main~1": first, "v1": first, id: first, id[:10]: first, "refs/heads/main": second,
			"main...": first, "main...side": first, "...main": first, "HEAD": first,
		} {
			got, err := extract(t, dir, rev, "out")
			if err != nil {
				t.Errorf("%s: %s: %v", format, rev, err)
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s (-want +got)\n%s", format, rev, diff)
			}
		}
	}
}

// TestPaths shows that files are laid out as seen from the folder, wherever in which kind of a repository that is.
func TestPaths(t *testing.T) {
	dir := repo(t)
	write(t, dir, map[string]string{"sub/out/b": "b\n", "sub/[x]": "magic\n", ":(top)out": "colon\n"})
	commit(t, dir, "third")
	worktree := filepath.Join(t.TempDir(), "worktree")
	git(t, dir, "worktree", "add", "--quiet", worktree, "v1")
	bare := filepath.Join(t.TempDir(), "bare")
	git(t, dir, "clone", "--quiet", "--bare", dir, bare)
	all := maps.Clone(second)
	all["overlays/a/cluster.cue"] = "a\n"
	for name, test := range map[string]struct {
		dir   string
		paths []string
		want  map[string]string
	}{
		"a folder below":          {filepath.Join(dir, "sub"), []string{"out"}, map[string]string{"out/b": "b\n"}},
		"all of a folder below":   {filepath.Join(dir, "sub"), []string{"."}, map[string]string{"out/b": "b\n", "[x]": "magic\n"}},
		"several":                 {dir, []string{"./out/", "overlays"}, all},
		"what the commit lacks":   {dir, []string{"trees"}, map[string]string{}},
		"a path that looks magic": {dir, []string{"sub/[x]*", ":(top)sub"}, map[string]string{}},
		"a worktree":              {worktree, []string{"out"}, second},
		"a bare repository":       {bare, []string{"out"}, second},
	} {
		got, err := extract(t, test.dir, "main", test.paths...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
	t.Setenv("GIT_DIR", filepath.Join(dir, ".git"))
	got, err := extract(t, t.TempDir(), "main", "out")
	if diff := cmp.Diff(second, got); err != nil || diff != "" {
		t.Errorf("GIT_DIR: %v\n%s", err, diff)
	}
}

// TestBytes shows that files come as they were committed, whatever a checkout or an archive would make of them.
func TestBytes(t *testing.T) {
	dir := repo(t)
	big := strings.Repeat("0123456789abcdef\n", 100_000)
	write(t, dir, map[string]string{
		"out/big": big, "out/empty": "", "out/crlf": "a\r\nb\n", "out/nul": "a\x00b", "out/id": "$Id$\n", "out/ä b\tc": "name\n", "out/ignored": "x\n",
	})
	commit(t, dir, "third")
	write(t, dir, map[string]string{".gitattributes": "* text eol=crlf ident filter=loud working-tree-encoding=UTF-16\nout/ignored export-ignore\n"})
	git(t, dir, "config", "filter.loud.smudge", "touch "+filepath.Join(dir, "smudged"))
	git(t, dir, "config", "filter.loud.clean", "cat")
	git(t, dir, "config", "core.autocrlf", "true")
	want := maps.Clone(second)
	maps.Copy(want, map[string]string{
		"out/big": big, "out/empty": "", "out/crlf": "a\r\nb\n", "out/nul": "a\x00b", "out/id": "$Id$\n", "out/ä b\tc": "name\n", "out/ignored": "x\n",
	})
	got, err := extract(t, dir, "HEAD", "out")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if _, err := os.Stat(filepath.Join(dir, "smudged")); err == nil {
		t.Error("a filter was called")
	}
}

func TestMany(t *testing.T) {
	dir := repo(t)
	files, want := map[string]string{}, map[string]string{}
	for i := range 5 * ahead / 2 {
		files[fmt.Sprintf("many/%03d/file", i)] = strings.Repeat("x", i)
	}
	maps.Copy(want, files)
	write(t, dir, files)
	commit(t, dir, "many")
	if got, err := extract(t, dir, "HEAD", "many"); err != nil || !maps.Equal(got, want) {
		t.Errorf("%v: %d files, want %d", err, len(got), len(want))
	}
}

func TestLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("git makes no links there")
	}
	dir := repo(t)
	for target, fine := range map[string]bool{
		"x": true, "../a/./x": true, "..": true, "../..": false, "../../x": false, "/etc/passwd": false, "../a/../../x": false, "b/../../..": false,
	} {
		link := filepath.Join(dir, "out/a/link")
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		commit(t, dir, "link")
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
		got, err := extract(t, dir, "HEAD", "out")
		if fine && (err != nil || got["out/a/link"] != "-> "+target) {
			t.Errorf("%s: %q, %v", target, got["out/a/link"], err)
		} else if !fine && (err == nil || !strings.Contains(err.Error(), "out/a/link is a symbolic link to "+target)) {
			t.Errorf("%s: %v", target, err)
		}
	}
}

func TestSubmodules(t *testing.T) {
	dir := repo(t)
	id := git(t, dir, "rev-parse", "v1")
	git(t, dir, "update-index", "--add", "--cacheinfo", "160000,"+id+",out/other", "--cacheinfo", "160000,"+id+",trees")
	git(t, dir, "commit", "--quiet", "-m", "submodules")
	got, err := extract(t, dir, "HEAD", "out")
	if diff := cmp.Diff(second, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	wantError(t, dir, "HEAD", "trees is a submodule", "trees")
}

func TestUncommitted(t *testing.T) {
	dir := repo(t)
	dirty := func() bool {
		t.Helper()
		is, err := Uncommitted(context.Background(), dir, "overlays")
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	write(t, dir, map[string]string{"out/a/run.sh": "changed\n"})
	if dirty() {
		t.Error("only out/ has changed")
	}
	write(t, dir, map[string]string{"overlays/b/cluster.cue": "b\n"})
	if !dirty() {
		t.Error("overlays/ has a new file")
	}
}
