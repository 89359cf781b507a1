package delivery

import (
	"cmp"
	"embed"
	"maps"
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

// readmeHost is a line of the table of hosts, bgpSpeaker and readmeSecret are those of others.
type (
	readmeHost struct{ Name, Address, Roles, Zone, Priority string }
	bgpSpeaker struct {
		Address, RouterID string
		AS                int
	}
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
		"External":        c.Spec.LoadBalancer.Placement == topology.PlacementExternal,
		"ExternalEtcd":    c.Spec.Etcd.Topology == topology.EtcdExternal,
		"ControlPlanes":   names(c.ControlPlanes),
		"RuntimePackages": runtimePackages(c), "Mounted": mounted(c), "SigningKey": signingKey(c), "Runtimes": bringsRuntime(c),
		"KubeVIP": howKubeVIP(c), "Speakers": bgpSpeakers(c), "BGPPasswords": c.HasBGPPasswords(),
		"SuperAdmin": c.Bootstrap != nil && c.Bootstrap.LogsInAsSuperAdmin(), "Quadlets": quadlets(c),
		"Etcd": "", "Later": "", "OldestEtcd": c.OldestEtcd(), "Disks": ownDisks(c), "Shared": sharedFiles(c),
		"OwnPatches": hostsThat(c, (*topology.Host).HasOwnPatches),
		"PodCIDRs":   podCIDRs(c), "NoProxy": !c.RunsKubeProxy(),
		"NodeLocal": c.NodeLocal(), "Hosts": readmeHosts(c), "Secrets": readmeSecrets(byHost), "Balancer": balancer(c),
		"Diagram": diagram(c), "Versions": readmeVersions(c), "NeedsPKI": c.NeedsPKI(), "Zones": hasZones(c), "Host": c.Hosts[0].Name,
		"Objects": slices.ContainsFunc(byHost[""], func(f tree.File) bool { return f.Kind == tree.KindObject }),
	}
	if c.Bootstrap != nil {
		data["Bootstrap"] = c.Bootstrap.Name
	}
	data["Ports"], data["OptionalPorts"], data["Groups"] = readmePorts(c)
	notes, err := rhelNotes(c)
	if err != nil {
		return tree.File{}, err
	}
	data["RHEL"] = notes
	tellAccess(c, data)
	if c.Binaries() {
		way, err := binariesWay(c)
		if err != nil {
			return tree.File{}, err
		}
		data["Binaries"] = way
	}
	if !c.Binaries() {
		etcd, later, err := kubeadmWay(c)
		if err != nil {
			return tree.File{}, err
		}
		data["Etcd"], data["Later"] = etcd, later
	}
	content, err := readme().Render(data)
	return tree.File{Path: "README.md", Kind: tree.KindFile, Mode: 0o644, Content: content, Source: source}, err
}

// howKubeVIP says in words how kube-vip makes the virtual address known; empty where it doesn't run.
func howKubeVIP(c *topology.Cluster) string {
	switch {
	case c.AnswersARP():
		return "on one control plane at a time"
	case c.SpeaksBGP():
		return "announced to routers from all control planes"
	}
	return ""
}

// bgpSpeakers are the hosts as routers see them.
func bgpSpeakers(c *topology.Cluster) []bgpSpeaker {
	var all []bgpSpeaker
	if c.SpeaksBGP() {
		for _, h := range c.KubeVIPs { // in whatever state: a router has to know a host before
			all = append(all, bgpSpeaker{h.Address().String(), h.BGPRouterID().String(), h.BGPAS()})
		}
	}
	return all
}

// runtimePackage is one of a container runtime that isn't the distribution's. Release is empty where the repository has all.
type runtimePackage struct{ Package, Repository, Release string }

// runtimePackages are those that hosts need.
func runtimePackages(c *topology.Cluster) []runtimePackage {
	var packages []runtimePackage
	for _, h := range c.Hosts {
		for _, p := range h.Packages {
			switch p.Name {
			case "containerd.io":
				packages = append(packages, runtimePackage{p.Name, "Docker's", ""})
			case "cri-o":
				packages = append(packages, runtimePackage{p.Name, "CRI-O's", h.Machine.ContainerRuntime.Version})
			}
		}
	}
	slices.SortFunc(packages, func(a, b runtimePackage) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Release, b.Release))
	})
	return slices.Compact(packages)
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

// ownRuntime is the socket at which nodes have a container runtime that khagen leaves alone.
type ownRuntime struct{ Hosts, Socket string }

// bringsRuntime are the nodes whose container runtime khagen leaves alone.
func bringsRuntime(c *topology.Cluster) []ownRuntime {
	hosts := map[string][]*topology.Host{}
	for _, h := range c.Hosts {
		if h.IsNode() && !h.ManagesRuntime() {
			hosts[h.RuntimeSocket()] = append(hosts[h.RuntimeSocket()], h)
		}
	}
	var runtimes []ownRuntime
	for _, socket := range slices.Sorted(maps.Keys(hosts)) {
		runtimes = append(runtimes, ownRuntime{names(hosts[socket]), socket})
	}
	return runtimes
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

func hasZones(c *topology.Cluster) bool {
	return slices.ContainsFunc(c.Hosts, func(h *topology.Host) bool { return h.Spec.Zone != "" })
}

func readmeHosts(c *topology.Cluster) []readmeHost {
	var hosts []readmeHost
	for _, h := range c.Hosts {
		row := readmeHost{
			Name: h.Name, Address: addresses(h.Addresses(), ""), Zone: h.Spec.Zone,
			Roles: strings.Join(slices.Sorted(slices.Values(h.Spec.Roles)), ", "),
		}
		if !h.IsActive() {
			row.Roles += " (" + h.Spec.State + ")"
		}
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
	how := asWhat(lb.Runtime)
	switch lb.Placement {
	case topology.PlacementExternal:
		return "a load balancer that someone else runs"
	case topology.PlacementNone:
		return "the API server of the host that carries the address"
	case topology.PlacementControlPlane:
		return lb.Proxy + " as " + how + " on every control plane, port " + strconv.Itoa(c.LoadBalancerPort)
	case topology.PlacementNodeLocal:
		return lb.Proxy + " as " + how + " on every host that is only a worker, for itself: the loopback, port " + strconv.Itoa(c.LoadBalancerPort)
	}
	return lb.Proxy + " as " + how + " on the load-balancer hosts, port " + strconv.Itoa(c.LoadBalancerPort)
}

// asWhat says in words how a program runs.
func asWhat(runtime string) string {
	return map[string]string{
		topology.RuntimeSystemd: "a service", topology.RuntimeStaticPod: "a static pod", topology.RuntimeContainer: "a container",
	}[runtime]
}
