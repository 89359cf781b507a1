package generators

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// nodeModules and nodeSysctls are what a node needs: overlay for the container runtime, br_netfilter so that bridged traffic
// passes kube-proxy's rules, nf_conntrack for the limits that kube-proxy sets, forwarding for pods. kubeadm checks the last
// (https://kubernetes.io/docs/setup/production-environment/container-runtimes/).
var (
	nodeModules = []string{"br_netfilter", "nf_conntrack", "overlay"}
	ipvsModules = []string{"ip_vs", "ip_vs_rr", "ip_vs_sh", "ip_vs_wrr"}
	nodeSysctls = map[string]string{
		"net.bridge.bridge-nf-call-ip6tables": "1",
		"net.bridge.bridge-nf-call-iptables":  "1",
	}
	forwarding = map[topology.Family]string{
		topology.IPv4: "net.ipv4.ip_forward",
		topology.IPv6: "net.ipv6.conf.all.forwarding", // and conf.default with it, which kubeadm looks at
	}
)

func newKernel(c *topology.Cluster) HostFiles {
	return func(h *topology.Host) ([]tree.File, error) {
		var files []tree.File
		if m := modules(h); len(m) > 0 {
			var text bytes.Buffer
			text.WriteString(header(c))
			for _, name := range m {
				fmt.Fprintln(&text, name)
			}
			files = append(files, tree.File{
				Path: "/etc/modules-load.d/kubernetes.conf", Kind: tree.KindFile, Mode: 0o644, Content: text.Bytes(),
				Phase: tree.PhasePrerequisites, Notify: []tree.Action{{Verb: tree.VerbModules}},
			})
		}
		if s := sysctls(h); len(s) > 0 {
			var text bytes.Buffer
			text.WriteString(header(c))
			for _, key := range slices.Sorted(maps.Keys(s)) {
				fmt.Fprintf(&text, "%s = %s\n", key, s[key])
			}
			files = append(files, tree.File{
				Path: "/etc/sysctl.d/99-kubernetes.conf", Kind: tree.KindFile, Mode: 0o644, Content: text.Bytes(),
				Phase: tree.PhasePrerequisites, Notify: []tree.Action{{Verb: tree.VerbSysctl}},
			})
		}
		return files, nil
	}
}

func modules(h *topology.Host) []string {
	names := slices.Clone(h.Machine.Modules)
	if h.IsNode() {
		names = append(names, nodeModules...)
		if h.Cluster.Spec.Kubernetes.KubeProxy.Mode == "ipvs" {
			names = append(names, ipvsModules...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func sysctls(h *topology.Host) map[string]string {
	values := map[string]string{}
	if h.IsNode() {
		maps.Copy(values, nodeSysctls)
		for _, f := range h.Cluster.Families {
			values[forwarding[f]] = "1"
		}
	}
	if h.IsLoadBalancer() {
		for _, key := range h.Cluster.NonlocalBind() {
			values[key] = "1"
		}
	}
	maps.Copy(values, h.Machine.Sysctls)
	return values
}
