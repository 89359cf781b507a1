package rendered

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/khagen/khagen/internal/pki"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// Lay puts a cluster's files into out/CLUSTER below a folder, and its certificates into pki/CLUSTER, as khagen build and khagen pki
// init do.
func Lay(ctx context.Context, dir string, c *topology.Cluster, files []tree.File) error {
	for i := range files {
		path := filepath.Join(dir, "out", c.Spec.Name, files[i].TreePath())
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[i].Content, 0o644); err != nil {
			return err
		}
	}
	if !c.NeedsPKI() {
		return nil
	}
	folder := pki.Folder{Root: filepath.Join(dir, "pki"), Cluster: c, Now: time.Now()}
	_, err := folder.Init(ctx)
	return err
}

// LaySecrets writes the variable khagen_secrets, with a stub for each secret of the files, into a file of a folder, and gives its path.
func LaySecrets(dir string, files []tree.File) (string, error) {
	values := map[string]string{}
	for i := range files {
		DeliveredWith(&files[i], func(name string) string {
			values[name] = Stub(name)
			return ""
		})
	}
	text, err := json.Marshal(map[string]any{"khagen_secrets": values})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "secrets.json")
	return path, os.WriteFile(path, text, 0o600)
}
