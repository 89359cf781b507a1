package ansible

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPrograms puts a program in its place out of an archive, and refuses an archive that isn't the published one, whether it finds what
// is published in a file or is told.
func TestPrograms(t *testing.T) {
	need(t, "python3")
	t.Run("sums", func(t *testing.T) {
		testPrograms(t, func(sums string) (string, string) { return "sums", sums })
	})
	t.Run("said", func(t *testing.T) {
		testPrograms(t, func(sums string) (string, string) {
			text, err := os.ReadFile(sums)
			if err != nil {
				t.Fatal(err)
			}
			return "said", string(text)
		})
	})
}

func testPrograms(t *testing.T, published func(sums string) (key, value string)) {
	dir := t.TempDir()
	const url = "https://example.net/tool.tgz"
	at, archive, sums := filepath.Join(dir, "bin/tool"), filepath.Join(dir, "tool.tgz"), filepath.Join(dir, "SHA256SUMS")
	asked := map[string]any{
		"record":   filepath.Join(dir, "record.json"),
		"programs": []map[string]string{{"path": at, "url": url, "member": "./tool", "mode": "0755"}},
	}
	ask := func(staged bool) (string, error) {
		delete(asked, "stage")
		if staged {
			key, value := published(sums)
			asked["stage"] = map[string]any{url: map[string]string{"file": archive, key: value}}
		}
		text, err := json.Marshal(asked)
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "/usr/bin/python3", "../../internal/delivery/ansible/files/programs.py", string(text)).CombinedOutput()
		return strings.ReplaceAll(strings.TrimSpace(string(out)), at, "TOOL"), err
	}
	want := func(staged bool, want string) {
		t.Helper()
		if got, err := ask(staged); err != nil || got != want {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}
	content := pack(t, map[string][]byte{"./tool": []byte("the first")})
	write(t, archive, content)
	write(t, sums, fmt.Appendf(nil, "%064d  other.tgz\n%x  tool.tgz\n", 0, sha256.Sum256(content)))
	want(false, `{"due": ["TOOL"], "modes": []}`)
	want(true, `{"put": ["TOOL"]}`)
	want(false, `{"due": [], "modes": []}`)
	if err := os.Chmod(at, 0o700); err != nil {
		t.Fatal(err)
	}
	want(false, `{"due": [], "modes": ["TOOL"]}`)

	write(t, at, []byte("changed by hand"))
	want(false, `{"due": ["TOOL"], "modes": ["TOOL"]}`)
	write(t, archive, pack(t, map[string][]byte{"./tool": []byte("somebody else's")}))
	if got, err := ask(true); err == nil || !strings.Contains(got, url+" isn't what its project published") {
		t.Error("an archive that isn't the published one:", got, err)
	}
	if got, err := os.ReadFile(at); err != nil || string(got) != "changed by hand" {
		t.Errorf("the program was replaced: %s, %v", got, err)
	}
}

// pack is an archive of files.
func pack(t *testing.T, members map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	compressed := gzip.NewWriter(&out)
	w := tar.NewWriter(compressed)
	for name, content := range members {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
