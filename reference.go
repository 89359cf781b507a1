// Package khagen holds the reference clusters of this repository, so that khagen init has them wherever it runs.
package khagen

import (
	"embed"
	"io/fs"
)

//go:embed all:overlays
var references embed.FS

// References are the reference clusters: the folder overlays/ of this repository.
func References() fs.FS { return references }
