package overlay

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/schema"
)

// patch is one change and the objects that it is for.
type patch struct {
	pos     schema.Position // where the kustomization lists it
	source  string          // the file that it stands in, as manifests have it
	text    patchText
	target  *target
	merge   *yaml.Node                 // a strategic merge, or
	ops     []operation                // JSON 6902
	matched map[string]map[string]bool // hosts, by kind
}

// patchText is the text of a patch and where it stands.
type patchText struct {
	content []byte
	at      func(line int) schema.Position
}

var patchFields = []string{"path", "patch", "target", "options"}

// patchEntry reads an entry of a list of patches: one patch, or several in one file, each of which says what it is for.
func (r *repository) patchEntry(name string, entry *yaml.Node) []*patch {
	pos := r.position(name, entry)
	if entry.Kind != yaml.MappingNode {
		r.report(pos, "not a patch", "an entry has path (a file) or patch (its text), and may have target")
		return nil
	}
	for i := 0; i+1 < len(entry.Content); i += 2 {
		if key := entry.Content[i]; !slices.Contains(patchFields, key.Value) {
			r.report(r.position(name, key), "a patch has no field "+key.Value, near(key.Value, patchFields))
			return nil
		}
	}
	if options := field(entry, "options"); options != nil {
		r.report(r.position(name, options), "a patch changes neither kind nor name of a rendered object", "take options away")
		return nil
	}
	source, text, ok := r.patchText(name, entry)
	if !ok {
		return nil
	}
	documents, ok := r.documents(text.content, text.at)
	if !ok || r.hasSecret(text.content, text.at) {
		return nil
	}
	var chosen *target
	if node := field(entry, "target"); node != nil {
		if chosen, ok = r.target(name, node); !ok {
			return nil
		}
	}
	if len(documents) == 0 || chosen != nil && len(documents) > 1 {
		r.report(pos, map[bool]string{true: "an empty patch", false: "several patches for one target"}[len(documents) == 0], "one patch for each entry with a target")
		return nil
	}
	var all []*patch
	for _, document := range documents {
		p := &patch{pos: pos, source: overlays + "/" + source, text: text, target: chosen, matched: map[string]map[string]bool{}}
		if r.understand(p, document) {
			all = append(all, p)
		}
	}
	return all
}

// patchText gives the file that a patch stands in, and the text.
func (r *repository) patchText(name string, entry *yaml.Node) (string, patchText, bool) {
	file, inline := field(entry, "path"), field(entry, "patch")
	pos := r.position(name, entry)
	if (file == nil) == (inline == nil) {
		r.report(pos, "a patch has either path or patch", "path names a file, patch is the text itself")
		return "", patchText{}, false
	}
	if inline != nil {
		if inline.Kind != yaml.ScalarNode {
			r.report(r.position(name, inline), "the patch isn't a text", "begin it with a bar: patch: |-")
			return "", patchText{}, false
		}
		return name, patchText{[]byte(inline.Value), func(line int) schema.Position {
			p := r.position(name, inline)
			if line > 0 && inline.Style&yaml.LiteralStyle != 0 {
				p.Line, p.Col = p.Line+line, 1
			}
			return p
		}}, true
	}
	path, ok := r.reference(name, file)
	if !ok {
		return "", patchText{}, false
	}
	content, ok := r.content(path, r.position(name, file))
	return path, patchText{content, r.lines(path)}, ok
}

// understand takes a document for a strategic merge or for JSON 6902.
func (r *repository) understand(p *patch, document *yaml.Node) bool {
	switch document.Kind {
	case yaml.SequenceNode:
		if p.target == nil {
			r.report(p.pos, "a JSON 6902 patch without a target", "add target: {kind: …}")
			return false
		}
		ops, ok := r.operations(p.text, document)
		p.ops = ops
		return ok
	case yaml.MappingNode:
		if p.target == nil {
			target, ok := r.ownTarget(p.text, document)
			if !ok {
				return false
			}
			p.target = target
		}
		if strings.Contains(string(p.text.content), "<<:") {
			r.report(p.text.at(document.Line), "a YAML merge key (<<) in a patch", "write its fields out")
			return false
		}
		p.merge = plain(clone(document))
		return true
	}
	r.report(p.text.at(document.Line), "neither a strategic merge (a mapping) nor JSON 6902 (a list of operations)", "")
	return false
}

// name is how errors call a patch.
func (p *patch) name() string {
	if kind := p.target.selector.Kind; kind != "" {
		return "the patch of " + kind
	}
	return "the patch"
}
