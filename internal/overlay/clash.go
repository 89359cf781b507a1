package overlay

import (
	"path"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

// clashes reports files of the user's own that can't lie beside the other files of their host: one where another needs a folder, one
// that differs from another in case alone (on Windows and macOS the tree has only one of them), and one that khagen's manifest has
// as a certificate or a program.
func (o *own) clashes(kept, added []tree.File) {
	files := map[string][]*tree.File{}
	for i := range kept {
		files[kept[i].Host] = append(files[kept[i].Host], &kept[i])
	}
	for i := range added {
		files[added[i].Host] = append(files[added[i].Host], &added[i])
	}
	sources := map[string]string{}
	for _, f := range o.cluster.Spec.OwnFiles {
		sources[f.Source] = f.File
	}
	for _, h := range o.cluster.Hosts {
		brought := elsewhere(h)
		first := map[string]*entry{}
		for _, f := range files[h.Name] { // the user's own come last
			clash := brought[f.Path]
			if clash == "" {
				clash = takePlace(first, f)
			}
			if file := sources[f.Source]; clash != "" && file != "" {
				o.reportOnce("clash of "+file, schema.Error{Pos: schema.Position{File: file}, Problem: clash, Hint: "on the host " + h.Name})
			}
		}
	}
}

// entry is a name on a host: a file, or a folder that some file lies in.
type entry struct {
	name   string
	folder bool
	by     *tree.File
}

// takePlace enters a file and its folders; it says what is in the way.
func takePlace(first map[string]*entry, f *tree.File) (clash string) {
	for name, folder := f.Path, false; name != "/" && name != "."; name, folder = path.Dir(name), true {
		key := strings.ToLower(name)
		other := first[key]
		switch {
		case other == nil:
			first[key] = &entry{name, folder, f}
		case other.name != name:
			return name + " and " + other.name + " (" + other.by.Source + ") differ in case alone"
		case !folder && other.folder:
			return name + " is a folder, in which " + other.by.Path + " lies (" + other.by.Source + ")"
		case folder && !other.folder:
			return name + " is a file (" + other.by.Source + "), so that " + f.Path + " can't lie in it"
		}
	}
	return ""
}

// elsewhere lists what a host gets by other ways than the tree.
func elsewhere(h *topology.Host) map[string]string {
	brought := map[string]string{}
	for _, p := range h.Programs {
		brought[p.Path] = p.Path + " is a program that the manifest lists"
	}
	if !h.Cluster.NeedsPKI() {
		return brought
	}
	add := func(path string) { brought[path] = "khagen pki makes " + path }
	for _, s := range h.SharedFiles() {
		add(s.Path)
	}
	for _, k := range h.Kubeconfigs() {
		add(k.Path)
	}
	for _, c := range h.Certificates() {
		add(c.Path + ".crt")
		add(c.Path + ".key")
	}
	return brought
}
