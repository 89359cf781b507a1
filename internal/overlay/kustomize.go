package overlay

import (
	"path"
	"slices"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

// kustomize patches rendered objects as the cluster's kustomization.yaml says, and adds what cluster/kustomization.yaml builds.
// A cluster that has neither costs two looks into its folder.
func kustomize(c *topology.Cluster, files []tree.File) ([]tree.File, error) {
	r, cluster, err := openRepository(c.Spec.Dir)
	if err != nil {
		return nil, err
	}
	defer r.root.Close()
	patches, objects := path.Join(cluster, kustomizationName), path.Join(cluster, objectsFolder, kustomizationName)
	hasPatches, hasObjects := r.exists(patches), r.exists(objects)
	if !hasPatches && !hasObjects {
		return files, nil
	}
	if hasPatches {
		files = r.patch(c, files, r.patchesOf(patches, nil))
	}
	if hasObjects {
		files = append(files, r.objects(c, files, path.Dir(objects))...)
	}
	if len(r.problems) == 0 { // a mistake often is why a file isn't named
		r.unread(cluster)
	}
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return files, nil
}

// report notes a mistake of the user's, once: several hosts and kustomizations may come upon the same.
func (r *repository) report(pos schema.Position, problem, hint string) {
	if e := (schema.Error{Pos: pos, Problem: problem, Hint: hint}); !slices.Contains(r.problems, e) {
		r.problems = append(r.problems, e)
	}
}
