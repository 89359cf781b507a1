package registry

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sample has one of everything; the file that it takes from the machine is as old as that is.
func sample(t *testing.T, age time.Duration) tree {
	t.Helper()
	source := filepath.Join(t.TempDir(), fmt.Sprint("from-", age))
	if err := os.WriteFile(source, []byte("program"), 0o600); err != nil {
		t.Fatal(err)
	}
	if then := time.Now().Add(-age); os.Chtimes(source, then, then) != nil {
		t.Fatal("no times")
	}
	made := tree{"/usr/bin/program": entry{Mode: 0o755, Source: source}}
	made.link("/bin", "usr/bin")
	made.file("/etc/passwd", "root\n")
	made.folder("/tmp", fs.ModeSticky|0o777)
	return made
}

// TestLayer reads an archive back, and makes it again a day later.
func TestLayer(t *testing.T) {
	var first, second bytes.Buffer
	if err := errors.Join(writeLayer(&first, sample(t, 0)), writeLayer(&second, sample(t, 24*time.Hour))); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same tree makes two archives")
	}
	var got strings.Builder
	for archive := tar.NewReader(&first); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%s %o %s%s%q %d:%d%s %d\n", h.Name, h.Mode, string(h.Typeflag), h.Linkname, content, h.Uid, h.Gid, h.Uname, h.ModTime.Unix())
	}
	const want = `bin 777 2usr/bin"" 0:0 0
etc/ 755 5"" 0:0 0
etc/passwd 644 0"root\n" 0:0 0
tmp/ 1777 5"" 0:0 0
usr/ 755 5"" 0:0 0
usr/bin/ 755 5"" 0:0 0
usr/bin/program 755 0"program" 0:0 0
`
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}

// A layer with such paths would lose one of the two, or land outside.
func TestLayerRefuses(t *testing.T) {
	for path, want := range map[string]string{"/bin/sh": "/bin/sh lies below /bin, which is no folder", "../sh": "../sh is no absolute path", "/a/../sh": "/a/../sh is no absolute path"} {
		made := tree{}
		made.link("/bin", "usr/bin")
		made.file(path, "")
		if err := writeLayer(io.Discard, made); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
	}
}
