//go:build unix

package tree

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Modes are what Git knows, whatever the umask; only the execute bit counts when comparing.
func TestUmask(t *testing.T) {
	both(t, func(t *testing.T, option func(*Out)) {
		defer syscall.Umask(syscall.Umask(0o077))
		out := filepath.Join(t.TempDir(), "out")
		files := cluster("a", map[string]string{"README.md": "a\n", "n1:/etc/x": "1\n", "n1:/etc/run": "#!/bin/sh\n"})
		exec := func(mode fs.FileMode) map[string][]File {
			for i := range files {
				if files[i].Path == "/etc/run" {
					files[i].Mode = mode
				}
			}
			return map[string][]File{"a": files}
		}
		build(t, out, exec(0o750), option)
		modes(t, out, 0o755, 0o755, 0o644)

		// as a clone under this umask leaves it
		err := filepath.WalkDir(out, func(path string, e fs.DirEntry, err error) error {
			info, _ := e.Info()
			return os.Chmod(path, info.Mode().Perm()&0o700)
		})
		if err != nil {
			t.Fatal(err)
		}
		view, err := View(out)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := view.Plan("a", files); err != nil || len(p.Changes) > 0 {
			t.Error("a clone under umask 077 differs:", p.Changes, err)
		}

		p, err := view.Plan("a", exec(0o640)["a"])
		if err != nil || len(p.Changes) != 1 || p.Changes[0].Op != OpMode || p.Changes[0].Mode != 0o644 || p.Changes[0].Was != 0o755 {
			t.Fatal(p.Changes, err)
		}
		build(t, out, exec(0o640), option)
		if info, err := os.Stat(filepath.Join(out, "a/hosts/n1/rootfs/etc/run")); err != nil || info.Mode() != 0o644 {
			t.Error(info.Mode(), err)
		}
		build(t, out, map[string][]File{"a": cluster("a", map[string]string{"n2:/etc/new/x": "x\n"})}, option)
		if info, err := os.Stat(filepath.Join(out, "a/hosts/n2/rootfs/etc/new")); err != nil || info.Mode().Perm() != 0o755 {
			t.Error(info.Mode(), err)
		}
	})
}

// modes checks the modes of folders, of the file called run, and of all other files.
func modes(t *testing.T, out string, folders, run, others fs.FileMode) {
	t.Helper()
	err := filepath.WalkDir(out+"/a", func(path string, e fs.DirEntry, err error) error {
		want := others
		switch {
		case e.IsDir():
			want = folders
		case e.Name() == "run":
			want = run
		}
		if info, _ := e.Info(); info.Mode().Perm() != want {
			t.Errorf("%s: mode %04o, want %04o", path, info.Mode().Perm(), want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
