package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

var machineRules = []Rule{
	{
		ID: "KH111", Severity: Error,
		Title:   "a kubelet that refuses swap has none",
		Reason:  "With failSwapOn the kubelet exits where swap is on.",
		Hint:    "write swap: false, or leave failSwapOn out",
		Source:  "https://kubernetes.io/docs/concepts/architecture/nodes/#swap-memory",
		cluster: swapFits,
	},
	{
		ID: "KH112", Severity: Error,
		Title:   "a kubelet that protects the kernel's defaults finds them",
		Reason:  "With protectKernelDefaults the kubelet exits where a kernel parameter differs from what it wants, instead of setting it.",
		Hint:    "add the parameters to machine.sysctls",
		Source:  "kubernetes/kubernetes pkg/kubelet/cm/container_manager_linux.go, setupKernelTunables",
		cluster: kernelDefaults,
	},
	{
		ID: "KH113", Severity: Warning,
		Title:   "the control plane's files lie outside of home folders and /tmp",
		Reason:  "What lies there goes when its user goes or the host starts again, and its owner can change what the control plane reads.",
		Hint:    "use a folder below /etc, /var/lib or /opt, or /var/log for logs",
		Source:  "CIS Kubernetes Benchmark 1.1",
		cluster: filesKept,
	},
	{
		ID: "KH139", Severity: Error,
		Title:   "units see the files that they use",
		Reason:  "Without kubeadm, etcd and the control plane run in units that hide home folders (ProtectHome) and have a /tmp of their own (PrivateTmp): what lies there isn't there for them.",
		Hint:    "use a folder below /etc, /var/lib, /srv or /opt, or /var/log for logs",
		Source:  "https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#ProtectHome=",
		cluster: filesSeen,
	},
	{
		ID: "KH114", Severity: Warning,
		Title:   "controller manager and scheduler listen on the loopback",
		Reason:  "Their ports are of use to the host's own probes; open to the network they are one more thing to attack.",
		Hint:    `write "127.0.0.1", or leave the flag out`,
		Source:  "CIS Kubernetes Benchmark 1.3.7, 1.4.2",
		cluster: bindLoopback,
	},
	{
		ID: "KH115", Severity: Error,
		Title:   "packages don't repeat what khagen has installed",
		Reason:  "khagen pins versions; a second line without one takes whatever is newest. Beside programs that no package brings, a package brings a second one, and a unit of the same name that starts it.",
		Hint:    "delete it",
		Source:  "https://kubernetes.io/releases/version-skew-policy/#kubelet",
		cluster: packagesFree,
	},
	{
		ID: "KH116", Severity: Error,
		Title:   "nodes forward packets",
		Reason:  "Pods reach nobody on other hosts without it, and kubeadm refuses such a host.",
		Hint:    "delete it: khagen sets it for nodes",
		Source:  "https://kubernetes.io/docs/setup/production-environment/container-runtimes/#prerequisite-ipv4-forwarding-optional",
		cluster: sysctlsWork,
	},
	{
		ID: "KH208", Severity: Warning,
		Title:   "kubelets find version 2 of control groups",
		Reason:  "From 1.35 on a kubelet refuses to start with version 1, unless failCgroupV1 is false; kubeadm refuses such a host either way.",
		Hint:    "use rhel-9; or boot with systemd.unified_cgroup_hierarchy=1, and accept this",
		Source:  "https://kubernetes.io/docs/concepts/architecture/cgroups/; kubernetes/kubernetes CHANGELOG/CHANGELOG-1.35.md",
		cluster: cgroupsFound,
	},
	{
		ID: "KH117", Severity: Warning,
		Title:   "kernel modules exist",
		Reason:  "systemd-modules-load fails at every boot for one that doesn't.",
		Hint:    "delete it",
		Source:  "kubernetes/kubernetes pkg/proxy/ipvs/README.md",
		cluster: modulesExist,
	},
}

// setting reads a value of free-form configuration as text; empty where it is absent.
func setting(config map[string]any, key string) string {
	if v, ok := config[key]; ok {
		return fmt.Sprint(v)
	}
	return ""
}

// kubeletField is where a kubelet's setting stands: with the host, or else with the cluster.
func kubeletField(h *topology.Host, key string) field {
	if _, own := h.Spec.Kubelet.Config[key]; own {
		return field{"hosts", h.Name, "kubelet", "config", key}
	}
	return field{"kubernetes", "kubelet", "config", key}
}

func swapFits(c *topology.Cluster, f *found) {
	var swapping []*topology.Host
	for _, h := range c.Hosts {
		if h.IsNode() && h.Machine.Swap && setting(h.Kubelet.Config, "failSwapOn") == "true" {
			swapping = append(swapping, h)
		}
	}
	if len(swapping) > 0 {
		f.add(c, kubeletField(swapping[0], "failSwapOn"), "failSwapOn is true, and these hosts keep their swap: %s", names(swapping))
	}
}

// kernelTunables are what protectKernelDefaults wants.
var kernelTunables = map[string]string{
	"kernel.keys.root_maxbytes": "25000000",
	"kernel.keys.root_maxkeys":  "1000000",
	"kernel.panic":              "10",
	"kernel.panic_on_oops":      "1",
	"vm.overcommit_memory":      "1",
	"vm.panic_on_oom":           "0",
}

func kernelDefaults(c *topology.Cluster, f *found) {
	for _, h := range c.Hosts {
		if !h.IsNode() || setting(h.Kubelet.Config, "protectKernelDefaults") != "true" {
			continue
		}
		var missing []string
		for _, key := range slices.Sorted(maps.Keys(kernelTunables)) {
			if h.Machine.Sysctls[key] != kernelTunables[key] {
				missing = append(missing, fmt.Sprintf("%q: %s", key, kernelTunables[key]))
			}
		}
		if len(missing) > 0 {
			f.add(c, kubeletField(h, "protectKernelDefaults"), "protectKernelDefaults is true, and %s lacks kernel parameters, as may others", h.Name).
				mend("add to machine.sysctls: %s", strings.Join(missing, ", "))
			return
		}
	}
}

func bindLoopback(c *topology.Cluster, f *found) {
	for _, k := range components(c) {
		if k.name != upstream.ControllerManager && k.name != upstream.Scheduler {
			continue
		}
		for _, value := range k.args["bind-address"] {
			if value != "127.0.0.1" && value != "::1" {
				f.add(c, k.flag("bind-address"), "%s listens on %s", k.name, value)
			}
		}
	}
}

var forwardingKeys = map[topology.Family][]string{
	topology.IPv4: {"net.ipv4.conf.all.forwarding", "net.ipv4.ip_forward"},
	topology.IPv6: {"net.ipv6.conf.all.forwarding", "net.ipv6.conf.default.forwarding"},
}

func sysctlsWork(c *topology.Cluster, f *found) {
	check := func(at field, sysctls map[string]string) {
		for _, family := range c.Families {
			for _, key := range forwardingKeys[family] {
				if sysctls[key] == "0" {
					f.add(c, append(at[:len(at):len(at)], key), "%s is 0", key)
				}
			}
		}
	}
	check(field{"machine", "sysctls"}, c.Spec.Machine.Sysctls)
	for _, h := range c.Hosts {
		if h.IsNode() {
			check(field{"hosts", h.Name, "machine", "sysctls"}, h.Spec.Machine.Sysctls)
		}
	}
}

// goneModules are modules that kernels of the supported operating systems no longer have, and what took their place.
var goneModules = map[string]string{
	"nf_conntrack_ipv4": "nf_conntrack, since kernel 4.19",
	"nf_conntrack_ipv6": "nf_conntrack, since kernel 4.19",
}

func modulesExist(c *topology.Cluster, f *found) {
	check := func(at field, modules []string) {
		for i, name := range modules {
			if instead := goneModules[name]; instead != "" {
				f.add(c, append(at[:len(at):len(at)], element(i)), "the kernel has no module %s", name).mend("use %s", instead)
			}
		}
	}
	check(field{"machine", "modules"}, c.Spec.Machine.Modules)
	for _, h := range c.Hosts {
		check(field{"hosts", h.Name, "machine", "modules"}, h.Spec.Machine.Modules)
	}
}

func cgroupsFound(c *topology.Cluster, f *found) {
	if !c.Version.AtLeast(1, 35) {
		return
	}
	old := map[string][]*topology.Host{}
	for _, h := range c.Hosts {
		if h.IsNode() && h.OS.CgroupV1 && (!c.Binaries() || setting(h.Kubelet.Config, "failCgroupV1") != "false") {
			old[h.Machine.OS] = append(old[h.Machine.OS], h)
		}
	}
	for _, os := range slices.Sorted(maps.Keys(old)) {
		at := field{"machine", "os"}
		if h := old[os][0]; h.Spec.Machine.OS != "" {
			at = append(field{"hosts", h.Name}, at...)
		}
		f.add(c, at, "%s boots with version 1 of control groups, and the kubelets of %s are %s", os, names(old[os]), c.Version)
	}
}
