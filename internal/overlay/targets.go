package overlay

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/khagen/khagen/internal/topology"
)

// Labels that every object has while targets are compared. A host has all of its roles.
const (
	hostLabel = "khagen/host"
	roleLabel = "khagen/role"
)

// target says which objects a patch is for.
type target struct {
	selector types.Selector
	match    *types.SelectorRegex
	labels   []string // requirements on labels
}

var targetFields = []string{"group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"}

// target reads the target of a patch.
func (r *repository) target(name string, node *yaml.Node) (*target, bool) {
	pos := r.position(name, node)
	if node.Kind != yaml.MappingNode || len(node.Content) == 0 {
		r.report(pos, "a target selects by fields", "target: {kind: ClusterConfiguration}")
		return nil, false
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		hint := near(key.Value, targetFields)
		if key.Value == "host" || key.Value == "role" {
			hint = `hosts and roles are labels: labelSelector: "khagen/` + key.Value + "=" + value.Value + `"`
		}
		if !slices.Contains(targetFields, key.Value) {
			r.report(r.position(name, key), "a target has no field "+key.Value, hint)
			return nil, false
		}
		if value.Kind != yaml.ScalarNode {
			r.report(r.position(name, value), "a target's "+key.Value+" is a text", "")
			return nil, false
		}
	}
	s := types.Selector{
		ResId:         resid.NewResIdWithNamespace(resid.Gvk{Group: text(node, "group"), Version: text(node, "version"), Kind: text(node, "kind")}, text(node, "name"), text(node, "namespace")),
		LabelSelector: text(node, "labelSelector"), AnnotationSelector: text(node, "annotationSelector"),
	}
	t, err := newTarget(s)
	if err != nil {
		r.report(pos, "a target that nothing can be compared with: "+err.Error(), "kind, name and their like are regular expressions of the whole text; labels are \"key=value\", \"key!=value\", \"key in (a, b)\", \"key\" or \"!key\"")
		return nil, false
	}
	return t, true
}

func newTarget(s types.Selector) (*target, error) {
	match, err := types.NewSelectorRegex(&s)
	if err != nil {
		return nil, err
	}
	t := &target{selector: s, match: match, labels: requirements(s.LabelSelector)}
	for _, one := range append(slices.Clone(t.labels), s.AnnotationSelector) {
		if _, err := selects(one, nil); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// ownTarget is the target of a strategic merge without one: objects of its kind, and of its version, name and namespace where it
// has them.
func (r *repository) ownTarget(t patchText, document *yaml.Node) (*target, bool) {
	kind := text(document, "kind")
	if kind == "" {
		r.report(t.at(document.Line), "a patch that says nothing of its target", "add kind: … to the patch, or target: {kind: …} beside it")
		return nil, false
	}
	group, version := resid.ParseGroupVersion(text(document, "apiVersion"))
	metadata := field(document, "metadata")
	exact := func(s string) string { return strings.ReplaceAll(s, ".", `\.`) }
	made, err := newTarget(types.Selector{ResId: resid.NewResIdWithNamespace(
		resid.Gvk{Group: exact(group), Version: exact(version), Kind: exact(kind)}, exact(text(metadata, "name")), exact(text(metadata, "namespace")))})
	if err != nil {
		r.report(t.at(document.Line), "no name of an object: "+err.Error(), "")
		return nil, false
	}
	return made, true
}

// requirements splits a selector of labels at the commas between its requirements.
func requirements(selector string) []string {
	depth := 0
	return strings.FieldsFunc(selector, func(c rune) bool {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		}
		return c == ',' && depth == 0
	})
}

// selects says whether labels fulfil a requirement.
func selects(requirement string, labels map[string]string) (bool, error) {
	node := kyaml.NewMapRNode(nil)
	if requirement == "" {
		return true, nil
	}
	if err := node.SetLabels(labels); err != nil {
		return false, err
	}
	return node.MatchesLabelSelector(strings.TrimSpace(requirement))
}

// takes says whether an object of a host is a target; the host is nil for objects of the whole cluster.
func (t *target) takes(o *object, h *topology.Host) bool {
	if !t.match.MatchGvk(o.gvk) || !t.match.MatchName(o.name) || !t.match.MatchNamespace(o.namespace) {
		return false
	}
	for _, requirement := range t.labels {
		if !fulfils(requirement, o, h) {
			return false
		}
	}
	ok, err := selects(t.selector.AnnotationSelector, o.annotations)
	return ok && err == nil
}

// fulfils asks once for each role of the host: one that fits is enough, unless the requirement is that none does.
func fulfils(requirement string, o *object, h *topology.Host) bool {
	labels := map[string]string{}
	for k, v := range o.labels {
		labels[k] = v
	}
	if h == nil {
		ok, err := selects(requirement, labels)
		return ok && err == nil
	}
	labels[hostLabel] = h.Name
	negative := strings.HasPrefix(strings.TrimSpace(requirement), "!") || strings.Contains(requirement, "!=") || strings.Contains(requirement, " notin ")
	for _, role := range h.Spec.Roles {
		labels[roleLabel] = role
		if ok, err := selects(requirement, labels); (ok && err == nil) != negative {
			return !negative
		}
	}
	return negative
}
