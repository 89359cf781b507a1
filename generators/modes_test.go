package generators_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/khagen/khagen/internal/tree"
)

// TestSecretsArePrivate: a file that holds a secret is for its owner, or for a group of its own, never for others.
func TestSecretsArePrivate(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	secrets := 0
	for _, file := range cases {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range renderFiles(t, archive) {
			if f.Kind != tree.KindSecret {
				continue
			}
			secrets++
			if f.Mode&0o137 != 0 {
				t.Errorf("%s: %s has mode %04o", file, f.TreePath(), f.Mode)
			}
			if group := strings.HasSuffix(f.Owner, ":root") || f.Owner == ""; group && f.Mode&0o040 != 0 {
				t.Errorf("%s: %s is for a group, and belongs to root's", file, f.TreePath())
			}
		}
	}
	if secrets < 10 {
		t.Errorf("only %d secrets seen", secrets)
	}
}

// TestJoiningRestartsNobody: a member of etcd that joins changes files of the others, and restarts none of them.
func TestJoiningRestartsNobody(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/binary-control-plane.txtar")
	if err != nil {
		t.Fatal(err)
	}
	const joining = "e4: {address: \"192.0.2.24\", roles: [\"etcd\"], state: \"joining\", etcd: {dataDir: \"/data\", walDir: \"/wal\"}}"
	before := &txtar.Archive{Files: []txtar.File{}}
	for _, f := range archive.Files {
		if f.Name == "cluster.cue" {
			f.Data = []byte(strings.Replace(string(f.Data), joining, "", 1))
		}
		before.Files = append(before.Files, f)
	}
	old := map[string]string{}
	for _, f := range renderFiles(t, before) {
		old[f.TreePath()] = string(f.Content)
	}
	changed := 0
	for _, f := range renderFiles(t, archive) {
		was, existed := old[f.TreePath()]
		if !existed || was == string(f.Content) {
			continue
		}
		changed++
		for _, a := range f.Notify {
			if a.Unit == "etcd.service" {
				t.Errorf("%s changes when a member joins, and asks for: %s", f.TreePath(), a)
			}
		}
	}
	if changed < 3 {
		t.Errorf("only %d files change: where is the member?", changed)
	}
}
