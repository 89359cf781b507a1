package topology

import "github.com/khagen/khagen/internal/upstream"

// Names of the containers that systemd runs, and of their units.
const (
	BalancerContainer   = "khagen-balancer"
	KeepalivedContainer = "khagen-keepalived"
)

// Containers are the names of the containers that systemd runs on the host, in the order in which they are started.
func (h *Host) Containers() []string {
	var names []string
	if h.IsLoadBalancer() && h.Cluster.Spec.LoadBalancer.Runtime == RuntimeContainer {
		names = append(names, BalancerContainer)
	}
	if h.IsVRRPPeer() && h.Cluster.Spec.VIP.Keepalived.Runtime == RuntimeContainer {
		names = append(names, KeepalivedContainer)
	}
	return names
}

// UsesQuadlet says whether the host's containers are podman quadlets: podman understands them from 4.4 on, with version 2
// of control groups (https://docs.podman.io/en/latest/markdown/podman-systemd.unit.5.html).
func (h *Host) UsesQuadlet() bool {
	podman, err := upstream.ParseVersion(h.OS.Podman)
	return h.Cluster.Spec.LoadBalancer.Engine == "podman" && err == nil && podman.AtLeast(4, 4) && !h.OS.CgroupV1
}

// enginePackages are those of what runs containers. docker is Debian's docker.io or Docker's own docker-ce: which one is
// the host's choice.
func (h *Host) enginePackages() []string {
	if h.Cluster.Spec.LoadBalancer.Engine == "podman" {
		return []string{"podman"}
	}
	return nil
}

// BalancerUnit is the systemd unit of the balancers that khagen renders; empty where they are static pods, or none.
func (c *Cluster) BalancerUnit() string {
	if len(c.LoadBalancers) == 0 {
		return ""
	}
	lb := c.Spec.LoadBalancer
	return unitOf(lb.Runtime, lb.Proxy, BalancerContainer)
}

// KeepalivedUnit is the systemd unit of keepalived; empty where it is a static pod, or none.
func (c *Cluster) KeepalivedUnit() string {
	if len(c.VRRPPeers) == 0 {
		return ""
	}
	return unitOf(c.Spec.VIP.Keepalived.Runtime, "keepalived", KeepalivedContainer)
}

// unitOf is the unit of a program that runs as the package's service or in a container; empty for a static pod.
func unitOf(runtime, service, container string) string {
	switch runtime {
	case RuntimeSystemd:
		return Unit(service)
	case RuntimeContainer:
		return Unit(container)
	}
	return ""
}

// PublishesPorts says whether the balancer's container has a network of its own, from which its ports are published.
func (c *Cluster) PublishesPorts() bool {
	lb := c.Spec.LoadBalancer
	return lb.Runtime == RuntimeContainer && lb.ContainerPort != 0
}

// ProxyPort is where the balancer's program itself listens. Clients find it at LoadBalancerPort: the two differ where
// ports are published.
func (c *Cluster) ProxyPort() int {
	if c.PublishesPorts() {
		return c.Spec.LoadBalancer.ContainerPort
	}
	return c.LoadBalancerPort
}
