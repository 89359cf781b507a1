package cluster

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

// TestVersions holds what reference clusters ask for to the modules that the lab's programs are built of, to the last number.
func TestVersions(t *testing.T) {
	repository, err := rendered.Repository()
	if err != nil {
		t.Fatal(err)
	}
	overlays, err := filepath.Glob(filepath.Join(repository, "overlays/*/cluster.cue"))
	if err != nil || len(overlays) < 5 {
		t.Fatalf("%d reference clusters, %v", len(overlays), err)
	}
	for _, overlay := range overlays {
		name := filepath.Base(filepath.Dir(overlay))
		t.Run(name, func(t *testing.T) {
			spec, err := schema.Load(filepath.Dir(overlay))
			if err != nil {
				t.Fatal(err)
			}
			c, err := topology.New(spec)
			if err != nil {
				t.Fatal(err)
			}
			etcd, err := c.EtcdVersion()
			if err != nil {
				t.Fatal(err)
			}
			for _, built := range []struct{ folder, module, want string }{
				{"k8s-" + c.Version.MajorMinor(), "k8s.io/kubernetes", c.Version.String()},
				{"etcd-" + etcd.MajorMinor(), "go.etcd.io/etcd/server/v3", etcd.String()},
				{"containerd-2.3", "github.com/containernetworking/plugins", upstream.CNIPlugins},
				{"cri-tools-1.36", "sigs.k8s.io/cri-tools", upstream.CRITools},
			} {
				if got := moduleVersion(t, filepath.Join(repository, "e2e/tools", built.folder, "go.mod"), built.module); got != built.want {
					t.Errorf("hosts get %s %s, e2e/tools/%s builds %s", built.module, built.want, built.folder, got)
				}
			}
		})
	}
}

// moduleVersion is the version that a go.mod requires a module in, without its v.
func moduleVersion(t *testing.T, file, module string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	required := regexp.MustCompile(`(?m)^(?:require |\t)` + regexp.QuoteMeta(module) + ` v(\S+)`).FindSubmatch(text)
	if required == nil {
		t.Fatalf("%s doesn't require %s", file, module)
	}
	return string(required[1])
}
