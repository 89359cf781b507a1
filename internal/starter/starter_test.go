package starter

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/schema"
)

func TestWrite(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "b"), []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Write(root, []File{{"new/deep/a", []byte("ours")}, {"b", []byte("ours")}, {"c", nil}})
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v", err)
	}
	if got := tree(t, root); !slices.Equal(got, []string{"b: theirs"}) {
		t.Errorf("left behind: %q", got)
	}
	if err := Write(root, []File{{"new/deep/a", []byte("ours")}, {"c", nil}}); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, root); !slices.Equal(got, []string{"b: theirs", "c: ", "new", "new/deep", "new/deep/a: ours"}) {
		t.Errorf("written: %q", got)
	}
}

// tree lists folders, and files with their content.
func tree(t *testing.T, root string) (paths []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		if !entry.IsDir() {
			content, err := os.ReadFile(filepath.Join(root, path))
			if err != nil {
				return err
			}
			path += ": " + string(content)
		}
		paths = append(paths, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestReference(t *testing.T) {
	repository := fstest.MapFS{
		"overlays/cue.mod/module.cue":       {},
		"overlays/one/cluster.cue":          {Data: []byte("// name: \"one\"\ncluster: {\n\tname:  \"one\"\n\tetcd: name: \"one\"\n}\n")},
		"overlays/one/files/hosts/_x/.conf": {Data: []byte("name: \"one\"\n")},
		"overlays/none/common.cue":          {},
	}
	if got := References(repository); !slices.Equal(got, []string{"one"}) {
		t.Errorf("references %q", got)
	}
	files, err := Reference(repository, "one", "shop/two")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range files {
		got[f.Path] = string(f.Content)
	}
	want := map[string]string{
		"overlays/shop/two/cluster.cue":          "// name: \"one\"\ncluster: {\n\tname:  \"two\"\n\tetcd: name: \"one\"\n}\n",
		"overlays/shop/two/files/hosts/_x/.conf": "name: \"one\"\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFreeRouterID(t *testing.T) {
	taken := func(ids ...int) (clusters []*schema.Cluster) {
		for _, id := range ids {
			clusters = append(clusters, &schema.Cluster{VIP: &schema.VIP{Keepalived: &schema.Keepalived{VirtualRouterID: id}}})
		}
		return append(clusters, &schema.Cluster{}, &schema.Cluster{VIP: &schema.VIP{}})
	}
	tests := []struct {
		vip   string
		taken []int
		want  string
	}{
		{vip: "10.0.0.77", want: "77"},
		{vip: "fd00::4d", want: "77"},
		{vip: "10.0.0.77", taken: []int{77, 78}, want: "79"},
		{vip: "10.0.0.255", taken: []int{255}, want: "1"},
		{vip: "10.0.0.0", want: "1"},
		{vip: "none", taken: []int{1}, want: "2"},
	}
	for _, test := range tests {
		a := Answers{vip: test.vip, Others: taken(test.taken...)}
		if got := a.freeRouterID(); got != test.want {
			t.Errorf("%s beside %v: %s, want %s", test.vip, test.taken, got, test.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	tests := []struct{ network, want string }{
		{"10.20.0.0/24", "10.20.0.11,10.20.0.12"},
		{"10.20.3.7/16", "10.20.0.11,10.20.0.12"},
		{"10.20.0.0/24,10.30.0.0/24", "10.20.0.11,10.20.0.12"},
		{"fd00:20::/64", "fd00:20::b,fd00:20::c"},
		{"255.255.255.255/32", "0.0.0.10,0.0.0.11"}, // past the end: the rules say so
		{"", "192.0.2.11,192.0.2.12"},
		{"nonsense", "192.0.2.11,192.0.2.12"},
	}
	for _, test := range tests {
		a := Answers{network: test.network}
		if got := a.addresses(11, 2); got != test.want {
			t.Errorf("%s: %s, want %s", test.network, got, test.want)
		}
	}
}

func TestFlag(t *testing.T) {
	a := Answers{Folder: "shop", controlPlanes: "cp1.example.net=10.0.0.1", workers: "10.0.0.2", vip: "10.0.0.3"}
	a.FillIn()
	d, err := NewDefinition(&a)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		"name":                           NAME,
		"endpoint.port":                  "endpoint",
		"hosts.w1.address":               "workers",
		`hosts."cp1.example.net".roles`:  "control-planes",
		"hosts.w1.address (and 2 more)":  "workers",
		"kubernetes.networking.podCIDRs": "pod-network",
		"hostNetworks[0]":                "network",
		"vip":                            "vip",
		"vip.prefix":                     "", // nobody said it
		"etcd.topology":                  "",
		"":                               "",
	}
	for path, want := range tests {
		if got := d.Flag(path); got != want {
			t.Errorf("%q comes from %q, want %q", path, got, want)
		}
	}
}

func TestLacks(t *testing.T) {
	ignore, attributes := File{".gitignore", []byte(gitignore)}, File{".gitattributes", []byte(gitattributes)}
	tests := []struct {
		file File
		own  string
		want []string
	}{
		{ignore, "*.swp\n", []string{"/pki/"}},
		{ignore, "pki\r\n", nil},
		{attributes, "out/** -text\n", []string{"overlays/** -text"}},
		{File{"README.md", []byte(readme)}, "", nil},
	}
	for _, test := range tests {
		if got := Lacks(test.file, []byte(test.own)); !slices.Equal(got, test.want) {
			t.Errorf("%s with %q lacks %q, want %q", test.file.Path, test.own, got, test.want)
		}
	}
}

// TestRepository: the workflow is YAML and calls the action of the same version, with inputs that it has; what the README says is committed isn't ignored.
func TestRepository(t *testing.T) {
	for _, file := range Repository("v1.2.3") {
		if file.Path != Workflow {
			continue
		}
		var workflow struct {
			Jobs map[string]struct {
				Steps []struct {
					Uses string
					With map[string]string
				}
			}
		}
		if err := yaml.Unmarshal(file.Content, &workflow); err != nil {
			t.Fatal(err)
		}
		steps := workflow.Jobs["check"].Steps
		last := steps[len(steps)-1]
		if want := "khagen/khagen/.github/actions/khagen@v1.2.3"; last.Uses != want || last.With["version"] != "v1.2.3" {
			t.Errorf("the workflow uses %s with %v, want %s", last.Uses, last.With, want)
		}
		var action struct{ Inputs map[string]any }
		content, err := os.ReadFile("../../.github/actions/khagen/action.yml")
		if err == nil {
			err = yaml.Unmarshal(content, &action)
		}
		if err != nil {
			t.Fatal(err)
		}
		for input := range last.With {
			if _, known := action.Inputs[input]; !known {
				t.Errorf("the action has no input %s", input)
			}
		}
		return
	}
	t.Error("no workflow")
}

// TestDialogue asks again after a wrong answer, and forgets answers that the ones before them leave no use for.
func TestDialogue(t *testing.T) {
	lines := []string{"shop", "bad", "10.0.0.0/24", "", "-", "external", "api.example.net", "", "", "", "debian-12"}
	var said strings.Builder
	d := Dialogue{
		Out: &said,
		Line: func() (string, error) {
			if len(lines) == 0 {
				return "", errors.New("too many questions")
			}
			line := lines[0]
			lines = lines[1:]
			return line + "\n", nil
		},
		Judge: func(a *Answers) []Mistake {
			if a.network == "bad" {
				return []Mistake{{"network", "no\nnetwork"}, {"vip", "never said here"}}
			}
			return nil
		},
	}
	a := Answers{proxy: "nginx"}
	if err := d.Ask(&a, false); err != nil {
		t.Fatal(err)
	}
	if len(lines) > 0 {
		t.Errorf("not asked for: %q", lines)
	}
	want := Answers{
		Folder: "shop", network: "10.0.0.0/24", controlPlanes: "10.0.0.11,10.0.0.12,10.0.0.13", workers: "-", loadBalancer: "external",
		endpoint: "api.example.net", podNetworks: "10.244.0.0/16", install: "kubeadm", kubernetes: a.kubernetes, os: "debian-12",
	}
	if diff := cmp.Diff(want, a, cmp.AllowUnexported(Answers{}), cmpopts.IgnoreFields(Answers{}, "inherited", "heir")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.Contains(said.String(), "[192.0.2.0/24]:   no\n  network\nNetwork that the hosts live in [192.0.2.0/24]: ") {
		t.Errorf("said:\n%s", said.String())
	}
}
