//go:build unix

package pki

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestModes: what holds a key is for its owner only; folders of the host's own are open, so that a copy with modes closes
// none there.
func TestModes(t *testing.T) {
	for _, mask := range []int{0o022, 0o077, 0} {
		t.Run(fmt.Sprintf("umask %03o", mask), func(t *testing.T) {
			defer unix.Umask(unix.Umask(mask))
			testModes(t)
		})
	}
}

func testModes(t *testing.T) {
	t.Helper()
	f := folderOf(t, binaryNginx)
	f.init(t)
	secrets := 0
	err := filepath.WalkDir(f.Root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content, _ := os.ReadFile(name)
		want := fs.FileMode(0o644)
		switch {
		case entry.IsDir() && strings.Contains(name+"/", "/rootfs/"):
			want = 0o755
		case entry.IsDir():
			want = 0o700
		case bytes.Contains(content, []byte("PRIVATE KEY")), bytes.Contains(content, []byte("client-key-data")):
			want = 0o600
			secrets++
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s: mode %04o, want %04o", name, info.Mode().Perm(), want)
		}
		return nil
	})
	if err != nil || secrets < 20 {
		t.Errorf("%d secrets seen: %v", secrets, err)
	}
	if got := string(must[[]byte](t)(os.ReadFile(filepath.Join(f.Root, ".gitignore")))); !strings.Contains(got, "\n*\n") {
		t.Errorf(".gitignore: %q", got)
	}
}
