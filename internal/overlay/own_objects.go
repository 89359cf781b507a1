package overlay

import (
	"bytes"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

const ownFile = "cluster/resources.yaml"

// objects builds the kustomization in a folder as kustomize does. What it sees are the files that were found to be named, in memory.
func (r *repository) objects(c *topology.Cluster, files []tree.File, folder string) []tree.File {
	known := len(r.problems)
	b := builder{repository: r, fs: filesys.MakeFsInMemory(), done: map[string]bool{}}
	b.collect(path.Join(folder, kustomizationName))
	if len(r.problems) > known {
		return nil
	}
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified     // as the kustomization says
	options.LoadRestrictions = types.LoadRestrictionsNone // nothing but overlays/ is there
	result, err := krusty.MakeKustomizer(options).Run(b.fs, "/"+overlays+"/"+folder)
	var content []byte
	if err == nil {
		content, err = result.AsYaml()
	}
	pos := r.position(path.Join(folder, kustomizationName), nil)
	if err != nil {
		problem, hint := b.words(err)
		r.report(pos, problem, hint)
		return nil
	}
	if len(content) == 0 {
		r.report(pos, "it builds no object", "list files under resources")
		return nil
	}
	b.hasSecret(content, func(int) schema.Position { return pos }) // of several parts, none of which shows it
	b.check(content, files, pos.File)
	header := "# Rendered by khagen for the cluster " + c.Spec.Name + ": edits made here are lost.\n"
	return []tree.File{{
		Path: ownFile, Kind: tree.KindObject, Mode: 0o644, Content: append([]byte(header), content...),
		Source: overlays + "/" + path.Join(folder, kustomizationName),
	}}
}

// builder collects what kustomize may read.
type builder struct {
	*repository
	fs   filesys.FileSystem
	done map[string]bool
}

func (b *builder) add(name string, content []byte) {
	if b.hasSecret(content, b.lines(name)) {
		return
	}
	if err := b.fs.WriteFile("/"+overlays+"/"+name, content); err != nil {
		b.report(b.position(name, nil), err.Error(), "")
	}
}

// collect adds a kustomization and all that it names.
func (b *builder) collect(name string) {
	if b.done[name] {
		return
	}
	b.done[name] = true
	k := b.document(name, b.position(name, nil))
	if k == nil {
		return
	}
	b.checkFields(name, k, true)
	b.add(name, b.read[name])
	for _, entry := range b.elements(name, "resources", field(k, "resources")) {
		b.resource(name, entry)
	}
	for _, entry := range b.elements(name, "components", field(k, "components")) {
		if component, ok := b.component(name, entry, nil); ok {
			b.collect(component)
		}
	}
	for _, key := range []string{"crds", "configurations"} {
		for _, entry := range b.elements(name, key, field(k, key)) {
			b.file(name, entry)
		}
	}
	for _, key := range []string{"patches", "replacements"} {
		for _, entry := range b.elements(name, key, field(k, key)) {
			if file := field(entry, "path"); file != nil {
				b.file(name, file)
			}
		}
	}
	for _, entry := range b.elements(name, "configMapGenerator", field(k, "configMapGenerator")) {
		b.generator(name, entry)
	}
}

// resource adds a file of objects, or the kustomization of a folder.
func (b *builder) resource(name string, entry *yaml.Node) {
	given, ok := b.reference(name, entry)
	if !ok {
		return
	}
	pos := b.position(name, entry)
	if b.isFolder(given) {
		if b.folderOfKustomization(given, pos) {
			b.collect(path.Join(given, kustomizationName))
		}
		return
	}
	content, ok := b.content(given, pos)
	if !ok {
		return
	}
	t := patchText{content, b.lines(given)}
	documents, ok := b.documents(content, t.at)
	for _, document := range documents {
		if text(document, "kind") == "" || text(document, "apiVersion") == "" {
			b.report(t.at(document.Line), "no Kubernetes object: apiVersion or kind is missing", "resources are files of whole objects; a change of one is listed under patches")
			ok = false
		}
	}
	if ok {
		b.add(given, content)
	}
}

func (b *builder) file(name string, entry *yaml.Node) {
	if given, ok := b.reference(name, entry); ok {
		b.addFile(given, name, entry)
	}
}

func (b *builder) addFile(given, name string, asked *yaml.Node) {
	if content, ok := b.content(given, b.position(name, asked)); ok {
		b.add(given, content)
	}
}

// generator adds the files of a generated ConfigMap: "file" or "key=file".
func (b *builder) generator(name string, entry *yaml.Node) {
	for _, key := range []string{"files", "envs"} {
		for _, source := range b.elements(name, key, field(entry, key)) {
			b.source(name, source, key == "files")
		}
	}
	if env := field(entry, "env"); env != nil {
		b.source(name, env, false)
	}
}

func (b *builder) source(name string, value *yaml.Node, keyed bool) {
	file := value.Value
	if _, after, ok := strings.Cut(file, "="); ok && keyed {
		file = after
	}
	if given, ok := b.local(name, value, file); ok {
		b.addFile(given, name, value)
	}
}

// check looks for what must not be in out/: secrets, and objects that khagen renders itself.
func (b *builder) check(content []byte, files []tree.File, asked string) {
	rendered := map[string]string{}
	for _, f := range files {
		if f.Host == "" && f.Kind == tree.KindObject {
			for _, text := range split(f.Content) {
				rendered[identify(text, "").key()] = f.Path
			}
		}
	}
	for _, text := range split(content) {
		o := identify(text, "")
		pos := b.position("", nil)
		pos.File = asked
		var secret struct {
			Data       map[string]any `yaml:"data"`
			StringData map[string]any `yaml:"stringData"`
		}
		if err := yaml.Unmarshal(bytes.TrimSpace(text), &secret); err == nil && o.gvk.Group == "" && o.gvk.Kind == "Secret" && len(secret.Data)+len(secret.StringData) > 0 {
			b.report(pos, "the Secret "+o.name+" has values", notHere["secretGenerator"])
		}
		if file, ok := rendered[o.key()]; ok {
			b.report(pos, "khagen renders the "+o.gvk.Kind+" "+o.name+" itself, in "+file, "patch it in the kustomization of the cluster's folder")
		}
	}
}
