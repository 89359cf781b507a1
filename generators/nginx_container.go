package generators

import (
	"fmt"
	"strconv"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

var (
	nginxQuadlet = embedded("nginx.container.tmpl")
	nginxDocker  = embedded("nginx-docker.service.tmpl")
	nginxPodman  = embedded("nginx-podman.service.tmpl")
)

// balancerUnit is that of the container, whoever makes it: khagen, or podman from a quadlet.
var balancerUnit = topology.Unit(topology.BalancerContainer)

// nginxContainerData is what the unit and the quadlet are rendered from.
type nginxContainerData struct {
	Header, Cluster, Name, Image, Folder string
	Publish                              []string // HOST:CONTAINER; none in the host's network
	User, OpenFiles                      int
	Capabilities                         []string
}

func newNginxContainer(c *topology.Cluster) HostFiles {
	lb := c.Spec.LoadBalancer
	if lb.Proxy != "nginx" || lb.Runtime != topology.RuntimeContainer {
		return none
	}
	return func(h *topology.Host) ([]tree.File, error) {
		if !h.IsLoadBalancer() {
			return nil, nil
		}
		config, err := renderNginx(c, "")
		if err != nil {
			return nil, err
		}
		unit, err := nginxContainer(h)
		if err != nil {
			return nil, err
		}
		files := []tree.File{
			{
				Path: nginxConf, Kind: tree.KindFile, Mode: 0o644, Content: config,
				Phase: tree.PhaseLoadBalancer, Notify: reload(balancerUnit),
			},
			unit,
		}
		return append(files, nginxPasswords(c, strconv.Itoa(nginxImageUser))...), nil
	}
}

// nginxContainer is the unit that runs the container, or the quadlet that podman makes one of.
func nginxContainer(h *topology.Host) (tree.File, error) {
	c := h.Cluster
	path, unit := "/etc/systemd/system/"+balancerUnit, nginxPodman
	switch {
	case h.UsesQuadlet():
		path, unit = "/etc/containers/systemd/"+topology.BalancerContainer+".container", nginxQuadlet
	case c.Spec.LoadBalancer.Engine == "docker":
		unit = nginxDocker
	}
	content, err := unit().Render(nginxContainerData{
		Header: header(c), Cluster: c.Spec.Name, Name: topology.BalancerContainer, Image: c.Spec.LoadBalancer.Image,
		Folder: nginxFolder, Publish: published(c), User: nginxContainerUser(c),
		OpenFiles: nginxOpenFiles(c), Capabilities: nginxCapabilities(c),
	})
	return tree.File{
		Path: path, Kind: tree.KindFile, Mode: 0o644, Content: content, Phase: tree.PhaseLoadBalancer,
		Notify: unitChanged(balancerUnit),
	}, err
}

// published are the ports of a container that has a network of its own.
func published(c *topology.Cluster) []string {
	lb := c.Spec.LoadBalancer
	if lb.ContainerPort == 0 {
		return nil
	}
	ports := []string{fmt.Sprintf("%d:%d", c.LoadBalancerPort, lb.ContainerPort)}
	if lb.Stats.Enabled {
		ports = append(ports, fmt.Sprintf("%s:%d", hostPort(lb.Stats.Address, lb.Stats.Port), lb.Stats.Port))
	}
	return ports
}
