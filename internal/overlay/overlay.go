// Package overlay lays what users add over what generators render: in come a cluster and its rendered files, out come the
// files that hosts get.
package overlay

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// Apply adds the user's own files and objects, and patches rendered objects. A user's mistake is an error of type schema.Errors.
func Apply(c *topology.Cluster, files []tree.File) ([]tree.File, error) {
	files, err := ownFiles(c, files)
	if err != nil {
		return nil, err
	}
	return kustomize(c, files)
}
