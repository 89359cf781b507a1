package live

import (
	"testing"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// render gives the hosts of a definition of this package's own, in the order of their names.
func render(t *testing.T, folder string) []*rendered.Host {
	t.Helper()
	spec, err := schema.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := topology.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	files, err := generators.Generate(cluster)
	if err != nil {
		t.Fatal(err)
	}
	var hosts []*rendered.Host
	for _, h := range cluster.Hosts {
		host := &rendered.Host{Cluster: spec.Name, Name: h.Name, Roles: h.Spec.Roles}
		for _, f := range files {
			if f.Host == h.Name {
				host.Files = append(host.Files, f)
			}
		}
		hosts = append(hosts, host)
	}
	return hosts
}
