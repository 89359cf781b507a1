package generators

import (
	"fmt"
	"strings"

	"github.com/khagen/khagen/internal/template"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

var (
	quadletFile   = embedded("quadlet.container.tmpl")
	podmanService = embedded("container-podman.service.tmpl")
	dockerService = embedded("container-docker.service.tmpl")
)

// systemdContainer is a program in a container that systemd runs. It starts without any capability but those named, and
// with a root file system that it can't write to.
type systemdContainer struct {
	Name, Description, Image string
	After                    string   // a unit that it is started with, and after; empty: none
	Publish                  []string // [ADDRESS:]PORT:PORT IN THE CONTAINER; none in the host's network
	Folder, MountPath        string   // of its configuration, on the host and in the container
	File                     string   // one more that it reads, at the same path; empty: none
	User                     int      // and group
	Capabilities             []string
	Tmpfs                    string // folder that it writes to, with options; empty: none
	OpenFiles                int    // 0: as many as the engine gives
	StopSignal               string
	StopSeconds              int
	MayBeKilled              bool     // when these are over
	Program                  string   // in the container
	Args                     []string //
	Test                     string   // command in the container that tests the configuration before a reload
	ReloadSignal             string
}

// Command is what the container runs, as the engines take it: the image, and what follows it.
func (s systemdContainer) Command() string {
	return strings.Join(append([]string{s.Image}, s.Args...), " ")
}

// Exec is the same for a quadlet, which names the image elsewhere.
func (s systemdContainer) Exec() string { return strings.Join(s.Args, " ") }

// Unit is the container's.
func (s systemdContainer) Unit() string { return topology.Unit(s.Name) }

// file is the unit that runs the container on a host, or the quadlet that podman makes one of.
func (s systemdContainer) file(h *topology.Host) (tree.File, error) {
	path, text := "/etc/systemd/system/"+s.Unit(), podmanService
	switch {
	case h.UsesQuadlet():
		path, text = "/etc/containers/systemd/"+s.Name+".container", quadletFile
	case h.Cluster.Spec.LoadBalancer.Engine == "docker":
		text = dockerService
	}
	content, err := s.render(h.Cluster, text())
	return tree.File{
		Path: path, Kind: tree.KindFile, Mode: 0o644, Content: content, Phase: tree.PhaseLoadBalancer,
		Notify: unitChanged(s.Unit()),
	}, err
}

func (s systemdContainer) render(c *topology.Cluster, text *template.Template) ([]byte, error) {
	return text.Render(struct {
		systemdContainer
		Header string
	}{s, header(c)})
}

// balancerContainer is what haproxy and nginx have in common in a container.
func balancerContainer(c *topology.Cluster) systemdContainer {
	lb := c.Spec.LoadBalancer
	return systemdContainer{
		Name: topology.BalancerContainer, Description: lb.Proxy + " in front of the API servers of " + c.Spec.Name, Image: lb.Image,
		Publish: published(c), OpenFiles: openFiles(c), StopSeconds: 5, MayBeKilled: true,
	}
}

// published are the ports of a balancer that has a network of its own.
func published(c *topology.Cluster) []string {
	if !c.PublishesPorts() {
		return nil
	}
	var ports []string
	for _, a := range c.BalancerAddresses() {
		ports = append(ports, fmt.Sprintf("%s:%d", topology.HostPort(a, c.LoadBalancerPort), c.ProxyPort()))
	}
	if len(ports) == 0 {
		ports = append(ports, fmt.Sprintf("%d:%d", c.LoadBalancerPort, c.ProxyPort()))
	}
	if stats := c.Spec.LoadBalancer.Stats; stats.Enabled {
		ports = append(ports, fmt.Sprintf("%s:%d", topology.HostPort(stats.Address, stats.Port), stats.Port))
	}
	return ports
}

// openFiles are two for each connection of the balancer, and room for logs, listeners, health checks and what it needs for
// itself.
func openFiles(c *topology.Cluster) int { return 2*c.Spec.LoadBalancer.MaxConnections + 1024 }

// needsRoot says whether the balancer starts as root in its container, because no other user may listen on a port of its.
func needsRoot(c *topology.Cluster) bool {
	stats := c.Spec.LoadBalancer.Stats
	return c.ProxyPort() < 1024 || stats.Enabled && stats.Port < 1024
}
