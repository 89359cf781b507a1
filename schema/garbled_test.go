package schema

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNotUTF8 saves definitions in other encodings, which archives of the other mistakes can't hold.
func TestNotUTF8(t *testing.T) {
	cases := []struct{ name, path, content, want string }{
		{"CUE", "shop/cluster.cue", "package fleet\ncluster: name: \"a\xe4\"\n", "overlays/shop/cluster.cue:2:18: not UTF-8\n  save the file in UTF-8"},
		{"a comment", "shop/cluster.cue", "// \xc3\xa4\xe4\npackage fleet\n", "overlays/shop/cluster.cue:1:6: not UTF-8\n  save the file in UTF-8"},
		{"a base", "base.cue", "package fleet\n// \xe4\n", "overlays/base.cue:2:4: not UTF-8\n  save the file in UTF-8"},
		{"YAML", "shop/cluster.yaml", "cluster:\n  name: \xe4\n", "overlays/shop/cluster.yaml:2:9: not UTF-8\n  save the file in UTF-8"},
		{"a comment in YAML", "shop/cluster.yaml", "# \xe4\ncluster: {}\n", "overlays/shop/cluster.yaml:1:3: not UTF-8\n  save the file in UTF-8"},
		{"UTF-16", "shop/cluster.yaml", "\xff\xfec\x00l\x00", "overlays/shop/cluster.yaml:1:1: not UTF-8\n  save the file in UTF-8"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			writeFile(t, "overlays/"+moduleFile, "module: \"fleet.example\"\nlanguage: version: \"v0.17.0\"\n")
			if c.path == "base.cue" {
				writeFile(t, "overlays/shop/cluster.cue", "package fleet\n")
			}
			writeFile(t, filepath.Join("overlays", c.path), c.content)
			_, err := Load("overlays/shop")
			if diff := cmp.Diff(c.want, text(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
