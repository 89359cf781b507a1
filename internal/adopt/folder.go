package adopt

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/khagen/khagen/schema"
)

// inventoryNames are the files that an inventory's folder is searched for.
var inventoryNames = []string{"inventory.ini", "hosts.ini", "hosts.yaml", "hosts.yml", "inventory.yaml", "inventory.yml", "hosts", "inventory"}

// findInventory gives the file of an inventory: path itself, or the one in that folder.
func findInventory(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", schema.Errors{{Pos: schema.Position{File: path}, Problem: reason(err)}}
	}
	if !info.IsDir() {
		return path, nil
	}
	var found []string
	for _, name := range inventoryNames {
		if info, err := os.Stat(filepath.Join(path, name)); err == nil && info.Mode().IsRegular() {
			found = append(found, name)
		}
	}
	e := schema.Error{Pos: schema.Position{File: path}}
	switch len(found) {
	case 0:
		e.Problem = "no inventory in this folder: none of " + strings.Join(inventoryNames, ", ")
		e.Hint = "name the file itself"
	case 1:
		return filepath.Join(path, found[0]), nil
	default:
		e.Problem = "more than one inventory in this folder: " + strings.Join(found, ", ")
		e.Hint = "name the file that the playbooks get with -i"
	}
	return "", schema.Errors{e}
}

// readInventory reads the file, and the group_vars and host_vars beside it.
func readInventory(file string) (*inventory, []string, error) {
	data, err := readText(file)
	if err != nil {
		return nil, nil, err
	}
	inv := newInventory()
	var problems schema.Errors
	if looksLikeYAML(file, data) {
		problems = readYAML(inv, file, data)
	} else if problems = notINI(file, data); problems == nil {
		problems = readINI(inv, file, data)
	}
	if len(problems) == 0 && len(inv.hosts) == 0 {
		problems = schema.Errors{{Pos: schema.Position{File: file, Line: 1, Col: 1}, Problem: "no host: this is no inventory", Hint: inventoryHint}}
	}
	if len(problems) == 0 {
		problems = inv.circles()
	}
	if len(problems) > 0 {
		return nil, nil, inOrder(problems)
	}
	folder := &varsFolder{dir: filepath.Dir(file), inv: inv}
	folder.read()
	if len(folder.problems) > 0 {
		return nil, nil, inOrder(folder.problems)
	}
	return inv, folder.sealed, nil
}

// inOrder sorts problems by their places.
func inOrder(problems schema.Errors) schema.Errors {
	slices.SortStableFunc(problems, func(a, b schema.Error) int {
		return cmp.Or(strings.Compare(a.Pos.File, b.Pos.File), a.Pos.Line-b.Pos.Line, a.Pos.Col-b.Pos.Col, strings.Compare(a.Problem, b.Problem))
	})
	return problems
}

const inventoryHint = "an inventory has the hosts in [kube_control_plane], [etcd] and [kube_node], or as YAML below all"

// readText reads a file of text.
func readText(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, schema.Errors{{Pos: schema.Position{File: file}, Problem: reason(err)}}
	}
	line := 0
	for text := range bytes.Lines(data) {
		line++
		if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
			return nil, schema.Errors{{Pos: schema.Position{File: file, Line: line, Col: 1}, Problem: "no text in UTF-8"}}
		}
	}
	return data, nil
}

// reason is what the system says about a path, without the path.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

var yamlKey = regexp.MustCompile(`^(["']?)[-A-Za-z0-9_.]+["']?:(\s|$)`)

// firstLine is the first line that says something, and its number.
func firstLine(data []byte) (text string, line int) {
	for raw := range bytes.Lines(data) {
		line++
		text = strings.TrimSpace(strings.TrimPrefix(string(raw), "\ufeff"))
		if text != "" && text != "---" && text[0] != '#' && text[0] != ';' {
			return text, line
		}
	}
	return "", 1
}

// looksLikeYAML goes by the content first: Ansible reads either from a file of any name.
func looksLikeYAML(file string, data []byte) bool {
	text, _ := firstLine(data)
	switch {
	case sectionLine.MatchString(text):
		return false
	case yamlKey.MatchString(text), strings.HasPrefix(text, "- "), strings.HasPrefix(text, "{"):
		return true
	}
	return slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(file))
}

// notINI says at once that a file is none, where its first line can't be of one.
func notINI(file string, data []byte) schema.Errors {
	text, line := firstLine(data)
	e := schema.Error{Pos: schema.Position{File: file, Line: line, Col: 1}, Hint: inventoryHint}
	if text == "" {
		e.Problem = "the file is empty"
		return schema.Errors{e}
	}
	words, err := hostWords(text)
	if text[0] != '[' && (err != nil || len(words) == 0 || !isHostLine(words)) {
		e.Problem = fmt.Sprintf("no inventory: neither a section nor a host: %s", quote(text))
		return schema.Errors{e}
	}
	return nil
}

func isHostLine(words []string) bool {
	if _, _, err := expand(words[0]); err != nil {
		return false
	}
	return !slices.ContainsFunc(words[1:], func(word string) bool { return !strings.Contains(word, "=") })
}

// varsFolder reads the files of variables beside an inventory.
type varsFolder struct {
	dir      string
	inv      *inventory
	sealed   []string // files that are encrypted as a whole
	problems schema.Errors
}

func (f *varsFolder) read() {
	f.inv.group("all", schema.Position{})
	f.inv.group("k8s_cluster", schema.Position{})
	for name, g := range f.inv.groups {
		own := variables{}
		for _, spelling := range spellings(name) {
			f.into(own, filepath.Join(f.dir, "group_vars", spelling))
		}
		g.files = own
	}
	for _, host := range f.inv.hosts {
		f.into(f.inv.of[host], filepath.Join(f.dir, "host_vars", host))
	}
	slices.Sort(f.sealed)
}

// spellings are the names that a group has and had.
func spellings(name string) []string {
	for _, old := range []string{"kube-master", "kube-node", "k8s-cluster", "calico-rr"} {
		if presentName(old) == name {
			return []string{old, name}
		}
	}
	return []string{name}
}

// into reads what stands at a path without its ending: a file, or a folder of files.
func (f *varsFolder) into(vars variables, path string) {
	for _, ending := range []string{"", ".yml", ".yaml", ".json"} {
		info, err := os.Stat(path + ending)
		switch {
		case err != nil:
		case info.Mode().IsRegular():
			f.file(vars, path+ending)
		case info.IsDir() && ending == "":
			f.folder(vars, path)
		}
	}
}

func (f *varsFolder) folder(vars variables, dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		f.problems = append(f.problems, schema.Error{Pos: schema.Position{File: dir}, Problem: reason(err)})
		return
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		switch {
		case strings.HasPrefix(entry.Name(), "."):
		case entry.IsDir():
			f.folder(vars, path)
		case slices.Contains([]string{"", ".yml", ".yaml", ".json"}, filepath.Ext(path)):
			f.file(vars, path)
		}
	}
}

func (f *varsFolder) file(vars variables, path string) {
	data, err := readText(path)
	var problems schema.Errors
	if errors.As(err, &problems) {
		f.problems = append(f.problems, problems...)
		return
	}
	if bytes.HasPrefix(data, []byte("$ANSIBLE_VAULT;")) {
		f.sealed = append(f.sealed, path)
		return
	}
	root, problems := readMapping(path, data)
	f.problems = append(f.problems, problems...)
	if root == nil {
		return
	}
	for name, v := range variablesIn(path, root) {
		vars[name] = v
	}
}
