package overlay_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/khagen/khagen/internal/overlay"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// definitions are clusters that cases patch, by the word that their comment begins with.
var definitions = map[string]string{
	"kubeadm": `package fleet
cluster: {
	name: "test"
	kubernetes: {
		version: "1.36.3"
		networking: podCIDRs: ["10.244.0.0/16"]
		apiServer: {
			extraArgs: "service-account-issuer": ["https://new.example", "https://old.example"]
			encryption: {provider: "secretbox", keys: [{name: "k1", secret: "etcd_k1"}]}
		}
		join: {discovery: "token", tokenSecret: "bootstrap_token", caCertHashes: ["sha256:0000000000000000000000000000000000000000000000000000000000000000"]}
	}
	endpoint: {host: "api.example.net", port: 8443}
	vip: {address: "192.0.2.100", provider: "keepalived", keepalived: virtualRouterID: 7}
	loadBalancer: {placement: "control-plane", port: 8443, runtime: "static-pod", image: "docker.io/library/haproxy:3.2.19-alpine"}
	etcd: topology: "stacked"
	machine: os: "debian-12"
	hosts: {
		cp1: {address: "192.0.2.11", interface: "eth0", roles: ["control-plane", "worker"]}
		cp2: {address: "192.0.2.12", interface: "eth0", roles: ["control-plane"]}
		w1: {address: "192.0.2.21", roles: ["worker"]}
	}
}
`,
	"binaries": `package fleet
cluster: {
	name: "test"
	kubernetes: {version: "1.36.3", install: "binaries", networking: podCIDRs: ["10.244.0.0/16"]}
	endpoint: {host: "api.example.net", port: 6443}
	loadBalancer: placement: "external"
	etcd: topology: "stacked"
	machine: os: "debian-12"
	hosts: {
		cp1: {address: "192.0.2.11", roles: ["control-plane"]}
		w1: {address: "192.0.2.21", roles: ["worker"]}
		w2: {address: "192.0.2.22", roles: ["worker"]}
	}
}
`,
}

// TestPatches compares what overlays change in a rendered tree. A case is an archive with the files of overlays/, and with what
// is wanted as a diff of the tree.
func TestPatches(t *testing.T) {
	cases := archives(t, "testdata/patches/*.txtar")
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			last := len(archive.Files) - 1
			c, before := rendered(t, archive)
			after, err := overlay.Apply(c, slices.Clone(before))
			if err != nil {
				t.Fatal(err)
			}
			got := changes(before, after)
			if *update {
				archive.Files[last].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(string(archive.Files[last].Data), got); diff != "" {
				t.Errorf("what changed differs (-want +got):\n%s", diff)
			}
		})
	}
}

// archives are absolute paths, since cases change the working directory.
func archives(t *testing.T, pattern string) []string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	cases, err := filepath.Glob(filepath.Join(here, pattern))
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	return cases
}

// rendered loads and renders the cluster of a case, whose overlays lie below the working directory.
func rendered(t *testing.T, archive *txtar.Archive) (*topology.Cluster, []tree.File) {
	t.Helper()
	t.Chdir(t.TempDir())
	kind, _, _ := strings.Cut(string(archive.Comment), ":")
	put(t, "overlays/cue.mod/module.cue", "module: \"khagen.example/fleet\"\nlanguage: version: \"v0.17.0\"\n")
	put(t, "overlays/test/cluster.cue", definitions[kind])
	for _, f := range archive.Files {
		if f.Name != "want" {
			put(t, filepath.Join("overlays", f.Name), string(f.Data))
		}
	}
	return load(t, "overlays/test")
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// changes lists the files that are others than before: their source, the lines that came and went, and one line around them.
func changes(before, after []tree.File) string {
	var b strings.Builder
	old := map[string]tree.File{}
	for _, f := range before {
		old[f.TreePath()] = f
	}
	for _, f := range after {
		was := old[f.TreePath()]
		delete(old, f.TreePath())
		if bytes.Equal(was.Content, f.Content) && was.Source == f.Source {
			continue
		}
		fmt.Fprintf(&b, "== %s (%s)\n%s", f.TreePath(), f.Source, lines(string(was.Content), string(f.Content)))
	}
	for _, f := range before {
		if _, gone := old[f.TreePath()]; gone {
			fmt.Fprintf(&b, "== %s is gone\n", f.TreePath())
		}
	}
	return b.String()
}

// lines is a plain diff, with the line above each change.
func lines(before, after string) string {
	var b strings.Builder
	old, now := strings.SplitAfter(before, "\n"), strings.SplitAfter(after, "\n")
	above := ""
	for len(old) > 0 || len(now) > 0 {
		if len(old) > 0 && len(now) > 0 && old[0] == now[0] {
			above, old, now = " "+old[0], old[1:], now[1:]
			continue
		}
		b.WriteString(above)
		above = ""
		if len(old) > 0 && !slices.Contains(now[:min(len(now), 40)], old[0]) {
			b.WriteString("-" + old[0])
			old = old[1:]
		} else if len(now) > 0 {
			b.WriteString("+" + now[0])
			now = now[1:]
		}
	}
	return b.String()
}

// TestNothing shows that a cluster without a kustomization keeps its files.
func TestNothing(t *testing.T) {
	c, before := rendered(t, &txtar.Archive{Comment: []byte("kubeadm:")})
	after, err := overlay.Apply(c, slices.Clone(before))
	if err != nil || changes(before, after) != "" {
		t.Errorf("%v\n%s", err, changes(before, after))
	}
}

// TestMistakes compares all that a user reads. In a case "@ path" begins a file of overlays/, "+ line"s are what stands in it,
// "> line" is what is said.
func TestMistakes(t *testing.T) {
	for _, file := range archives(t, "testdata/mistakes/*.txtar") {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, section := range archive.Files {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar")+"/"+section.Name, func(t *testing.T) {
				given, want := mistake(archive.Comment, section.Data)
				c, before := rendered(t, given)
				after, err := overlay.Apply(c, slices.Clone(before))
				got := "fine\n"
				if err != nil {
					got = err.Error() + "\n"
				} else if diff := changes(before, after); strings.Contains(diff, "== ") {
					got = diff
				}
				if *update {
					archive.Files[i].Data = said(section.Data, got)
				} else if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("what is said differs (-want +got):\n%s", diff)
				}
			})
		}
		if *update {
			if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func mistake(comment, section []byte) (given *txtar.Archive, want string) {
	given = &txtar.Archive{Comment: comment}
	for line := range strings.Lines(string(section)) {
		switch kind, rest, _ := strings.Cut(line, " "); kind {
		case "@":
			given.Files = append(given.Files, txtar.File{Name: strings.TrimSpace(rest)})
		case "+", "+\n":
			last := &given.Files[len(given.Files)-1]
			last.Data = append(last.Data, rest...)
		case ">":
			want += rest
		}
	}
	return given, want
}

// said puts what is said in the place of what was wanted.
func said(section []byte, got string) []byte {
	var b strings.Builder
	for line := range strings.Lines(string(section)) {
		if !strings.HasPrefix(line, ">") {
			b.WriteString(line)
		}
	}
	for line := range strings.Lines(got) {
		b.WriteString("> " + line)
	}
	return []byte(b.String())
}
