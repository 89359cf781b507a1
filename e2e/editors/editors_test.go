// Package editors asks the language server that editors run, CUE's own, about definitions beside khagen's files for editors.
// It has no code but its tests.
package editors

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/schema"
)

const definition = `package fleet

cluster: {
	name: "shop"
	loadBalancer: {
		placement: "control-plane"
		run
	}
	hosts: {
		cp1: {
			address: "10.0.0.1"
			int
			taints: [{key: "example.net/gpu", eff}]
		}
	}
	machine: registries: "registry.example.net": {ser}
}
`

// repository lays out overlays/ with the files for editors, or without.
func repository(t *testing.T, equipped bool) (overlays string) {
	t.Helper()
	overlays = filepath.Join(t.TempDir(), "overlays")
	files := map[string][]byte{"cue.mod/module.cue": []byte("module: \"fleet.example\"\nlanguage: version: \"v0.17.0\"\n")}
	if equipped {
		forEditors, err := schema.EditorFiles()
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range forEditors {
			files[name] = content
		}
	}
	for name, content := range files {
		write(t, filepath.Join(overlays, name), string(content))
	}
	return overlays
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestLanguageServer: with khagen's file the server knows all fields, those of hosts and of lists, too, and what they are for; without
// it knows none, so that it is the file that taught it.
func TestLanguageServer(t *testing.T) {
	cases := []struct {
		behind string // where the cursor stands
		offers string
		shows  string
	}{
		{"\t\tplace", "placement", "Takes: \"control-plane\", \"hosts\""},
		{"\t\trun", "runtime", ""},
		{"\tloadB", "loadBalancer", "How connections to the endpoint reach the API servers."},
		{"\t\t\tadd", "address6", "the node's IP"},
		{"\t\t\tint", "interface", ""},
		{"[{ke", "effect", "Key of the taint."},
		{"{ser", "server", ""},
	}
	for _, equipped := range []bool{true, false} {
		overlays := repository(t, equipped)
		doc := start(t, filepath.Dir(overlays)).open(filepath.Join(overlays, "shop", "cluster.cue"), definition)
		for _, c := range cases {
			if shown := doc.hover(c.behind); equipped && !strings.Contains(shown, c.shows) || !equipped && shown != "" {
				t.Errorf("with khagen's file %v, %q shows %q", equipped, c.behind, shown)
			}
			known := strings.Contains(definition, c.offers+":")
			if offered := doc.complete(c.behind); !known && slices.Contains(offered, c.offers) != equipped {
				t.Errorf("with khagen's file %v, %q offers %v", equipped, c.behind, offered)
			}
		}
	}
}

// TestVet: CUE's own command checks definitions with khagen's file, before khagen does.
func TestVet(t *testing.T) {
	overlays := repository(t, true)
	vet := func(definition string) string {
		write(t, filepath.Join(overlays, "shop", "cluster.cue"), "package fleet\n\ncluster: {"+definition+"}\n")
		command := exec.Command(cue(t), "vet", "-c=false", "./...")
		command.Dir, command.Env = overlays, offline(t)
		said, err := command.CombinedOutput()
		if (err == nil) != (len(said) == 0) {
			t.Error(err)
		}
		return string(said)
	}
	if said := vet(`name: "shop", hosts: cp1: address: "10.0.0.1"`); said != "" {
		t.Error(said)
	}
	for definition, want := range map[string]string{
		`hosts: cp1: adress: "10.0.0.1"`: "cluster.hosts.cp1.adress: field not allowed",
		`endpoint: port: "8443"`:         "a port from 1 to 65535, without quotes",
	} {
		if said := vet(definition); !strings.Contains(said, want) || !strings.Contains(said, "./shop/cluster.cue:3:") {
			t.Errorf("%s: %s", definition, said)
		}
	}
}

// TestVersion: the server that is asked here is of the version that khagen reads definitions with, and that docs/editors.md names.
func TestVersion(t *testing.T) {
	said, err := exec.Command(cue(t), "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`v[0-9]+[.][0-9]+[.][0-9]+`).FindString(string(said))
	for name, want := range map[string]string{"go.mod": "cuelang.org/go " + version + "\n", "docs/editors.md": "cuelang.org/go/cmd/cue@" + version + "\n"} {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		if version == "" || !strings.Contains(string(text), want) {
			t.Errorf("%s has no %q", name, want)
		}
	}
}
