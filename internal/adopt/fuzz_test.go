package adopt

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/khagen/khagen/schema"
)

func FuzzKubeadm(f *testing.F)    { fuzz(f, "kubeadm", Kubeadm) }
func FuzzHAProxy(f *testing.F)    { fuzz(f, "haproxy", HAProxy) }
func FuzzKeepalived(f *testing.F) { fuzz(f, "keepalived", Keepalived) }

// fuzz wants of any file a definition that can be written, the same each time, or mistakes with a place.
func fuzz(f *testing.F, kind string, read func(*Draft, string, []byte) error) {
	cases, _ := filepath.Glob("testdata/files/*.txtar")
	for _, file := range cases {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, one := range archive.Files {
			if strings.HasPrefix(one.Name, kind) {
				f.Add(one.Data)
			}
		}
	}
	f.Add([]byte("\x00"))
	f.Add([]byte(`"`))
	f.Add([]byte("\xef\xbb\xbf\xff\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first []byte
		for range 2 {
			d := &Draft{}
			d.Set("10.0.0.1", "hosts", "node1", "address")
			d.Set([]string{"control-plane"}, "hosts", "node1", "roles")
			for range 2 { // files of several hosts can be the same
				var problems schema.Errors
				if err := read(d, "file", data); err != nil && (!errors.As(err, &problems) || problems[0].Pos.File != "file" || problems[0].Hint == "") {
					t.Fatalf("no mistake of the file's: %v", err)
				}
			}
			text, err := d.Text()
			if err != nil {
				t.Fatal(err)
			}
			if first != nil && !bytes.Equal(first, text) {
				t.Fatalf("two definitions of one file:\n%s\n%s", first, text)
			}
			first = text
		}
	})
}

// TestBinary reads what is no text at all.
func TestBinary(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readers {
		if err := r.read(&Draft{}, "file", data[:4096]); err == nil || !strings.Contains(err.Error(), "no text") {
			t.Errorf("%s: %v", r.prefix, err)
		}
	}
}
