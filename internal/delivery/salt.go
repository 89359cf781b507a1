package delivery

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// salt gives the states that bring the tree to hosts.
func salt(*topology.Cluster) ([]tree.File, error) { return nil, nil }
