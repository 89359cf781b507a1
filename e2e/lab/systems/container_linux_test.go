package systems

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/registry"
	"github.com/khagen/khagen/internal/topology"
)

// TestContainerNginx has programs under systemd, etcd on the control planes, and one host with nginx in a container in front.
func TestContainerNginx(t *testing.T) {
	cluster.NeedLong(t)
	cluster.Need(t)
	c := cluster.Reference(t, "container-nginx", cluster.Nodes)
	setup := binaries(t, c)
	contained(t, c, &setup)
	l := up(t, c, setup)
	admin := c.Kubeconfig("super-admin")

	answers(t, c, admin)
	nodes(t, c, admin)
	members(t, c, l)
	s := reached(t, c, l, admin)
	s.Notes = []string{podmanOf(t, l.Host(c.Topology.LoadBalancers[0].Name)), "This podman has a container start again only once the file of its number is gone, which the lab removes."}
	failSystem(t, s)
}

// generator is what systemd has podman make units of quadlets with.
const generator = "/usr/lib/systemd/system-generators/podman-system-generator"

// cidRemoved has podman 4.3 start a container again, of whose number it keeps a file. Later versions don't mind it.
const cidRemoved = "[Service]\nExecStartPre=rm -f %t/%N.cid\n"

// contained adds what balancers in containers find: the image in a registry, and the generator of the podman that the
// definition's hosts have. Debian 12 has podman 4.3, which makes no units of quadlets yet.
func contained(t *testing.T, c *cluster.Cluster, s *cluster.Setup) {
	t.Helper()
	images, err := registry.Make(t.Context(), registry.Versions{Nginx: c.Topology.Spec.LoadBalancer.Image})
	if err != nil {
		t.Fatal(err)
	}
	cluster.Serve(t, images)
	bin, err := lab.Programs("podman-4.9")
	if err != nil {
		t.Fatal(err)
	}
	quadlet := filepath.Join(bin, "quadlet")
	if _, err := os.Stat(quadlet); err != nil {
		t.Fatal(err)
	}
	files := []lab.File{
		registry.PodmanMirror("docker.io", c.Client().Addr().String()+":"+cluster.RegistryPort),
		{Path: "/usr/lib/systemd/system/" + c.Topology.BalancerUnit() + ".d/lab.conf", Content: []byte(cidRemoved)},
	}
	adapt := s.Adapt
	s.Adapt = func(h *topology.Host, spec *lab.HostSpec) {
		adapt(h, spec)
		if h.IsLoadBalancer() {
			spec.Binds = map[string]string{generator: quadlet}
			spec.Files = append(spec.Files, files...)
		}
	}
}

// podmanOf says which podman a host has.
func podmanOf(t *testing.T, h *lab.Host) string {
	t.Helper()
	podman, err := h.Run(t.Context(), "podman", "version", "--format", "{{.Client.Version}}")
	if err != nil {
		t.Fatal(err)
	}
	quadlet, err := h.Run(t.Context(), generator, "--version")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("nginx runs in podman %s; the generator of podman %s makes its unit.", podman, quadlet)
}
