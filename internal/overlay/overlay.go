// Package overlay lays what users add over what generators render: in come a cluster and its rendered files, out come the
// files that hosts get.
package overlay

import (
	"errors"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

// Apply adds the user's own files and objects, and patches the rendered objects that no file of the user's own replaces. A user's
// mistake is an error of type schema.Errors.
func Apply(c *topology.Cluster, rendered []tree.File) ([]tree.File, error) {
	files, own, problems := ownFiles(c, rendered)
	files, err := kustomize(c, files)
	if found := schema.Errors(nil); errors.As(err, &found) {
		problems = append(problems, found...)
	} else if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return rehash(rendered, append(files, own...)), nil
}
