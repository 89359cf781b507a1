package rules

import (
	"slices"

	"github.com/khagen/khagen/internal/topology"
)

var statsRules = []Rule{
	{
		ID: "KH086", Severity: Error,
		Title:   "who reaches the statistics from elsewhere needs a password",
		Reason:  "The page names every API server and its state to whoever finds the port.",
		Hint:    `write user and passwordSecret, or leave address out: the page stays on the host then`,
		Source:  "https://docs.haproxy.org/3.2/configuration.html#4.2-stats%20enable",
		cluster: statsExposed,
	},
	{
		ID: "KH087", Severity: Error,
		Title:   "the user of the statistics and the secret of the password come together",
		Reason:  "With one of them the page asks for no password, or for one that nobody has.",
		Hint:    "write both, or neither",
		Source:  "https://docs.haproxy.org/3.2/configuration.html#12.2",
		cluster: statsLogin,
	},
	{
		ID: "KH088", Severity: Error,
		Title:   "the statistics listen on an address that every balancer has",
		Reason:  "haproxy does not start where it can't listen.",
		Hint:    `use a loopback address, or "0.0.0.0" with a password`,
		Source:  "https://docs.haproxy.org/3.2/configuration.html#4.2-bind",
		cluster: statsAddress,
	},
	{
		ID: "KH089", Severity: Error,
		Title:   "the page of the statistics and /metrics have paths of their own",
		Reason:  "haproxy answers a path once: the other page is never seen.",
		Hint:    `use path: "/status"`,
		Source:  "https://docs.haproxy.org/3.2/configuration.html#4.2-stats%20uri",
		cluster: statsPath,
	},
}

func showsStats(c *topology.Cluster) bool {
	return rendersBalancer(c) && c.Spec.LoadBalancer.Stats.Enabled
}

func statsExposed(c *topology.Cluster, f *found) {
	s := c.Spec.LoadBalancer.Stats
	if showsStats(c) && s.Address.IsValid() && !s.Address.IsLoopback() && s.PasswordSecret == "" {
		f.add(c, field{"loadBalancer", "stats", "address"}, "the statistics listen on %s port %d without a password", s.Address, s.Port)
	}
}

func statsLogin(c *topology.Cluster, f *found) {
	s := c.Spec.LoadBalancer.Stats
	switch {
	case !showsStats(c):
	case s.User != "" && s.PasswordSecret == "":
		f.add(c, field{"loadBalancer", "stats", "user"}, "the user %s has no passwordSecret", s.User).
			mend(`write passwordSecret: "haproxy_stats", and bring the password when the files are delivered`)
	case s.User == "" && s.PasswordSecret != "":
		f.add(c, field{"loadBalancer", "stats", "passwordSecret"}, "the password %s belongs to no user", s.PasswordSecret).
			mend(`write user: "admin", or whatever name you like`)
	}
}

func statsAddress(c *topology.Cluster, f *found) {
	a := c.Spec.LoadBalancer.Stats.Address
	if !showsStats(c) || !a.IsValid() || a.IsLoopback() || a.IsUnspecified() {
		return
	}
	for _, h := range c.LoadBalancers {
		if !slices.Contains(h.Addresses(), a) {
			f.add(c, field{"loadBalancer", "stats", "address"}, "%s is no address of the balancer %s, whose own is %s", a, h.Name, h.Address())
			return
		}
	}
}

func statsPath(c *topology.Cluster, f *found) {
	s := c.Spec.LoadBalancer.Stats
	if showsStats(c) && s.Metrics && s.Path == "/metrics" {
		f.add(c, field{"loadBalancer", "stats", "path"}, "the page has the path %s, as the metrics have", s.Path)
	}
}
