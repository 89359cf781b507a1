package registry

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func emptyStore(t *testing.T) store {
	t.Helper()
	s, err := newStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func keep(t *testing.T, s store, all ...image) *Images {
	t.Helper()
	kept, err := s.keep(all, func() error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// TestKeep follows an image's sums from its manifest down.
func TestKeep(t *testing.T) {
	s := emptyStore(t)
	const name = "registry.example.net/sample:1"
	d := keep(t, s, image{name, sample(t, 0), run{User: "7"}}).byName[name]
	m, err := s.manifest(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, blob := range append(m.parts(), d) {
		content, err := os.ReadFile(s.path(blob.Digest))
		if err != nil {
			t.Fatal(err)
		}
		if sum := fmt.Sprintf("sha256:%x", sha256.Sum256(content)); sum != blob.Digest || int64(len(content)) != blob.Size {
			t.Errorf("%+v has %s, %d bytes", blob, sum, len(content))
		}
	}
	text, err := os.ReadFile(s.path(m.Config.Digest))
	if err != nil {
		t.Fatal(err)
	}
	var c configuration
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	if len(m.Layers) != 1 || len(c.RootFS.DiffIDs) != 1 || c.RootFS.DiffIDs[0] != m.Layers[0].Digest || c.Config.User != "7" {
		t.Errorf("the configuration is %+v, of layers %v", c, m.Layers)
	}
}

// TestKeepAgain makes anew what isn't there any more or has other contents, and nothing else.
func TestKeepAgain(t *testing.T) {
	s := emptyStore(t)
	const name = "registry.example.net/sample:1"
	made := image{name, sample(t, 0), run{}}
	d := keep(t, s, made).byName[name]
	m, err := s.manifest(d)
	if err != nil {
		t.Fatal(err)
	}
	layer := s.path(m.Layers[0].Digest)
	long := time.Unix(1, 0)
	if err := os.Chtimes(layer, long, long); err != nil {
		t.Fatal(err)
	}
	again := image{"registry.example.net/other:2", sample(t, time.Hour), run{}}
	if got := keep(t, s, again).Digest(again.name); got != d.Digest {
		t.Errorf("the same contents have %s and %s", d.Digest, got)
	}
	if info, err := os.Stat(layer); err != nil || !info.ModTime().Equal(long) {
		t.Errorf("the layer was made anew: %v, %v", info, err)
	}
	if err := os.WriteFile(layer, nil, 0o644); err != nil { // as a full disk would leave it
		t.Fatal(err)
	}
	keep(t, s, made)
	if info, err := os.Stat(layer); err != nil || info.Size() != m.Layers[0].Size {
		t.Errorf("the layer wasn't made anew: %v, %v", info, err)
	}
	made.tree.file("/etc/passwd", "other\n")
	changed := keep(t, s, made).Digest(name)
	made.run.User = "7"
	if other := keep(t, s, made).Digest(name); changed == d.Digest || other == changed {
		t.Errorf("other contents have the same sums: %s, %s, %s", d.Digest, changed, other)
	}
}

// Two versions may ask for the same image, but not for different ones by the same name.
func TestKeepSameName(t *testing.T) {
	s := emptyStore(t)
	one, two := image{"registry.example.net/sample:1", tree{}, run{}}, image{"registry.example.net/sample:1", tree{}, run{User: "7"}}
	keep(t, s, one, one)
	if _, err := s.keep([]image{one, two}, func() error { return nil }); err == nil {
		t.Error("one name has two images")
	}
}

// What fails or is killed leaves no blob.
func TestPartial(t *testing.T) {
	s := emptyStore(t)
	missing := tree{"/program": entry{Mode: 0o755, Source: filepath.Join(t.TempDir(), "missing")}}
	if _, err := s.put(layerType, func(w io.Writer) error { return writeLayer(w, missing) }); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	killed := filepath.Join(s.folder, "partial-1")
	if err := os.WriteFile(killed, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.sweep(); err != nil {
		t.Error(err)
	}
	for _, pattern := range []string{"partial-*", "blobs/sha256/*"} {
		if left, err := filepath.Glob(filepath.Join(s.folder, pattern)); len(left) > 0 || err != nil {
			t.Errorf("left are %v, %v", left, err)
		}
	}
}
