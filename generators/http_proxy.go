package generators

import (
	"fmt"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// newHTTPProxy renders a drop-in for each unit that pulls images through the host's proxy.
func newHTTPProxy(c *topology.Cluster) HostFiles {
	return func(h *topology.Host) ([]tree.File, error) {
		var files []tree.File
		for _, unit := range h.ProxyUnits() {
			phase := tree.PhasePrerequisites
			if slices.Contains(h.Containers(), strings.TrimSuffix(unit, ".service")) {
				phase = tree.PhaseLoadBalancer // the unit is one of khagen's, and not there before
			}
			f := dropIn(c, unit, proxyEnvironment(h), phase)
			f.Path = "/etc/systemd/system/" + unit + ".d/20-khagen-proxy.conf"
			files = append(files, f)
		}
		return files, nil
	}
}

func proxyEnvironment(h *topology.Host) string {
	var text strings.Builder
	text.WriteString("[Service]\n")
	for _, v := range []struct{ name, value string }{
		{"HTTP_PROXY", h.Machine.HTTPProxy.HTTP},
		{"HTTPS_PROXY", h.Machine.HTTPProxy.HTTPS},
		{"NO_PROXY", strings.Join(h.NoProxy(), ",")},
	} {
		if v.value != "" {
			fmt.Fprintf(&text, "Environment=\"%s=%s\"\n", v.name, strings.ReplaceAll(v.value, "%", "%%"))
		}
	}
	return text.String()
}
