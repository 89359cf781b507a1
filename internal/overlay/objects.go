package overlay

import (
	"bytes"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/kyaml/resid"

	"github.com/khagen/khagen/internal/tree"
)

// object is one document of a rendered file.
type object struct {
	text            []byte // with what stands above its first field
	gvk             resid.Gvk
	name, namespace string // name: that of the file where the object has none
	labels          map[string]string
	annotations     map[string]string
}

var separator = []byte("---\n")

// patchable says whether a file consists of objects: templates of secrets do, too, where they are YAML.
func patchable(f *tree.File) bool {
	return f.Kind == tree.KindObject || f.Kind == tree.KindSecret && strings.HasSuffix(f.Path, ".yaml")
}

// split gives the texts of a file's documents.
func split(content []byte) [][]byte {
	var all [][]byte
	for len(content) > 0 {
		document, rest, more := bytes.Cut(content, append([]byte("\n"), separator...))
		if more {
			document = content[:len(document)+1]
		}
		all, content = append(all, document), rest
	}
	return all
}

// nameOf is the name of an object that has none: that of its file.
func nameOf(f *tree.File) string { return strings.TrimSuffix(path.Base(f.Path), ".yaml") }

// identify finds out what an object is; a document that is none has no kind.
func identify(text []byte, fileName string) *object {
	var head struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string `yaml:"kind"`
		Metadata   struct {
			Name        string            `yaml:"name"`
			Namespace   string            `yaml:"namespace"`
			Labels      map[string]string `yaml:"labels"`
			Annotations map[string]string `yaml:"annotations"`
		} `yaml:"metadata"`
	}
	if err := yaml.Unmarshal(text, &head); err != nil {
		return &object{text: text}
	}
	o := &object{
		text: text, name: head.Metadata.Name, namespace: head.Metadata.Namespace,
		labels: head.Metadata.Labels, annotations: head.Metadata.Annotations,
	}
	group, version := resid.ParseGroupVersion(head.APIVersion)
	o.gvk = resid.Gvk{Group: group, Version: version, Kind: head.Kind}
	if o.name == "" {
		o.name = fileName
	}
	return o
}

// key tells objects of a cluster apart, as an API server does.
func (o *object) key() string {
	return o.gvk.Group + "/" + o.gvk.Kind + " " + o.namespace + "/" + o.name
}
