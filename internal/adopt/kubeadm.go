package adopt

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/internal/upstream"
)

const kubeadmHint = "give kubeadm's configuration: the file, or what kubectl -n kube-system get configmap kubeadm-config -o yaml prints"

// kubeadm reads one file of kubeadm's.
type kubeadm struct {
	*source
	*Draft
	version upstream.Version // what the definition says so far
}

// kinds that are read, in this order: what comes later needs the version.
var kinds = []struct {
	group, kind string
	read        func(k *kubeadm, doc document)
}{
	{"kubeadm.k8s.io", "ClusterConfiguration", (*kubeadm).cluster},
	{"kubeadm.k8s.io", "ClusterStatus", (*kubeadm).status},
	{"kubeadm.k8s.io", "InitConfiguration", (*kubeadm).initConfiguration},
	{"kubeadm.k8s.io", "JoinConfiguration", (*kubeadm).joinConfiguration},
	{"kubelet.config.k8s.io", "KubeletConfiguration", (*kubeadm).kubelet},
	{"kubeproxy.config.k8s.io", "KubeProxyConfiguration", (*kubeadm).kubeProxy},
}

// apiVersions of kubeadm that are read.
var apiVersions = regexp.MustCompile(`^v1(beta[1-4])?$`)

// Kubeadm reads what kubeadm init and join were given, or the ConfigMaps that a running cluster keeps of it: ClusterConfiguration,
// InitConfiguration, JoinConfiguration, KubeletConfiguration, KubeProxyConfiguration. Tokens and keys stay where they are.
func Kubeadm(d *Draft, file string, data []byte) error {
	s := &source{file: file}
	text, ok := s.read(data, "kubeadm's configuration")
	if !ok {
		return s.err()
	}
	k := &kubeadm{source: s, Draft: d}
	var docs []document
	for _, doc := range s.documents(text, 0) {
		docs = append(docs, k.unpack(doc)...)
	}
	if len(docs) == 0 && len(s.problems) == 0 {
		s.fail(0, kubeadmHint, "nothing of kubeadm's in it")
	}
	if len(s.problems) > 0 {
		return s.err()
	}
	slices.SortStableFunc(docs, func(a, b document) int { return cmp.Compare(kindOf(a), kindOf(b)) })
	k.setVersion(docs)
	for _, doc := range docs {
		kinds[kindOf(doc)].read(k, doc)
	}
	return s.err()
}

// kindOf is the document's place in kinds; -1 for others.
func kindOf(doc document) int {
	group, _, _ := strings.Cut(textAt(doc.Node, "apiVersion"), "/")
	for i, k := range kinds {
		if k.group == group && k.kind == textAt(doc.Node, "kind") {
			return i
		}
	}
	return -1
}

// parts of ConfigMaps that hold a configuration.
var parts = []string{"ClusterConfiguration", "ClusterStatus", "kubelet", "config.conf"}

// unpack gives the configurations in a document: itself, or what a ConfigMap or a list of them holds.
func (k *kubeadm) unpack(doc document) []document {
	kind, line := textAt(doc.Node, "kind"), doc.Line+doc.offset
	switch {
	case kindOf(doc) >= 0:
		if group, version, _ := strings.Cut(textAt(doc.Node, "apiVersion"), "/"); group == kinds[0].group && !apiVersions.MatchString(version) {
			k.fail(line, "kubeadm config migrate --old-config FILE writes a newer one", "%s %s isn't read: v1beta1 to v1beta4 are", kind, version)
			return nil
		}
		return []document{doc}
	case kind == "List" || kind == "ConfigMapList":
		var docs []document
		for _, item := range items(nodeAt(doc.Node, "items")) {
			docs = append(docs, k.unpack(document{item, doc.offset})...)
		}
		return docs
	case kind == "ConfigMap":
		return k.unpackConfigMap(doc)
	case kind == "":
		k.fail(line, kubeadmHint, "no kind: this is nothing of kubeadm's")
	default:
		k.fail(line, kubeadmHint, "a %s isn't read", kind)
	}
	return nil
}

func (k *kubeadm) unpackConfigMap(doc document) []document {
	var docs []document
	for _, part := range parts {
		value := nodeAt(doc.Node, "data", part)
		if value == nil || value.Kind != yaml.ScalarNode {
			continue
		}
		offset := doc.offset + value.Line
		if value.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
			offset-- // all of it stands on the line of its key
		}
		for _, inner := range k.documents(value.Value, offset) {
			if kindOf(inner) < 0 {
				k.fail(inner.Line+inner.offset, kubeadmHint, "data.%s holds nothing of kubeadm's", part)
				continue
			}
			docs = append(docs, k.unpack(inner)...)
		}
	}
	if len(docs) == 0 && len(k.problems) == 0 {
		k.fail(doc.Line+doc.offset, kubeadmHint, "the ConfigMap %s holds nothing of kubeadm's", textAt(doc.Node, "metadata", "name"))
	}
	return docs
}

// remarkKeys names the keys of a block that have no place.
func (k *kubeadm) remarkKeys(whose string, node *yaml.Node, known []string, path ...string) {
	var names []string
	for _, p := range pairs(node) {
		if !slices.Contains(known, p.key) && !isVoid(plain(p.value)) {
			names = append(names, p.key)
		}
	}
	if len(names) > 0 {
		k.Remark("No place for "+whose+": "+strings.Join(names, ", ")+".", path...)
	}
}

// isVoid says whether a value says nothing.
func isVoid(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}
