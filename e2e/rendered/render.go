package rendered

import (
	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// Render gives the hosts of the definition in a folder, in the order of their names, without a tree on disk.
func Render(folder string) ([]*Host, error) {
	spec, err := schema.Load(folder)
	if err != nil {
		return nil, err
	}
	cluster, err := topology.New(spec)
	if err != nil {
		return nil, err
	}
	files, err := generators.Generate(cluster)
	if err != nil {
		return nil, err
	}
	var hosts []*Host
	for _, h := range cluster.Hosts {
		host := &Host{Cluster: spec.Name, Name: h.Name, Roles: h.Spec.Roles}
		for _, f := range files {
			if f.Host == h.Name {
				host.Files = append(host.Files, f)
			}
		}
		hosts = append(hosts, host)
	}
	return hosts, nil
}
