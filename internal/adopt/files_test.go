package adopt

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/khagen/khagen/schema"
)

// secrets stand in the files of the cases, and nowhere else.
var secrets = []string{"123456", "hunter", "solarfs250", "abcdef.0123456789abcdef", "6b6b3402020a", "c2VjcmV0"}

// readers by what the name of a file starts with.
var readers = []struct {
	prefix string
	read   func(*Draft, string, []byte) error
}{{"kubeadm", Kubeadm}, {"haproxy", HAProxy}, {"keepalived", Keepalived}}

// TestFiles reads the files of each testdata/files/*.txtar in their order and compares the definition with cluster.cue, or what is
// wrong with errors. hosts has a line for each host that an inventory would know: name, address, roles. What no file
// says is filled in, and the definition has to load.
func TestFiles(t *testing.T) {
	cases, err := filepath.Glob("testdata/files/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d, problems := readFiles(t, archive)
			name, got := "errors", problems
			if problems == "" {
				name, got = "cluster.cue", definition(t, d)
			}
			compare(t, file, archive, txtar.File{Name: name, Data: []byte(got)})
		})
	}
}

func readFiles(t *testing.T, archive *txtar.Archive) (*Draft, string) {
	t.Helper()
	d := &Draft{}
	var problems strings.Builder
	for _, f := range archive.Files {
		if f.Name == "hosts" {
			for line := range strings.Lines(string(f.Data)) {
				words := strings.Fields(line)
				d.Set(words[1], "hosts", words[0], "address")
				d.Set(words[2:], "hosts", words[0], "roles")
			}
		}
		for _, r := range readers {
			if !strings.HasPrefix(f.Name, r.prefix) {
				continue
			}
			d.From(f.Name)
			if err := r.read(d, f.Name, f.Data); err != nil {
				problems.WriteString(err.Error() + "\n")
			}
		}
	}
	return d, problems.String()
}

// definition writes the draft, which has to load once what files can't say is filled in.
func definition(t *testing.T, d *Draft) string {
	t.Helper()
	text, err := d.Text()
	if err != nil {
		t.Fatal(err)
	}
	load(t, filledIn(d))
	return string(text)
}

// filledIn is the draft with what a definition can't do without.
func filledIn(d *Draft) *Draft {
	full := &Draft{entries: slices.Clone(d.entries)}
	for _, missing := range []struct {
		value any
		path  []string
	}{
		{"shop", []string{"name"}},
		{"1.36.3", []string{"kubernetes", "version"}},
		{[]string{"10.244.0.0/16"}, []string{"kubernetes", "networking", "podCIDRs"}},
		{"api.example.com", []string{"endpoint", "host"}},
		{"external", []string{"loadBalancer", "placement"}},
		{"stacked", []string{"etcd", "topology"}},
		{"debian-12", []string{"machine", "os"}},
	} {
		if full.Value(missing.path...) == nil {
			full.Set(missing.value, missing.path...)
		}
	}
	if len(full.hosts()) == 0 {
		full.Set("10.0.0.1", "hosts", "cp1", "address")
		full.Set([]string{"control-plane"}, "hosts", "cp1", "roles")
	}
	return full
}

func load(t *testing.T, d *Draft) *schema.Cluster {
	t.Helper()
	text, err := schema.Write(nil, d.entries)
	if err != nil {
		t.Fatal(err)
	}
	overlays := t.TempDir()
	for name, content := range map[string]string{
		"cue.mod/module.cue": "module: \"fleet.example\"\nlanguage: version: \"v0.17.0\"\n",
		"shop/cluster.cue":   string(text),
	} {
		file := filepath.Join(overlays, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cluster, err := schema.Load(filepath.Join(overlays, "shop"))
	if err != nil {
		t.Fatalf("the definition doesn't load: %v\n%s", err, text)
	}
	return cluster
}

// compare holds what came out to the golden, or rewrites it.
func compare(t *testing.T, file string, archive *txtar.Archive, got txtar.File) {
	t.Helper()
	isWanted := func(f txtar.File) bool { return f.Name == "errors" || f.Name == "cluster.cue" }
	wanted, _ := find(archive.Files, isWanted)
	for _, secret := range secrets {
		if strings.Contains(string(got.Data), secret) {
			t.Errorf("%s has a secret of the files: %s", got.Name, secret)
		}
	}
	if wanted.Name == got.Name && string(wanted.Data) == string(got.Data) {
		return
	}
	if !*Update {
		t.Errorf("want %s, got %s (-want +got):\n%s", wanted.Name, got.Name, cmp.Diff(string(wanted.Data), string(got.Data)))
		return
	}
	archive.Files = append(slices.DeleteFunc(archive.Files, isWanted), got)
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
