package review

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// files gives what changes on hosts, and the objects of the whole cluster.
func (f *facts) files() (files, objects []FileChange) {
	type key struct {
		path, note string
		op         tree.Op
	}
	var groups grouped[key]
	for _, c := range f.changed {
		groups.add(key{c.path, f.note(c), c.op}, c.host)
	}
	files, objects = []FileChange{}, []FileChange{}
	groups.each(func(k key, hosts []string) { files = append(files, FileChange{k.path, k.op, hosts, k.note}) })
	for i := range f.objects {
		c := &f.objects[i]
		note := "kubectl apply"
		if c.Op == tree.OpRemove {
			note = "its objects stay in the cluster: kubectl delete them"
		}
		objects = append(objects, FileChange{Path: c.Path, Op: c.Op, Note: note})
	}
	return files, objects
}

// note says what comes of a changed file.
func (f *facts) note(c changed) string {
	switch {
	case c.op == tree.OpRemove && path.Dir(c.path) == kubeadmPatches:
		return "stays on the host: delete it before kubeadm is run"
	case c.op == tree.OpRemove:
		return "stays on the host until somebody deletes it"
	case c.path == kubeadmJoin:
		return "read by kubeadm join alone"
	case c.path == kubeadmConfig && len(f.stepsFor(c)) == 0:
		return "read by kubeadm init alone"
	case c.path == kubeadmConfig, path.Dir(c.path) == kubeadmPatches:
		return "applied by kubeadm alone"
	case staticPod(c.path) != "" && c.op == tree.OpAdd:
		return "the kubelet starts the pod"
	case staticPod(c.path) != "" && (c.op == tree.OpMode || tree.SamePod(c.old, c.new)):
		return "the pod goes on, since it is the same for the kubelet"
	case staticPod(c.path) != "":
		return "the kubelet restarts the pod"
	}
	var notify []string
	for _, action := range c.notify {
		if action != string(tree.VerbDaemon) {
			notify = append(notify, action)
		}
	}
	return strings.Join(notify, ", ")
}

// versions gives packages and programs of hosts that were there and stay.
func (f *facts) versions() (packages, programs []Versioned) {
	type key struct{ name, from, to string }
	var pkg, prog grouped[key]
	add := func(g *grouped[key], host string, before, after map[string]string) {
		for _, name := range sortedKeys(before, after) {
			if from, to := before[name], after[name]; from != to {
				if f, t := strings.TrimSuffix(from, held), strings.TrimSuffix(to, held); f != t {
					from, to = f, t
				}
				g.add(key{name, from, to}, host)
			}
		}
	}
	for _, host := range f.stays {
		before, after := f.before.Host(host), f.after.Host(host)
		add(&pkg, host, packagesOf(before), packagesOf(after))
		add(&prog, host, programsOf(before), programsOf(after))
	}
	list := func(g *grouped[key]) []Versioned {
		all := []Versioned{}
		g.each(func(k key, hosts []string) { all = append(all, Versioned{k.name, k.from, k.to, hosts}) })
		slices.SortFunc(all, func(a, b Versioned) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
		})
		return all
	}
	return list(&pkg), list(&prog)
}

// held stands behind the version of a package that is kept back; a change says it where nothing else changes.
const held = ", held"

func packagesOf(m *tree.Manifest) map[string]string {
	all := map[string]string{}
	for _, p := range m.Packages {
		all[p.Name] = cmp.Or(p.Version, "any")
		if p.Hold {
			all[p.Name] += held
		}
	}
	return all
}

func programsOf(m *tree.Manifest) map[string]string {
	all := map[string]string{}
	for _, p := range m.Programs {
		all[p.Path] = p.Version
	}
	return all
}

func sortedKeys(a, b map[string]string) []string {
	var all []string
	for name := range a {
		all = append(all, name)
	}
	for name := range b {
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
