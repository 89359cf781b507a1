package tree_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/khagen/khagen/internal/tree"
)

// TestSnapshotSum wants what sha256sum gives of what hosts and the API get, and nothing of what people read.
func TestSnapshotSum(t *testing.T) {
	own := `{"cluster": "shop", "files": [{"path": "README.md", "kind": "file"}, {"path": "cluster/dns.yaml", "kind": "object"}]}`
	host := `{"host": "cp1", "cluster": "shop", "files": [{"path": "/etc/b", "kind": "secret"}, {"path": "/etc/a", "kind": "file"}]}`
	s, err := tree.SnapshotOf("shop", []tree.File{
		{Path: "manifest.json", Kind: tree.KindManifest, Content: []byte(own)},
		{Path: "README.md", Kind: tree.KindFile, Content: []byte("readme")},
		{Path: "cluster/dns.yaml", Kind: tree.KindObject, Content: []byte("dns")},
		{Host: "cp1", Path: "manifest.json", Kind: tree.KindManifest, Content: []byte(host)},
		{Host: "cp1", Path: "/etc/a", Kind: tree.KindFile, Content: []byte("a")},
		{Host: "cp1", Path: "/etc/b", Kind: tree.KindSecret, Content: []byte("b")},
	})
	if err != nil {
		t.Fatal(err)
	}
	var lines string
	for _, f := range [][2]string{
		{"cluster/dns.yaml", "dns"}, {"hosts/cp1/manifest.json", host}, {"hosts/cp1/rootfs/etc/a", "a"}, {"hosts/cp1/secrets/etc/b.j2", "b"},
	} {
		lines += fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(f[1])), f[0])
	}
	if got, err := s.Sum(); err != nil || got != fmt.Sprintf("%x", sha256.Sum256([]byte(lines))) {
		t.Errorf("gives %s, %v, of\n%s", got, err, lines)
	}
}
