package rules

import (
	"github.com/khagen/khagen/internal/topology"
)

var bindRules = []Rule{
	{
		ID: "KH141", Severity: Error,
		Title:   "a balancer that listens on the VIP alone has a VIP",
		Reason:  "Without one it has no address to listen on.",
		Hint:    `add a vip, or write bind: "all"`,
		Source:  "https://docs.haproxy.org/3.2/configuration.html#4.2-bind",
		cluster: bindsSomething,
	},
	{
		ID: "KH143", Severity: Error,
		Title:   "balancers may listen on the VIP while another host carries it",
		Reason:  "Where the kernel doesn't let them, they don't start on any host but the one that has the VIP, and none takes it over.",
		Hint:    "delete the setting: khagen writes 1",
		Source:  "https://docs.kernel.org/networking/ip-sysctl.html",
		cluster: nonlocalBindAllowed,
	},
}

func bindsSomething(c *topology.Cluster, f *found) {
	if rendersBalancer(c) && !c.NodeLocal() && c.Spec.LoadBalancer.Bind == "vip" && c.Spec.VIP == nil {
		f.add(c, field{"loadBalancer", "bind"}, "the balancer listens on the VIP alone, and there is none")
	}
}

func nonlocalBindAllowed(c *topology.Cluster, f *found) {
	check := func(at field, sysctls map[string]string) {
		for _, key := range c.NonlocalBind() {
			if sysctls[key] == "0" {
				f.add(c, append(at[:len(at):len(at)], key), "%s is 0", key)
			}
		}
	}
	check(field{"machine", "sysctls"}, c.Spec.Machine.Sysctls)
	for _, h := range c.LoadBalancers {
		check(field{"hosts", h.Name, "machine", "sysctls"}, h.Spec.Machine.Sysctls)
	}
}
