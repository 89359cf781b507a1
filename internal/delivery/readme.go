package delivery

import (
	"cmp"
	"embed"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/internal/template"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

//go:embed templates
var templates embed.FS

var (
	readme        = template.Embedded(templates, "templates/README.md.tmpl")
	secretPattern = regexp.MustCompile(`khagen_secrets\['([a-z][a-z0-9_]*)'\]`)
)

// readmeHost is a line of the table of hosts, readmeSecret one of the table of secrets.
type (
	readmeHost   struct{ Name, Address, Roles, Priority string }
	readmeSecret struct {
		Name  string
		Files []string
	}
)

// readmeFile tells people what the cluster is, what it needs from outside and how it comes to life.
func readmeFile(c *topology.Cluster, byHost map[string][]tree.File) (tree.File, error) {
	data := map[string]any{
		"C": c, "Spec": c.Spec, "VIP": c.Spec.VIP, "VRRP": len(c.VRRPPeers) > 0,
		"Kubeadm": c.Spec.Kubernetes.Install == topology.InstallKubeadm, "Bootstrap": "", "Binaries": "",
		"VIPs": addresses(vipAddresses(c), "`"), "Backends": backends(c), "IPv6Nodes": c.Has(topology.IPv6),
		"External":       c.Spec.LoadBalancer.Placement == topology.PlacementExternal,
		"ExternalEtcd":   c.Spec.Etcd.Topology == topology.EtcdExternal,
		"ControlPlanes":  names(c.ControlPlanes),
		"DockerPackages": usesDockerPackages(c), "Mounted": mounted(c), "Runtime": bringsRuntime(c), "Socket": topology.ContainerdSocket,
		"Hosts": readmeHosts(c), "Secrets": readmeSecrets(byHost), "Balancer": balancer(c),
	}
	if c.Bootstrap != nil {
		data["Bootstrap"] = c.Bootstrap.Name
	}
	if c.Binaries() {
		way, err := binariesWay(c)
		if err != nil {
			return tree.File{}, err
		}
		data["Binaries"] = way
	}
	content, err := readme().Render(data)
	return tree.File{Path: "README.md", Kind: tree.KindFile, Mode: 0o644, Content: content, Source: source}, err
}

// usesDockerPackages says whether a host's containerd is not its distribution's.
func usesDockerPackages(c *topology.Cluster) bool {
	return slices.ContainsFunc(c.Hosts, func(h *topology.Host) bool {
		return slices.ContainsFunc(h.Packages, func(p topology.Package) bool { return p.Name == "containerd.io" })
	})
}

// names of hosts, in words.
func names(hosts []*topology.Host) string {
	list := make([]string, 0, len(hosts))
	for _, h := range hosts {
		list = append(list, h.Name)
	}
	return strings.Join(list, ", ")
}

// hostsThat names those of the cluster's hosts for which a question is answered with yes.
func hostsThat(c *topology.Cluster, answer func(*topology.Host) bool) string {
	return names(slices.DeleteFunc(slices.Clone(c.Hosts), func(h *topology.Host) bool { return !answer(h) }))
}

// bringsRuntime are the nodes whose container runtime khagen leaves alone.
func bringsRuntime(c *topology.Cluster) string {
	return hostsThat(c, func(h *topology.Host) bool { return h.IsNode() && !h.ManagesContainerd() })
}

// mounted are the paths of hosts that the definition gives to the control plane.
func mounted(c *topology.Cluster) []string {
	k := c.Spec.Kubernetes
	var paths []string
	for _, v := range slices.Concat(k.APIServer.ExtraVolumes, k.ControllerManager.ExtraVolumes, k.Scheduler.ExtraVolumes) {
		paths = append(paths, v.HostPath)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func readmeHosts(c *topology.Cluster) []readmeHost {
	var hosts []readmeHost
	for _, h := range c.Hosts {
		row := readmeHost{h.Name, addresses(h.Addresses(), ""), strings.Join(slices.Sorted(slices.Values(h.Spec.Roles)), ", "), ""}
		if h.IsVRRPPeer() {
			row.Priority = strconv.Itoa(h.VRRPPriority)
		}
		hosts = append(hosts, row)
	}
	return hosts
}

// addresses in words, each between a pair of marks.
func addresses(all []netip.Addr, mark string) string {
	texts := make([]string, 0, len(all))
	for _, a := range all {
		texts = append(texts, mark+a.String()+mark)
	}
	return strings.Join(texts, ", ")
}

func vipAddresses(c *topology.Cluster) []netip.Addr {
	var all []netip.Addr
	for _, v := range c.VIPs {
		all = append(all, v.Address)
	}
	return all
}

// backends are the API servers that somebody else's balancer spreads connections over.
func backends(c *topology.Cluster) []string {
	var all []string
	for _, b := range c.Backends {
		all = append(all, b.HostPort())
	}
	return all
}

// readmeSecrets lists the secrets by name with the files that want them.
func readmeSecrets(byHost map[string][]tree.File) []readmeSecret {
	files := map[string][]string{}
	for _, list := range byHost {
		for _, f := range list {
			if f.Kind != tree.KindSecret {
				continue
			}
			for _, m := range secretPattern.FindAllSubmatch(f.Content, -1) {
				files[string(m[1])] = append(files[string(m[1])], f.Path)
			}
		}
	}
	var secrets []readmeSecret
	for name, paths := range files {
		slices.Sort(paths)
		secrets = append(secrets, readmeSecret{name, slices.Compact(paths)})
	}
	slices.SortFunc(secrets, func(a, b readmeSecret) int { return cmp.Compare(a.Name, b.Name) })
	return secrets
}

// balancer says in words where connections to the endpoint go.
func balancer(c *topology.Cluster) string {
	lb := c.Spec.LoadBalancer
	how := map[string]string{
		topology.RuntimeSystemd: "a service", topology.RuntimeStaticPod: "a static pod", topology.RuntimeContainer: "a container",
	}[lb.Runtime]
	switch lb.Placement {
	case topology.PlacementExternal:
		return "a load balancer that someone else runs"
	case topology.PlacementNone:
		return "the API server of the host that carries the address"
	case topology.PlacementControlPlane:
		return lb.Proxy + " as " + how + " on every control plane, port " + strconv.Itoa(c.LoadBalancerPort)
	case topology.PlacementNodeLocal:
		return lb.Proxy + " as " + how + " on every worker, port " + strconv.Itoa(c.LoadBalancerPort)
	}
	return lb.Proxy + " as " + how + " on the load-balancer hosts, port " + strconv.Itoa(c.LoadBalancerPort)
}
