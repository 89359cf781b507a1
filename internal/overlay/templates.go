package overlay

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/template"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

// content is what a file of the user's own says: the same for all hosts, or a template.
type content struct {
	text     []byte
	template *template.Own
}

// render gives a file's content for a host. Its mistakes are reported.
func (o *own) render(h *topology.Host, f *schema.OwnFile) ([]byte, tree.Kind) {
	c := o.contents[f.File]
	if c == nil {
		c = o.read(f)
		o.contents[f.File] = c
	}
	if c.template == nil {
		return c.text, tree.KindFile
	}
	parts, err := c.template.Render(o.data.of(h))
	if err != nil {
		o.mistake(f, err, h)
		return nil, tree.KindFile
	}
	var text, outside strings.Builder
	kind := tree.KindFile
	for _, p := range parts {
		text.WriteString(p.Text)
		outside.WriteString(p.Text)
		if p.Secret != "" {
			kind = tree.KindSecret
			text.WriteString(tree.Secret(p.Secret))
		}
	}
	o.judge(f, outside.String(), kind)
	return []byte(text.String()), kind
}

// read reads a file once for all hosts.
func (o *own) read(f *schema.OwnFile) *content {
	text, err := f.Read()
	if err != nil {
		var problems schema.Errors
		if !errors.As(err, &problems) {
			problems = schema.Errors{{Pos: schema.Position{File: f.File}, Problem: err.Error()}}
		}
		o.problems = append(o.problems, problems...)
		return &content{}
	}
	if !f.Template {
		o.judge(f, string(text), tree.KindFile)
		return &content{text: text}
	}
	parsed, err := template.ParseOwn(string(text))
	if err != nil {
		o.mistake(f, err, nil)
		return &content{}
	}
	return &content{template: parsed}
}

// mistake reports an error of a template, and the host for which it failed.
func (o *own) mistake(f *schema.OwnFile, err error, h *topology.Host) {
	problem := schema.Error{Pos: schema.Position{File: f.File}, Problem: err.Error()}
	var e *template.Error
	if errors.As(err, &e) {
		problem.Pos.Line, problem.Pos.Col = e.Line, e.Col
		problem.Hint = e.Hint
		if e.Unknown != "" && h != nil {
			problem.Hint = o.meant(h, e)
		} else if strings.HasPrefix(e.Reference, ".host") {
			problem.Hint = "on the host " + h.Name + ": " + problem.Hint
		}
	}
	o.report(problem)
}

// meant is a hint for an unknown field: what is near it among the fields that it stands beside, else anywhere.
func (o *own) meant(h *topology.Host, e *template.Error) string {
	if beside := o.data.beside(h, e); beside != nil {
		return cmp.Or(didYouMean(schema.Nearest(e.Unknown, beside)), "known here: "+strings.Join(beside, ", "))
	}
	places := map[string]string{}
	for _, name := range []string{"cluster", "host", "derived"} {
		places[name] = "." + name
		collectNames("."+name, o.data.of(h)[name], places)
	}
	near := schema.Nearest(e.Unknown, slices.Sorted(maps.Keys(places)))
	if near == e.Unknown {
		near = places[near]
	}
	return cmp.Or(didYouMean(near), "khagen explain lists the fields of .cluster; .host is one of its hosts, with its name")
}

func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return "did you mean " + name + "?"
}

// templateData is what templates see: the definition under its own names, with all that it leaves to defaults.
type templateData struct {
	cluster  *topology.Cluster
	view     view
	hosts    map[string]any
	whole    map[string]any
	derived  map[string]any
	computed bool
}

func newTemplateData(c *topology.Cluster) *templateData {
	return &templateData{cluster: c, view: view{optional: map[string]bool{}}}
}

// of gives the data for a host; the cluster's is made once.
func (d *templateData) of(h *topology.Host) map[string]any {
	if !d.computed {
		d.computed = true
		d.hosts = map[string]any{}
		for _, each := range d.cluster.Hosts {
			d.hosts[each.Name] = d.view.host(each)
		}
		d.whole = d.view.cluster(d.cluster)
		d.whole["hosts"] = d.hosts
		d.derived = derived(d.cluster)
	}
	return map[string]any{"cluster": d.whole, "host": d.hosts[h.Name], "derived": d.derived}
}

// beside gives the names of the fields among which a reference looked for one; none where it doesn't begin at the root.
func (d *templateData) beside(h *topology.Host, e *template.Error) []string {
	var block any = d.of(h)
	for i, name := range strings.Split(strings.TrimPrefix(strings.TrimPrefix(e.Reference, "$"), "."), ".") {
		fields, isBlock := block.(map[string]any)
		value, known := fields[name]
		if isBlock && !known && name == e.Unknown && i > 0 {
			return slices.Sorted(maps.Keys(fields))
		}
		if !known {
			return nil // below a with or a range
		}
		block = value
	}
	return nil
}

// collectNames notes the names of all fields, each with the shortest path to one. Other hosts have what this one has.
func collectNames(path string, v any, places map[string]string) {
	fields, _ := v.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		below := path + "." + name
		if old, known := places[name]; !known || len(below) < len(old) {
			places[name] = below
		}
		if below != ".cluster.hosts" {
			collectNames(below, fields[name], places)
		}
	}
}
