package rules

import (
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

var containerRules = []Rule{
	{
		ID: "KH098", Severity: Warning,
		Title:   "a host whose containers docker runs gets docker",
		Reason:  "It is in docker.io of the distribution and in docker-ce of Docker: khagen installs neither by itself, and without it the units of the balancer and of keepalived fail for ever.",
		Hint:    `write machine: packages: ["docker.io"], or accept this where docker is there already`,
		Source:  "https://docs.docker.com/engine/install/",
		cluster: dockerInstalled,
	},
	{
		ID: "KH175", Severity: Error,
		Title:   "docker comes from where the node's containerd comes from",
		Reason:  "docker.io needs the distribution's containerd, docker-ce needs containerd.io of Docker's, and a host can't have both: one of them isn't installed, or takes away the one that the kubelet uses.",
		Hint:    "take the other docker; or another machine.containerRuntime.version, or manage: false",
		Source:  "https://docs.docker.com/engine/install/debian/#uninstall-old-versions",
		cluster: dockerBesideContainerd,
	},
	{
		ID: "KH176", Severity: Error,
		Title:   "a balancer with a network of its own needs no IPv6",
		Reason:  "The networks that podman and docker give to containers have IPv4 alone: from there no IPv6 address is reached, and podman publishes ports on none.",
		Hint:    "delete loadBalancer.containerPort: the balancer is in the host's network then",
		Source:  "https://docs.docker.com/engine/daemon/ipv6/, https://github.com/containers/podman/issues/19761",
		cluster: publishedWithoutIPv6,
	},
}

// runsContainers says whether systemd runs containers in the cluster: the balancer's, or keepalived's.
func runsContainers(c *topology.Cluster) bool {
	return rendersBalancer(c) && c.Spec.LoadBalancer.Runtime == topology.RuntimeContainer ||
		keepalivedRuntime(c) == topology.RuntimeContainer && c.Spec.LoadBalancer.Placement != topology.PlacementExternal
}

const (
	dockerOfDistribution = "docker.io"
	dockerOfDocker       = "docker-ce"
)

// dockerPackages are those that bring docker.
var dockerPackages = []string{dockerOfDistribution, dockerOfDocker, "moby-engine"}

// installs says whether one of the packages is among the host's, in whatever version.
func installs(h *topology.Host, packages ...string) bool {
	return slices.ContainsFunc(h.Packages, func(p topology.Package) bool {
		name, _, _ := strings.Cut(p.Name, "=")
		return slices.Contains(packages, name)
	})
}

func dockerInstalled(c *topology.Cluster, f *found) {
	if c.Spec.LoadBalancer.Engine != "docker" {
		return
	}
	var without []*topology.Host
	instead := dockerOfDistribution
	for _, h := range c.Hosts {
		if len(h.Containers()) == 0 || installs(h, dockerPackages...) {
			continue
		}
		without = append(without, h)
		if h.OS.Family == upstream.FamilyRHEL || installs(h, "containerd.io") {
			instead = dockerOfDocker
		}
	}
	if len(without) > 0 {
		f.add(c, field{"loadBalancer", "engine"}, "docker runs containers, and nothing installs docker on %s", names(without)).
			mend("write machine: packages: [%q], or accept this where docker is there already", instead)
	}
}

func dockerBesideContainerd(c *topology.Cluster, f *found) {
	for _, clash := range []struct{ docker, containerd, instead string }{
		{dockerOfDistribution, "containerd.io", dockerOfDocker},
		{dockerOfDocker, "containerd", dockerOfDistribution},
	} {
		var both []*topology.Host
		for _, h := range c.Hosts {
			if installs(h, clash.docker) && installs(h, clash.containerd) {
				both = append(both, h)
			}
		}
		if len(both) == 0 {
			continue
		}
		at := field{"machine", "packages"}
		if !slices.ContainsFunc(c.Spec.Machine.Packages, func(p string) bool { return strings.HasPrefix(p, clash.docker) }) {
			at = slices.Concat(field{"hosts", both[0].Name}, at)
		}
		f.add(c, at, "%s doesn't go with %s, the container runtime's package on %s", clash.docker, clash.containerd, names(both)).
			mend("take %s; or another machine.containerRuntime.version, or manage: false", clash.instead)
	}
}

func publishedWithoutIPv6(c *topology.Cluster, f *found) {
	if !c.PublishesPorts() || len(c.LoadBalancers) == 0 {
		return
	}
	at := field{"loadBalancer", "containerPort"}
	for _, b := range c.Backends {
		if topology.FamilyOf(b.Address) == topology.IPv6 {
			f.add(c, at, "the balancer has a network of its own, and the API server of %s has the address %s", b.Name, b.Address)
			return
		}
	}
	if c.Spec.LoadBalancer.Engine != "podman" {
		return // docker listens for IPv6 too, and forwards it
	}
	for _, a := range slices.Concat(c.BalancerAddresses(), c.EndpointAddresses) {
		if topology.FamilyOf(a) == topology.IPv6 {
			f.add(c, at, "podman publishes the balancer's port by IPv4 alone, and clients come to %s", a)
			return
		}
	}
}
