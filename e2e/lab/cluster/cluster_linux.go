package cluster

import (
	"context"
	"fmt"
	"net/netip"
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
	dir      string // has out/CLUSTER, pki/CLUSTER and what Ansible writes
}

// Render lays a cluster out in dir, from the definition in a folder.
func Render(ctx context.Context, dir, definition string) (*Cluster, error) {
	c := &Cluster{dir: dir}
	var err error
	if c.Topology, c.Files, err = rendered.Files(definition); err != nil {
		return nil, err
	}
	if err := rendered.Lay(ctx, dir, c.Topology, c.Files); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Cluster) out() string { return filepath.Join(c.dir, "out", c.Topology.Spec.Name) }

// Issued gives the path of a file that khagen pki issued for a host.
func (c *Cluster) Issued(host, path string) string {
	return filepath.Join(c.dir, "pki", c.Topology.Spec.Name, "hosts", host, "rootfs", path)
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
func (c *Cluster) Client() netip.Prefix {
	p := c.Topology.Spec.HostNetworks[0]
	bytes := p.Masked().Addr().AsSlice()
	for i := range 8*len(bytes) - p.Bits() {
		bytes[len(bytes)-1-i/8] |= 1 << (i % 8)
	}
	last, _ := netip.AddrFromSlice(bytes) // of as many bytes as an address has
	return netip.PrefixFrom(last.Prev(), p.Bits())
}
