package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

// patcher applies patches to the objects of a cluster. Objects that are the same on many hosts are patched once.
type patcher struct {
	*repository
	patches []*patch
	hosts   map[string]*topology.Host
	known   map[string]*object // by file name and text
	done    map[string]patched // by object and patches
	failed  map[schema.Error]bool
	seen    map[string]seen // by kind
}

// patched is what patches made of an object; no text where they deleted it.
type patched struct {
	text     []byte
	failures []failure
}

// failure is a patch that doesn't fit its object.
type failure struct {
	*patchError
	by *patch
}

// seen is where objects of a kind are.
type seen struct{ versions, names, hosts map[string]bool }

// patch gives the files with their objects patched, and those that are left where patches deleted some.
func (r *repository) patch(c *topology.Cluster, files []tree.File, patches []*patch) []tree.File {
	if len(patches) == 0 {
		return files
	}
	p := &patcher{
		repository: r, patches: patches, hosts: map[string]*topology.Host{}, known: map[string]*object{}, done: map[string]patched{},
		failed: map[schema.Error]bool{}, seen: map[string]seen{},
	}
	for _, h := range c.Hosts {
		p.hosts[h.Name] = h
	}
	var all []tree.File
	for _, f := range files {
		if !patchable(&f) || p.file(&f) {
			all = append(all, f)
		}
	}
	p.judge()
	return all
}

// file patches the objects of a file, and says whether there are any left.
func (p *patcher) file(f *tree.File) bool {
	texts, used, changed := split(f.Content), map[*patch]bool{}, false
	for i, text := range texts {
		o := p.object(nameOf(f), text)
		if o.gvk.Kind == "" {
			continue
		}
		p.note(o, f)
		by := p.patchesFor(o, f)
		if len(by) == 0 {
			continue
		}
		result := p.apply(o, by)
		for _, failure := range result.failures {
			p.fail(failure, o, f.Host)
		}
		texts[i], changed = result.text, changed || !bytes.Equal(result.text, text)
		for _, one := range by {
			used[one] = true
		}
	}
	if !changed {
		return true
	}
	var sources []string
	for _, one := range p.patches {
		if used[one] && !slices.Contains(sources, one.source) {
			sources = append(sources, one.source)
		}
	}
	texts = slices.DeleteFunc(texts, func(text []byte) bool { return text == nil })
	f.Content = bytes.Join(texts, separator)
	f.Source += ", patched by " + strings.Join(sources, ", ")
	return len(texts) > 0
}

func (p *patcher) object(fileName string, text []byte) *object {
	key := fileName + "\n" + string(text)
	o := p.known[key]
	if o == nil {
		o = identify(text, fileName)
		p.known[key] = o
	}
	return o
}

func (p *patcher) note(o *object, f *tree.File) {
	s, ok := p.seen[o.gvk.Kind]
	if !ok {
		s = seen{map[string]bool{}, map[string]bool{}, map[string]bool{}}
		p.seen[o.gvk.Kind] = s
	}
	s.versions[o.gvk.ApiVersion()] = true
	s.names[o.name] = true
	s.hosts[f.Host] = true
}

// patchesFor gives those that an object of a file is a target of.
func (p *patcher) patchesFor(o *object, f *tree.File) []*patch {
	var by []*patch
	for _, one := range p.patches {
		if !one.target.takes(o, p.hosts[f.Host]) {
			continue
		}
		if one.matched[o.gvk.Kind] == nil {
			one.matched[o.gvk.Kind] = map[string]bool{}
		}
		one.matched[o.gvk.Kind][f.Host] = true
		if f.Kind == tree.KindSecret && jinja.Match(one.text.content) {
			p.report(one.text.at(0), "text of Jinja in a patch of "+o.gvk.Kind, "that file is a template of its secrets, which Ansible or Salt renders")
			continue
		}
		by = append(by, one)
	}
	return by
}

var jinja = regexp.MustCompile(`\{[{%#]`)

// apply gives what patches make of an object.
func (p *patcher) apply(o *object, by []*patch) patched {
	key := fmt.Sprintf("%p", o)
	for _, one := range by {
		key += fmt.Sprintf(" %p", one)
	}
	if result, done := p.done[key]; done {
		return result
	}
	result := run(o, by)
	p.done[key] = result
	return result
}

func run(o *object, by []*patch) patched {
	header, body := cutHeader(o.text)
	var document yaml.Node
	if err := yaml.Unmarshal(body, &document); err != nil {
		return patched{failures: []failure{{&patchError{problem: "the rendered object is no YAML: " + err.Error()}, by[0]}}}
	}
	doc, result := document.Content[0], patched{text: o.text}
	for _, one := range by {
		changed, err := one.apply(o, doc)
		if mistake := (*patchError)(nil); errors.As(err, &mistake) {
			result.failures = append(result.failures, failure{mistake, one})
			continue
		}
		if changed == nil {
			return patched{failures: result.failures}
		}
		doc = changed
	}
	if equal(document.Content[0], doc) {
		return result // a patch that changes nothing changes no byte
	}
	text, err := encode(doc)
	if err != nil {
		result.failures = append(result.failures, failure{&patchError{problem: err.Error()}, by[0]})
	}
	result.text = slices.Concat(header, text)
	if what, _ := secretIn(string(text)); what != "" { // of several operations, none of which shows it
		if had, _ := secretIn(string(body)); had == "" {
			result.failures = append(result.failures, failure{&patchError{problem: "the patch brings " + what + ": " + inGit}, by[len(by)-1]})
		}
	}
	return result
}

// cutHeader parts the comments above an object from it.
func cutHeader(text []byte) (header, body []byte) {
	body = text
	for bytes.HasPrefix(body, []byte("#")) {
		_, body, _ = bytes.Cut(body, []byte("\n"))
	}
	return text[:len(text)-len(body)], body
}

// apply gives the patched form of a document; nil where it is deleted.
func (p *patch) apply(o *object, doc *yaml.Node) (*yaml.Node, error) {
	if p.merge != nil {
		return strategic(o, clone(doc), p.merge)
	}
	before := doc
	for _, op := range p.ops {
		var err error
		if doc, err = op.apply(doc); err != nil {
			return nil, err
		}
	}
	for _, path := range []string{"kind", "metadata"} {
		name := func(n *yaml.Node) string { return text(field(n, "metadata"), "name") }
		if path == "kind" {
			name = func(n *yaml.Node) string { return text(n, "kind") }
		}
		if name(before) != name(doc) {
			return nil, &patchError{p.ops[0].line, "the patch changes the object's kind or name", renames}
		}
	}
	return doc, nil
}

// fail reports a patch that doesn't fit an object, once for all hosts.
func (p *patcher) fail(f failure, o *object, host string) {
	problem := f.problem + " (" + o.gvk.Kind
	pos := f.by.text.at(f.line)
	e := schema.Error{Pos: pos, Problem: problem, Hint: f.hint}
	if p.failed[e] {
		return
	}
	p.failed[e] = true
	if host != "" {
		problem += " of " + host
	}
	p.report(pos, problem+")", f.hint)
}

// judge reports patches that match nothing, and those of some hosts alone for what all hosts share.
func (p *patcher) judge() {
	for _, one := range p.patches {
		if len(one.matched) == 0 {
			p.report(one.pos, one.name()+" matches no rendered object", p.nearest(one))
		}
		for _, kind := range []string{"ClusterConfiguration", "KubeletConfiguration", "KubeProxyConfiguration"} {
			hosts := p.seen[kind].hosts
			if p.seen["ClusterConfiguration"].hosts != nil && len(one.matched[kind]) > 0 && len(one.matched[kind]) < len(hosts) {
				p.report(one.pos, "a "+kind+" for some hosts alone: under kubeadm all hosts have the same", kubeadmHint)
			}
		}
	}
}

const kubeadmHint = "kubeadm reads it once and keeps it in the cluster. What one host has of its own: its kubelet in the definition, or a file for kubeadm in /etc/kubernetes/patches"

// nearest tells what there is instead of what a patch wants.
func (p *patcher) nearest(one *patch) string {
	kind := one.target.selector.Kind
	if kind == "" {
		return "kind, name and their like are regular expressions of the whole text"
	}
	found, ok := p.seen[strings.ReplaceAll(kind, `\`, "")]
	if !ok {
		return "the rendered kinds are " + strings.Join(slices.Sorted(maps.Keys(p.seen)), ", ")
	}
	hosts := slices.Sorted(maps.Keys(found.hosts))
	where := "in the cluster's own files"
	if hosts[0] != "" {
		where = "on " + schema.Some(hosts)
	}
	sorted := func(set map[string]bool) string { return schema.Some(slices.Sorted(maps.Keys(set))) }
	return kind + " of " + sorted(found.versions) + " is there by the name " + sorted(found.names) + ", " + where
}
