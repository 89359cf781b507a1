package delivery

import (
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/internal/template"
	"github.com/khagen/khagen/internal/topology"
)

var rhel = template.Embedded(templates, "templates/rhel.md.tmpl")

type (
	// selinuxStep is what SELinux has to be told on some hosts.
	selinuxStep struct{ Hosts, Command, Purpose string }
	// openPorts are the options of firewall-cmd for some hosts.
	openPorts struct {
		Hosts string
		Open  []string
	}
)

// rhelNotes tells what hosts of RHEL's family need that no file can say: SELinux's booleans and firewalld's ports. Empty where
// there are none.
func rhelNotes(c *topology.Cluster) (string, error) {
	hosts := slices.DeleteFunc(slices.Clone(c.Hosts), func(h *topology.Host) bool { return h.OS.Family != "rhel" })
	if len(hosts) == 0 {
		return "", nil
	}
	crio := ""
	if !c.Binaries() {
		crio = names(slices.DeleteFunc(slices.Clone(hosts), func(h *topology.Host) bool {
			return !h.Is(topology.RoleControlPlane) || h.Machine.ContainerRuntime.Name != topology.CRIO
		}))
	}
	text, err := rhel().Render(map[string]any{
		"Hosts": names(hosts), "SELinux": selinuxSteps(c, hosts), "CRIO": crio, "Firewall": firewall(c, hosts),
	})
	return strings.TrimSpace(string(text)), err
}

// httpPorts are those that SELinux lets web servers listen on (semanage port --list, http_port_t).
var httpPorts = []int{80, 81, 443, 488, 8008, 8009, 8443, 9000}

// selinuxSteps are for balancers that are services: containers have labels of their own (haproxy_selinux(8), httpd_selinux(8)).
func selinuxSteps(c *topology.Cluster, hosts []*topology.Host) []selinuxStep {
	lb := c.Spec.LoadBalancer
	on := names(slices.DeleteFunc(slices.Clone(hosts), func(h *topology.Host) bool { return !h.IsLoadBalancer() }))
	if on == "" || lb.Runtime != topology.RuntimeSystemd {
		return nil
	}
	if lb.Proxy == "haproxy" {
		return []selinuxStep{{on, "setsebool -P haproxy_connect_any on", "haproxy reaches the API servers and listens on its ports"}}
	}
	steps := []selinuxStep{
		{on, "setsebool -P httpd_can_network_connect on", "nginx reaches the API servers"},
		{on, "setsebool -P httpd_setrlimit on", "nginx may hold its connections"},
	}
	listens := []int{c.LoadBalancerPort}
	if lb.Stats.Enabled {
		listens = append(listens, lb.Stats.Port)
	}
	for _, port := range listens {
		if !slices.Contains(httpPorts, port) {
			command := "semanage port --add --type http_port_t --proto tcp " + strconv.Itoa(port)
			steps = append(steps, selinuxStep{on, command, "nginx listens there"})
		}
	}
	return steps
}

// firewall groups hosts by what others connect to there.
func firewall(c *topology.Cluster, hosts []*topology.Host) []openPorts {
	var groups []openPorts
	flows := c.Flows()
	for _, h := range hosts {
		open := reachable(h, flows)
		i := slices.IndexFunc(groups, func(g openPorts) bool { return slices.Equal(g.Open, open) })
		if i < 0 {
			groups = append(groups, openPorts{h.Name, open})
		} else {
			groups[i].Hosts += ", " + h.Name
		}
	}
	return groups
}

// reachable are firewall-cmd's options for what others connect to on a host. SSH is open already where it has its own port, and
// what services have is told beside.
func reachable(h *topology.Host, flows []topology.Flow) []string {
	var open []string
	for _, f := range flows {
		own := f.Optional && f.From[0].Name != topology.Monitoring || f.What == "SSH" && f.Port == 22
		if own || !topology.Has(f.To, h) {
			continue
		}
		option := "--add-port=" + f.PortText() + "/" + f.Protocol
		if f.Protocol == topology.ProtocolVRRP {
			option = "--add-protocol=vrrp"
		}
		if !slices.Contains(open, option) {
			open = append(open, option)
		}
	}
	return open
}
