package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"
	"github.com/google/go-cmp/cmp"
)

// layEditorFiles writes the files for editors into a module.
func layEditorFiles(t *testing.T, root string) {
	t.Helper()
	files, err := EditorFiles()
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		writeFile(t, filepath.Join(root, name), string(content))
	}
}

// copyReferences gives a copy of the reference definitions.
func copyReferences(t *testing.T) (root string, dirs []string) {
	t.Helper()
	root = filepath.Join(t.TempDir(), "overlays")
	if err := os.CopyFS(root, os.DirFS("../overlays")); err != nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(root, editorCUE))
	dirs, err := Find(root)
	if err != nil || len(dirs) < 5 {
		t.Fatal(dirs, err)
	}
	return root, dirs
}

// TestEditorFilesChangeNothing: khagen finds and reads the same with them as without, and has the same to say of mistakes.
func TestEditorFilesChangeNothing(t *testing.T) {
	root, dirs := copyReferences(t)
	broken := filepath.Join(root, "broken")
	writeFile(t, filepath.Join(broken, cueName), "package fleet\n\ncluster: {\n\tname: 3\n\tbind: \"all\"\n\thosts: A_B: address: \"10.0.0\"\n}\n#khagenCluster: 3\n")
	read := func() []string {
		found, err := Find(root)
		all := []string{fmt.Sprint(found, err)}
		for _, dir := range append(dirs, broken) {
			all = append(all, loaded(dir))
		}
		return all
	}
	before := read()
	layEditorFiles(t, root)
	if diff := cmp.Diff(before, read()); diff != "" {
		t.Error(diff)
	}
}

// loaded is a definition with its defaults, or what is wrong with it.
func loaded(dir string) string {
	cluster, err := Load(dir)
	if err != nil {
		return err.Error()
	}
	data, err := json.MarshalIndent(cluster, "", " ")
	return fmt.Sprint(string(data), err)
}

// TestEditorPackage: definitions agree with the file, CUE by itself sees misspelt fields and wrong values with it, and the values
// that it takes are the schema's.
func TestEditorPackage(t *testing.T) {
	root, dirs := copyReferences(t)
	layEditorFiles(t, root)
	vet := func(dir string) error {
		inst := load.Instances([]string{"."}, &load.Config{Dir: dir, ModuleRoot: root, Package: packageName, Registry: noRegistry{}, Env: []string{"CUE_REGISTRY=none"}})[0]
		return cuecontext.New().BuildInstance(inst).Validate(cue.All())
	}
	for _, dir := range dirs {
		if err := vet(dir); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
	}
	for definition, want := range map[string]string{
		`loadBalancer: healthChek: {}`:                             "cluster.loadBalancer.healthChek: field not allowed",
		`hosts: cp1: adress: "10.0.0.1"`:                           "cluster.hosts.cp1.adress: field not allowed",
		`hosts: CP1: {}`:                                           "cluster.hosts.CP1: field not allowed",
		`hosts: cp1: machine: registries: "a b": {}`:               `cluster.hosts.cp1.machine.registries."a b": field not allowed`,
		`endpoint: port: "8443"`:                                   "a port from 1 to 65535, without quotes",
		`endpoint: port: 0`:                                        "a port from 1 to 65535, without quotes",
		`platform: "moon"`:                                         `"on-premises" or "cloud"`,
		`hosts: cp1: taints: [{efect: "NoSchedule"}]`:              "cluster.hosts.cp1.taints.0.efect: field not allowed",
		`kubernetes: kubelet: config: {maxPods: 50}, _mine: 1`:     "",
		`hosts: [=~"cp"]: roles: *["control-plane"] | [...]`:       "",
		`loadBalancer: balance: *"roundrobin" | string`:            "",
		`kubernetes: apiServer: extraArgs: {"a": "b", "c": ["d"]}`: "",
		`name: *"x" | string, site: name`:                          "",
	} {
		dir := filepath.Join(root, "one")
		writeFile(t, filepath.Join(dir, cueName), "package fleet\n\ncluster: {"+definition+"}\n")
		if err := vet(dir); (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", definition, err, want)
		}
	}
}

// TestEditorFileByHand: what khagen passes over is its own work, whatever Git made of the line ends.
func TestEditorFileByHand(t *testing.T) {
	root, dirs := copyReferences(t)
	layEditorFiles(t, root)
	path := filepath.Join(root, editorCUE)
	own, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := path + ":1:1: changed by hand, but khagen passes over this file"
	for _, c := range []struct {
		name, content, want string
	}{
		{"line ends of another system", strings.ReplaceAll(string(own), "\n", "\r\n"), ""},
		{"of another khagen", string(sealed([]byte("package fleet\n"))), ""},
		{"a field more", string(own) + "cluster: site: \"here\"\n", changed},
		{"a field less", strings.Replace(string(own), "\tname?: ", "\tnames?: ", 1), changed},
		{"the first line alone", string(bytes.SplitAfter(own, []byte("\n"))[0]), changed},
		{"a file of the user's", "package fleet\n\ncluster: sight: \"here\"\n", path + ":3:10: sight: unknown field"},
	} {
		writeFile(t, path, c.content)
		if _, err := Load(dirs[0]); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
