package overlay

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/schema"
)

const (
	onlyPatches = "rendered objects take patches and components alone: write it as a patch"
	ownObjects  = "objects of your own are built by " + objectsFolder + "/" + kustomizationName + " in the cluster's folder"
	noPrograms  = "khagen runs no plugins: use a field such as configMapGenerator, patches or replacements"
	noHelm      = "khagen runs no helm: render the chart with helm template, keep the result in overlays/ and list it under resources"
	renames     = "hosts know rendered objects by their names: no patch and no transformer changes them"
)

// gone are fields of which kustomize itself says that they are deprecated, and what to write instead.
var gone = map[string]string{
	"bases":                       "list them under resources",
	"commonLabels":                "use labels, with includeSelectors: true where selectors have to follow",
	"imageTags":                   "use images",
	"patchesJson6902":             "use patches: the same entries, with target and path or patch",
	"patchesStrategicMerge":       "use patches: - path: FILE for each file, - patch: |- for each text",
	"vars":                        "use replacements",
	"helmChartInflationGenerator": noHelm,
}

// notHere are fields of kustomize that khagen doesn't take in any kustomization, and what to do instead.
var notHere = map[string]string{
	"generators": noPrograms, "transformers": noPrograms, "validators": noPrograms,
	"helmCharts": noHelm, "helmGlobals": noHelm,
	"openapi":         "khagen and kustomize know the lists of Kubernetes' objects; change others by JSON 6902",
	"secretGenerator": "out/ holds no secrets: create the Secret where its values are, or use an operator that does",
}

// notRendered are fields that only objects of the user's own can have, and what to do instead.
var notRendered = map[string]string{
	"resources": ownObjects, "configMapGenerator": ownObjects, "generatorOptions": ownObjects, "crds": ownObjects,
	"namePrefix": renames, "nameSuffix": renames, "namespace": renames,
	"labels": onlyPatches, "commonAnnotations": onlyPatches, "images": onlyPatches, "replicas": onlyPatches, "replacements": onlyPatches,
	"configurations": onlyPatches, "sortOptions": onlyPatches, "buildMetadata": onlyPatches,
}

var everywhere = []string{"apiVersion", "kind", "metadata", "patches", "components"}

// checkFields reports the fields of a kustomization that it can't have; those of objects of one's own can have more.
func (r *repository) checkFields(name string, k *yaml.Node, own bool) {
	for i := 0; i+1 < len(k.Content); i += 2 {
		key := k.Content[i]
		pos := r.position(name, key)
		if hint, ok := gone[key.Value]; ok {
			r.report(pos, key.Value+" is deprecated in kustomize", hint)
		} else if hint, ok := notHere[key.Value]; ok {
			r.report(pos, key.Value+" isn't supported", hint)
		} else if hint, ok := notRendered[key.Value]; ok && !own {
			r.report(pos, key.Value+" isn't for rendered objects", hint)
		} else if !ok && !slices.Contains(everywhere, key.Value) {
			r.report(pos, "kustomize has no field "+key.Value, near(key.Value, fieldsOf(own)))
		}
	}
	r.checkKind(name, k)
}

// fieldsOf are the fields that a kustomization can have.
func fieldsOf(own bool) []string {
	if own {
		return slices.Concat(everywhere, slices.Sorted(maps.Keys(notRendered)))
	}
	return everywhere
}

// near is a hint for a name that isn't known.
func near(name string, known []string) string {
	if n := schema.Nearest(name, known); n != "" {
		return "did you mean " + n + "?"
	}
	return "its fields are " + strings.Join(known, ", ")
}

// kinds are those of kustomizations, with their versions.
var kinds = map[string]string{"Kustomization": "kustomize.config.k8s.io/v1beta1", "Component": "kustomize.config.k8s.io/v1alpha1"}

func (r *repository) checkKind(name string, k *yaml.Node) {
	kind, version := text(k, "kind"), text(k, "apiVersion")
	if _, known := kinds[kind]; !known && kind != "" {
		r.report(r.position(name, field(k, "kind")), quoted(kind)+" is no kind of kustomization", "kind: Kustomization, or Component for what others list under components")
		return
	}
	if want := kinds[kind]; version != "" && version != want && want != "" {
		r.report(r.position(name, field(k, "apiVersion")), kind+" isn't of "+quoted(version), "apiVersion: "+want)
	}
}
