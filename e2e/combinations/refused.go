package combinations

import (
	"slices"
	"strings"
)

// cause is why a combination can't be: the rule that has to refuse it, and the reason in words.
type cause struct {
	rule, why string
	holds     func(Combination) bool
}

// causes are all. A combination that none of them holds of is legal, and no rule may refuse it.
var causes = []cause{
	{"KH006", "workers that balance for themselves have no use for a virtual address", func(c Combination) bool {
		return c.Placement == "node-local" && c.VIP != "none"
	}},
	{"KH006", "who runs the balancer elsewhere has its address, too", func(c Combination) bool {
		return c.Placement == "external" && c.VIP != "none"
	}},
	{"KH006", "workers' own balancers listen on the loopback, and nowhere else", func(c Combination) bool {
		return c.Placement == "node-local" && c.bindsVIP()
	}},
	{"KH006", "without a balancer nothing listens on the virtual address alone", func(c Combination) bool {
		return !c.balanced() && c.bindsVIP()
	}},
	{"KH141", "a balancer that listens on the virtual address alone needs one", func(c Combination) bool {
		return c.balanced() && c.Placement != "node-local" && c.bindsVIP() && c.VIP == "none"
	}},
	{"KH024", "API servers that listen on their own address alone don't answer on the virtual one", func(c Combination) bool {
		return c.Placement == "none" && c.VIP != "none" && (c.Listen == "address" || c.Listen == "shared")
	}},
	{"KH161", "kubeadm's workers join through a balancer that their kubelets start only afterwards", func(c Combination) bool {
		return c.Install == "kubeadm" && c.Placement == "node-local" && c.Runtime == "static-pod"
	}},
	{"KH168", "kube-vip puts the address on control planes, and the balancers run elsewhere", func(c Combination) bool {
		return c.kubeVIP() && c.Placement == "hosts"
	}},
	{"KH076", "hosts that only balance have no kubelet for the balancer's pod", func(c Combination) bool {
		return c.Placement == "hosts" && c.Runtime == "static-pod"
	}},
	{"KH076", "hosts that only balance have no kubelet for keepalived's pod", func(c Combination) bool {
		return c.Placement == "hosts" && c.VIP == "keepalived static-pod"
	}},
	{"KH176", "from a container's own network no API server is reached by IPv6", func(c Combination) bool {
		return c.balanced() && c.Runtime == "published" && strings.HasPrefix(c.Family, "ipv6")
	}},
	{"KH176", "podman publishes ports by IPv4, and clients come by IPv6, too", func(c Combination) bool {
		return c.balanced() && c.Runtime == "published" && (c.VIP != "none" || c.Placement == "node-local") && strings.Contains(c.Family, "ipv6")
	}},
	{"KH078", "RHEL 8 has haproxy 1.8, whose health checks can't name the server that they speak TLS with", func(c Combination) bool {
		return c.balanced() && c.Proxy == "haproxy" && c.Runtime == "systemd" && c.OS == "rhel-8"
	}},
	{"KH095", "RHEL 8 has nginx 1.14, which keeps no connection to an API server alive", func(c Combination) bool {
		return c.balanced() && c.Proxy == "nginx" && c.Runtime == "systemd" && c.OS == "rhel-8"
	}},
	{"KH136", "kubelets without kubeadm ask for certificates by token, and no host has the key to sign them", func(c Combination) bool {
		return c.Install == "binaries" && c.Join == "token" && c.CA == "elsewhere"
	}},
}

// bindsVIP says whether the balancer is to listen on the virtual address alone.
func (c Combination) bindsVIP() bool { return c.Listen == "vip" || c.Listen == "shared" }

// Refusals are the ids of the rules that have to refuse a combination, sorted; none where it is legal.
func (c Combination) Refusals() []string {
	var ids []string
	for _, cause := range causes {
		if cause.holds(c) {
			ids = append(ids, cause.rule)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (c Combination) legal() bool {
	return !slices.ContainsFunc(causes, func(cause cause) bool { return cause.holds(c) })
}

// onlyCause is the number of the one cause that holds of a combination; negative where none does, or several do.
func (c Combination) onlyCause() int {
	only := -1
	for i, cause := range causes {
		if cause.holds(c) {
			if only >= 0 {
				return -1
			}
			only = i
		}
	}
	return only
}
