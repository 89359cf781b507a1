package rules

import (
	"path"
	"strings"
	"time"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

var nginxRules = []Rule{
	{
		ID: "KH094", Severity: Warning,
		Title:   "nginx's access log lies where the package's logrotate finds it",
		Reason:  "nginx doesn't start where the folder is missing, and a log that nothing rotates fills the disk.",
		Hint:    `use a path such as "/var/log/nginx/api.log", or make the folder, rotate the log, and accept this`,
		Source:  "/etc/logrotate.d/nginx of Debian's and RHEL's packages",
		cluster: accessLogRotated,
	},
	{
		ID: "KH095", Severity: Error,
		Title:   "nginx is new enough",
		Reason:  "Before 1.15.6 it lacks proxy_socket_keepalive, and refuses the configuration.",
		Hint:    `use 1.15.6 or newer: another os; runtime: "static-pod" or "container" with an image; or loadBalancer.version where a newer one is installed`,
		Source:  "https://nginx.org/en/docs/stream/ngx_stream_proxy_module.html#proxy_socket_keepalive",
		cluster: nginxVersion,
	},
	{
		ID: "KH096", Severity: Warning,
		Title:   "nginx's image is of a branch that gets fixes",
		Reason:  "It faces whoever reaches the endpoint.",
		Hint:    "use an image of a maintained branch",
		Source:  "https://nginx.org/en/CHANGES",
		cluster: nginxMaintained,
	},
	{
		ID: "KH097", Severity: Warning,
		Title:   "nginx gives an API server that failed another chance within 30 seconds",
		Reason:  "It leaves a server out for interval × fall, whether or not it is back. When all of them failed for a moment, nginx refuses every connection for as long.",
		Hint:    "lower healthCheck.interval or fall, or leave them out",
		Source:  "https://nginx.org/en/docs/stream/ngx_stream_upstream_module.html#fail_timeout",
		cluster: failTimeoutLong,
	},
	{
		ID: "KH099", Severity: Warning,
		Title:   "nginx's workers fit the memory of their host",
		Reason:  "Each worker, one for each processor, takes memory for all its connections when it starts, not when they come.",
		Hint:    "a node has about four connections: write what they add up to",
		Source:  "https://nginx.org/en/docs/ngx_core_module.html#worker_connections",
		cluster: workersFit,
	},
}

// belowNginx are the fields that nginx has no use for.
var belowNginx = []unused{
	{
		field{"loadBalancer", "healthCheck", "path"},
		func(c *topology.Cluster) bool { return balancesWithNginx(c) && !keepalivedAsks(c) }, nil,
		"nginx asks API servers nothing, and neither does a check of keepalived's",
	},
	{field{"loadBalancer", "healthCheck", "verifyCA"}, balancesWithNginx, nil, "nginx asks API servers nothing: it only connects"},
	{field{"loadBalancer", "healthCheck", "timeout"}, balancesWithNginx, nil, "nginx asks API servers nothing: it only connects, for timeouts.connect"},
	{field{"loadBalancer", "healthCheck", "rise"}, balancesWithNginx, nil, "nginx takes a server back after interval × fall"},
	{
		field{"loadBalancer", "stats", "metrics"},
		func(c *topology.Cluster) bool { return balancesWithNginx(c) && c.Spec.LoadBalancer.Stats.Enabled }, nil,
		"nginx has no metrics for Prometheus; an exporter can read its status page",
	},
}

func balancesWithNginx(c *topology.Cluster) bool {
	return rendersBalancer(c) && c.Spec.LoadBalancer.Proxy == "nginx"
}

func accessLogRotated(c *topology.Cluster, f *found) {
	lb := c.Spec.LoadBalancer
	if !balancesWithNginx(c) || lb.Runtime != topology.RuntimeSystemd || !lb.AccessLog.Enabled || lb.AccessLog.Path == "" {
		return
	}
	if p := path.Clean(lb.AccessLog.Path); path.Dir(p) != "/var/log/nginx" || !strings.HasSuffix(p, ".log") {
		f.add(c, field{"loadBalancer", "accessLog", "path"}, "%s is not matched by /var/log/nginx/*.log", p)
	}
}

func nginxVersion(c *topology.Cluster, f *found) {
	if c.Spec.LoadBalancer.Proxy == "nginx" {
		balancerTooOld(c, f, upstream.Version{Major: 1, Minor: 15, Patch: 6}, func(os upstream.OS) string { return os.Nginx })
	}
}

func nginxMaintained(c *topology.Cluster, f *found) {
	imageMaintained(c, f, "nginx", upstream.NginxMaintained())
}

func failTimeoutLong(c *topology.Cluster, f *found) {
	check := c.Spec.LoadBalancer.HealthCheck
	if out := c.CheckWindow(); balancesWithNginx(c) && out > 30*time.Second {
		f.add(c, field{"loadBalancer", "healthCheck"}, "an API server that failed gets nothing for %s: %d × %s", short(out), check.Fall, short(check.Interval.Std()))
	}
}

const (
	connectionBytes = 430         // of nginx 1.22, measured
	workerBytes     = 200_000_000 // that nobody minds
)

func workersFit(c *topology.Cluster, f *found) {
	most := c.Spec.LoadBalancer.MaxConnections
	if size := 2 * most * connectionBytes; balancesWithNginx(c) && size > workerBytes {
		f.add(c, field{"loadBalancer", "maxConnections"}, "each worker takes %d MB for %d connections", size/1_000_000, most)
	}
}
