package revision

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func wantError(t *testing.T, dir, rev, want string, paths ...string) {
	t.Helper()
	if _, err := extract(t, dir, rev, paths...); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want %q", rev, err, want)
	}
}

func TestRevisions(t *testing.T) {
	dir := repo(t)
	git(t, dir, "tag", "both")
	git(t, dir, "branch", "both")
	for rev, want := range map[string]string{
		"":                      "can't be empty",
		"--all":                 `"--all" is no revision`,
		"v1..main":              `is a range: name one revision, or "v1...main"`,
		"both":                  "names more than one thing: write refs/heads/both",
		"main:out":              "names a tree, want a commit",
		"main^{tree}":           "names a tree",
		"mian":                  `this clone has no revision "mian"`,
		"mian...":               `this clone has no revision "mian"`,
		"main~9":                `no revision "main~9"`,
		"main@{2001-01-01}":     "older than what this clone remembers",
		strings.Repeat("1", 40): "no revision",
	} {
		wantError(t, dir, rev, want, "out")
	}
	git(t, dir, "checkout", "--quiet", "--orphan", "island")
	commit(t, dir, "island")
	wantError(t, dir, "main...", "no commit in common", "out")
	wantError(t, dir, "main", "isn't below", "../out")
	wantError(t, dir, "main", "overlays/a/cluster.cue is a file there", "overlays/a/cluster.cue")

	var unknown *Unknown
	_, err := extract(t, dir, "mian", "out")
	if !errors.As(err, &unknown) || unknown.Shallow || !slices.Equal(unknown.Names, []string{"both", "island", "main", "both", "v1"}) {
		t.Errorf("%+v", unknown)
	}
	if Known(context.Background(), dir, "mian") || !Known(context.Background(), dir, "v1") {
		t.Error("main and v1 are known, mian isn't")
	}
}

func TestAmbiguousID(t *testing.T) {
	dir := repo(t)
	seen := map[string]string{}
	for i := 0; ; i++ {
		content := strconv.Itoa(i)
		id := fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(content), content)))[:4]
		if other, found := seen[id]; found {
			write(t, dir, map[string]string{"one": content, "other": other})
			git(t, dir, "hash-object", "-w", "one", "other")
			wantError(t, dir, id, "several objects begin with "+id, "out")
			return
		}
		seen[id] = content
	}
}

func TestNoRepository(t *testing.T) {
	dir := repo(t)
	wantError(t, t.TempDir(), "main", "no repository of Git here", "out")
	t.Run("no program", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		wantError(t, dir, "main", "the program git, which isn't installed", "out")
	})
	t.Run("GIT_DIR", func(t *testing.T) {
		t.Setenv("GIT_DIR", "nowhere")
		wantError(t, dir, "main", "GIT_DIR says 'nowhere'", "out")
	})
	t.Run("another user's", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("only root can give files away")
		}
		if err := exec.Command("chown", "-R", "12345", dir).Run(); err != nil {
			t.Fatal(err)
		}
		wantError(t, dir, "main", "git config --global --add safe.directory", "out")
	})
	empty := t.TempDir()
	git(t, empty, "init", "--quiet")
	wantError(t, empty, "HEAD", `no revision "HEAD"`, "out")
}

func TestDamaged(t *testing.T) {
	dir := repo(t)
	id := git(t, dir, "rev-parse", "main:out/a/run.sh")
	object := filepath.Join(dir, ".git/objects", id[:2], id[2:])
	if err := errors.Join(os.Chmod(object, 0o644), os.WriteFile(object, []byte("no object"), 0o644)); err != nil {
		t.Fatal(err)
	}
	wantError(t, dir, "main", "content of out/a/run.sh, or can't read it", "out")
}

func TestInterrupted(t *testing.T) {
	dir := repo(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Extract(ctx, dir, "main", "out"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestNothingIsFetched has clones that lack what is asked for, and a server's side that says when it is called.
func TestNothingIsFetched(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the server is a script")
	}
	dir := repo(t)
	git(t, dir, "config", "uploadpack.allowFilter", "true")
	git(t, dir, "config", "uploadpack.allowAnySHA1InWant", "true")
	called := filepath.Join(t.TempDir(), "called")
	server := filepath.Join(t.TempDir(), "server")
	if err := os.WriteFile(server, []byte("#!/bin/sh\necho \"$@\" >>"+called+"\nexec git-upload-pack \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	clone := func(args ...string) string {
		t.Helper()
		place := filepath.Join(t.TempDir(), "clone")
		git(t, dir, append(append([]string{"clone", "--quiet", "--upload-pack", server}, args...), "file://"+dir, place)...)
		git(t, place, "config", "remote.origin.uploadpack", server)
		git(t, place, "config", "protocol.file.allow", "always")
		if err := os.Remove(called); err != nil {
			t.Fatal("nobody called the server:", err)
		}
		return place
	}
	ancient := func() { // a git that doesn't know the variable
		t.Helper()
		program, err := exec.LookPath("git")
		if err != nil {
			t.Fatal(err)
		}
		bin := t.TempDir()
		script := "#!/bin/sh\nunset GIT_NO_LAZY_FETCH\nexec " + program + ` "$@"` + "\n"
		if err := os.WriteFile(filepath.Join(bin, "git"), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	}

	shallow, blobless, treeless := clone("--depth=1"), clone("--filter=blob:none"), clone("--filter=tree:0", "--no-checkout")
	for range 2 {
		var unknown *Unknown
		if _, err := extract(t, shallow, "HEAD~1", "out"); !errors.As(err, &unknown) || !unknown.Shallow {
			t.Errorf("shallow: %v", err)
		}
		if got, err := extract(t, shallow, "HEAD", "out"); err != nil || len(got) != len(second) {
			t.Errorf("shallow: %v %v", got, err)
		}
		if got, err := extract(t, blobless, "HEAD", "out"); err != nil || len(got) != len(second) {
			t.Errorf("partial: %v %v", got, err)
		}
		wantError(t, blobless, "HEAD~1", "this clone is partial", "out")
		wantError(t, treeless, "HEAD~1", "this clone is partial", "out")
		if content, err := os.ReadFile(called); err == nil {
			t.Fatalf("the server was called: %s", content)
		}
		ancient()
	}
	git(t, blobless, "diff", "--stat", "HEAD~1", "--", "out")
	if got, err := extract(t, blobless, "HEAD~1", "out"); err != nil || len(got) != len(first) {
		t.Errorf("after what the message advises: %v %v", got, err)
	}
}
