package generators

import (
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/internal/upstream"
)

var (
	swapOffUnit = embedded("khagen-swapoff.service.tmpl")
	chronyConf  = embedded("chrony.conf.tmpl")
)

// newSwap switches swap off after everything that could have switched it on, fstab and zram alike, without touching
// either.
func newSwap(c *topology.Cluster) HostFiles {
	return sameOn((*topology.Host).NeedsSwapOff, func() ([]tree.File, error) {
		content, err := swapOffUnit().Render(map[string]any{"Header": header(c)})
		if err != nil {
			return nil, err
		}
		return []tree.File{{
			Path: "/etc/systemd/system/" + topology.SwapOffUnit, Kind: tree.KindFile, Mode: 0o644, Content: content,
			Phase: tree.PhasePrerequisites, Notify: unitChanged(topology.SwapOffUnit),
		}}, nil
	})
}

// newEtcHosts renders the block of /etc/hosts that khagen owns.
func newEtcHosts(c *topology.Cluster) HostFiles {
	return func(h *topology.Host) ([]tree.File, error) {
		lines := hostsLines(h)
		if len(lines) == 0 {
			return nil, nil
		}
		text := "# BEGIN khagen\n" + strings.Join(lines, "\n") + "\n# END khagen\n"
		return []tree.File{{
			Path: "/etc/hosts", Kind: tree.KindBlock, Mode: 0o644, Content: []byte(text), Phase: tree.PhasePrerequisites,
		}}, nil
	}
}

func hostsLines(h *topology.Host) []string {
	c, block := h.Cluster, h.Machine.EtcHosts
	var lines []string
	if _, err := netip.ParseAddr(c.Spec.Endpoint.Host); h.WritesEndpoint() && err != nil { // a name
		for _, a := range h.EndpointAddresses() {
			lines = append(lines, a.String()+" "+c.Spec.Endpoint.Host)
		}
	}
	if block == nil {
		return lines
	}
	if block.Members {
		for _, m := range c.ControlPlanes {
			names := []string{m.Name}
			if m.NodeName != m.Name {
				names = append(names, m.NodeName)
			}
			for _, a := range m.Addresses() {
				lines = append(lines, a.String()+" "+strings.Join(names, " "))
			}
		}
	}
	for _, address := range slices.SortedFunc(maps.Keys(block.Entries), topology.CompareNatural) {
		lines = append(lines, address+" "+strings.Join(block.Entries[address], " "))
	}
	return lines
}

func newChrony(c *topology.Cluster) HostFiles {
	return func(h *topology.Host) ([]tree.File, error) {
		if len(h.Machine.TimeServers) == 0 {
			return nil, nil
		}
		data := map[string]any{"Header": header(c), "Servers": h.Machine.TimeServers, "DriftFile": "/var/lib/chrony/chrony.drift"}
		path := "/etc/chrony/chrony.conf"
		if h.OS.Family == upstream.FamilyRHEL {
			data["DriftFile"], path = "/var/lib/chrony/drift", "/etc/chrony.conf"
		}
		content, err := chronyConf().Render(data)
		if err != nil {
			return nil, err
		}
		return []tree.File{{
			Path: path, Kind: tree.KindFile, Mode: 0o644, Content: content,
			Phase: tree.PhasePrerequisites, Notify: restart(h.ChronyUnit()),
		}}, nil
	}
}

// dropIn is a systemd drop-in of khagen's for a unit that somebody else ships.
func dropIn(c *topology.Cluster, unit, body string, phase tree.Phase) tree.File {
	var text bytes.Buffer
	fmt.Fprint(&text, header(c), body)
	return tree.File{
		Path: "/etc/systemd/system/" + unit + ".d/20-khagen.conf", Kind: tree.KindFile, Mode: 0o644, Content: text.Bytes(),
		Phase: phase, Notify: unitChanged(unit),
	}
}
