package cluster

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// Cluster is one that is rendered.
type Cluster struct {
	Topology *topology.Cluster
	Files    []tree.File
	dir      string // has overlays/CLUSTER, out/CLUSTER, pki/CLUSTER and what Ansible writes
}

// Render lays a cluster out in dir, from a copy of the definition in a folder, and what the lab's hosts need of it beside.
func Render(ctx context.Context, dir, definition string, needs Needs) (*Cluster, error) {
	c := &Cluster{dir: dir}
	definition, err := copyDefinition(filepath.Join(dir, "overlays"), definition)
	if err != nil {
		return nil, fmt.Errorf("copy a definition: %w", err)
	}
	if err := needs.write(definition); err != nil {
		return nil, fmt.Errorf("adapt a definition: %w", err)
	}
	if c.Topology, c.Files, err = rendered.Files(definition); err != nil {
		return nil, err
	}
	if err := rendered.Lay(ctx, dir, c.Topology, c.Files); err != nil {
		return nil, err
	}
	return c, nil
}

// copyDefinition copies a definition's folder and the module that it is in to another place, and gives the folder there.
func copyDefinition(to, definition string) (string, error) {
	module, folder := filepath.Join(filepath.Dir(definition), "cue.mod"), filepath.Join(to, filepath.Base(definition))
	if err := os.CopyFS(filepath.Join(to, "cue.mod"), os.DirFS(module)); err != nil {
		return "", err
	}
	return folder, os.CopyFS(folder, os.DirFS(definition))
}

// Kubeconfig gives the path of a kubeconfig that khagen pki issued for administrators, such as super-admin.
func (c *Cluster) Kubeconfig(name string) string {
	return filepath.Join(c.dir, "pki", c.Topology.Spec.Name, name+".kubeconfig")
}

func (c *Cluster) out() string { return filepath.Join(c.dir, "out", c.Topology.Spec.Name) }

// Issued gives the path of a file that khagen pki issued for a host.
func (c *Cluster) Issued(host, path string) string {
	return filepath.Join(c.dir, "pki", c.Topology.Spec.Name, "hosts", host, "rootfs", path)
}

// Programs gives those that manifests of hosts want, each as often as it is wanted.
func (c *Cluster) Programs() []tree.Program {
	var all []tree.Program
	for i := range c.Files {
		if c.Files[i].Kind == tree.KindManifest {
			m, _ := tree.ReadManifest(c.Files[i].Content) // which were written a moment ago
			all = append(all, m.Programs...)
		}
	}
	return all
}

// HostSpec is what the lab needs to know of a host: its name, interface and addresses as they are in the definition.
func (c *Cluster) HostSpec(h *topology.Host) (lab.HostSpec, error) {
	spec := lab.HostSpec{Name: h.Name}
	if h.IsVRRPPeer() {
		spec.Interface = h.VRRPInterface()
	}
	for _, a := range h.Addresses() {
		network, err := c.network(a)
		if err != nil {
			return lab.HostSpec{}, fmt.Errorf("host %s: %w", h.Name, err)
		}
		spec.Addresses = append(spec.Addresses, netip.PrefixFrom(a, network.Bits()))
	}
	return spec, nil
}

// network gives the one of the definition's networks that an address is in.
func (c *Cluster) network(a netip.Addr) (netip.Prefix, error) {
	for _, network := range c.Topology.Spec.HostNetworks {
		if network.Contains(a) {
			return network, nil
		}
	}
	return netip.Prefix{}, fmt.Errorf("none of hostNetworks has %v", a)
}

// Client gives an address of the first of the definition's networks for the test itself: its last but one, which the
// definition has to leave free.
func (c *Cluster) Client() netip.Prefix { return ClientIn(c.Topology.Spec.HostNetworks[0]) }

// ClientIn gives the same of a network, for definitions that need to know of it.
func ClientIn(p netip.Prefix) netip.Prefix {
	bytes := p.Masked().Addr().AsSlice()
	for i := range 8*len(bytes) - p.Bits() {
		bytes[len(bytes)-1-i/8] |= 1 << (i % 8)
	}
	last, _ := netip.AddrFromSlice(bytes) // of as many bytes as an address has
	return netip.PrefixFrom(last.Prev(), p.Bits())
}
