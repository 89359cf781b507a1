package overlay

import (
	"path"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/schema"
)

// patchesOf gives the patches of a kustomization in the order in which kustomize applies them: those of its components first.
func (r *repository) patchesOf(name string, around []string) []*patch {
	k := r.document(name, r.position(name, nil))
	if k == nil {
		return nil
	}
	r.checkFields(name, k, false)
	around = append(slices.Clip(around), name)
	var all []*patch
	for _, entry := range r.elements(name, "components", field(k, "components")) {
		if component, ok := r.component(name, entry, around); ok {
			all = append(all, r.patchesOf(component, around)...)
		}
	}
	for _, entry := range r.elements(name, "patches", field(k, "patches")) {
		all = append(all, r.patchEntry(name, entry)...)
	}
	if len(around) == 1 && len(all) == 0 && len(r.problems) == 0 {
		r.report(r.position(name, nil), "no patch and no component with one", "take the file away, or list patches")
	}
	return all
}

// component gives the kustomization of a folder that is listed under components.
func (r *repository) component(name string, entry *yaml.Node, around []string) (string, bool) {
	folder, ok := r.reference(name, entry)
	if !ok {
		return "", false
	}
	pos, file := r.position(name, entry), path.Join(folder, kustomizationName)
	if !r.folderOfKustomization(folder, pos) {
		return "", false
	}
	if slices.Contains(around, file) {
		r.report(pos, "a component that includes itself", "")
		return "", false
	}
	k := r.document(file, pos)
	if k == nil {
		return "", false
	}
	if kind := text(k, "kind"); kind != "Component" {
		r.report(pos, r.position(file, nil).File+" is no Component", "its first lines: apiVersion: "+kinds["Component"]+" and kind: Component")
		return "", false
	}
	return file, true
}

// folderOfKustomization says whether a folder has a kustomization; one that has none is reported where it is asked for.
func (r *repository) folderOfKustomization(folder string, asked schema.Position) bool {
	shown := r.position(folder, nil).File
	switch {
	case !r.exists(folder):
		r.report(asked, shown+": no such folder", "paths are relative to the kustomization that names them")
	case !r.isFolder(folder):
		r.report(asked, shown+" isn't a folder", "a component is a folder with a "+kustomizationName)
	case !r.exists(path.Join(folder, kustomizationName)):
		r.report(asked, "no "+kustomizationName+" in "+shown, "khagen reads this name alone")
	default:
		return true
	}
	return false
}
