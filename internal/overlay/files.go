package overlay

import (
	"cmp"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

// own lays the files of the user's own over the rendered ones.
type own struct {
	cluster  *topology.Cluster
	contents map[string]*content // by file
	data     *templateData
	rendered map[place]*tree.File
	replaced map[place]bool  // places of rendered files that give way
	useful   map[string]bool // paths at which some host has a rendered file
	pods     map[podUse]bool // whether a host has the static pod
	problems schema.Errors
	said     map[string]bool // what was said of one host, and is so of others
}

// place is where a file lies.
type place struct{ host, path string }

// ownFiles makes the files of the user's own, and keeps of the rendered files those that they don't replace.
func ownFiles(c *topology.Cluster, files []tree.File) (kept, added []tree.File, problems schema.Errors) {
	if len(c.Spec.OwnFiles) == 0 {
		return files, nil, nil
	}
	o := own{
		cluster: c, contents: map[string]*content{}, data: newTemplateData(c),
		rendered: map[place]*tree.File{}, replaced: map[place]bool{}, useful: map[string]bool{}, said: map[string]bool{}, pods: map[podUse]bool{},
	}
	for i := range files {
		o.rendered[place{files[i].Host, files[i].Path}] = &files[i]
	}
	used := map[string]*schema.OwnFile{}
	for _, h := range c.Hosts {
		for _, f := range o.chosen(h) {
			used[f.Path] = f
			added = append(added, o.file(h, f))
		}
	}
	o.replacesNothing(used)
	o.notifiesNobody()
	kept = slices.DeleteFunc(slices.Clone(files), func(f tree.File) bool { return o.replaced[place{f.Host, f.Path}] })
	if len(o.problems) == 0 {
		o.clashes(kept, added)
	}
	return kept, added, o.problems
}

// report adds a problem once.
func (o *own) report(e schema.Error) {
	o.reportOnce(fmt.Sprint(e.Pos, e.Path, e.Problem), e)
}

// reportOnce adds the first problem with this key: what is said of one host is said of all.
func (o *own) reportOnce(key string, e schema.Error) {
	if !o.said[key] {
		o.said[key] = true
		o.problems = append(o.problems, e)
	}
}

// file makes the file of a host: as its settings say, else as the rendered file that it replaces, else as its place asks for.
func (o *own) file(h *topology.Host, f *schema.OwnFile) tree.File {
	set := o.cluster.Spec.FileSettings[f.Path]
	old := o.replace(h, f, set)
	text, kind := o.render(h, f)
	made := tree.File{
		Host: h.Name, Path: f.Path, Kind: kind, Content: text, Source: f.Source,
		Mode: defaultMode(kind, text), Phase: tree.PhasePrerequisites, Notify: defaultActions(f.Path, set.Enable),
	}
	if old != nil {
		made.Mode, made.Owner, made.Phase, made.Notify = old.Mode, old.Owner, old.Phase, old.Notify
	}
	if bits, err := strconv.ParseUint(set.Mode, 8, 32); err == nil {
		made.Mode = fs.FileMode(bits)
	}
	made.Owner = cmp.Or(set.Owner, made.Owner)
	made.Phase = cmp.Or(tree.Phase(set.Phase), made.Phase)
	if set.Notify != nil {
		made.Notify = actions(*set.Notify)
		o.usePods(h, f.Path, made.Notify)
	}
	if set.Enable {
		made.Enable = o.unit(f.Path)
	}
	return made
}

// replace gives the rendered file that gives way to the user's, and reports one that doesn't.
func (o *own) replace(h *topology.Host, f *schema.OwnFile, set schema.FileSettings) *tree.File {
	at := place{h.Name, f.Path}
	old := o.rendered[at]
	if old == nil {
		return nil
	}
	o.useful[f.Path] = true
	e := schema.Error{Pos: schema.Position{File: f.File}, Path: settingPath(f.Path, "replace")}
	switch {
	case old.Kind == tree.KindBlock:
		e.Problem = "khagen writes a block into " + f.Path + " (" + old.Source + "), which leaves the rest of the file to others"
		e.Hint = "take the file away, or switch the block off"
		if f.Path == "/etc/hosts" {
			e.Hint = "add lines with machine.etcHosts.entries, or switch the block off: leave machine.etcHosts out, or set its endpoint and members to false"
		}
	case !set.Replace:
		e.Problem = "khagen renders " + f.Path + " (" + old.Source + ")"
		e.Hint = "to put yours in its place: files: " + strconv.Quote(f.Path) + ": replace: true, beside cluster"
	default:
		o.replaced[at] = true
		return old
	}
	o.report(e)
	return nil
}

// replacesNothing reports replace: true where no host has a rendered file; what is set above the cluster is for others, too.
func (o *own) replacesNothing(used map[string]*schema.OwnFile) {
	for _, f := range sortedByPath(used) {
		pos := o.position(f.Path, "replace")
		if !o.cluster.Spec.FileSettings[f.Path].Replace || o.useful[f.Path] || filepath.Dir(pos.File) != filepath.Clean(o.cluster.Spec.Dir) {
			continue
		}
		o.report(schema.Error{
			Pos: pos, Path: settingPath(f.Path, "replace"), Problem: "khagen renders no file of this path for hosts that get yours",
			Hint: "take replace away",
		})
	}
}

func sortedByPath(files map[string]*schema.OwnFile) []*schema.OwnFile {
	all := make([]*schema.OwnFile, 0, len(files))
	for _, f := range files {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *schema.OwnFile) int { return cmp.Compare(a.Path, b.Path) })
	return all
}

// position is where a setting of a path stands.
func (o *own) position(path, setting string) schema.Position {
	return o.cluster.Spec.Position("files", path, setting)
}

// settingPath is a setting as problems name it.
func settingPath(path, setting string) string { return "files." + strconv.Quote(path) + "." + setting }
