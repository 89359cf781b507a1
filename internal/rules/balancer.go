package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/khagen/khagen/internal/topology"
)

var balancerRules = []Rule{
	{
		ID: "KH082", Severity: Error,
		Title:   "health checks are allowed to ask what they ask",
		Reason:  "Those of haproxy, keepalived and kube-vip have no credentials. Where the API server answers 401 or 403 to them, every API server or balancer counts as down, and the endpoint is dead.",
		Hint:    `use path: "/readyz" and anonymousAuth: "health"`,
		Source:  "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests",
		cluster: healthCheckAllowed,
	},
	{
		ID: "KH083", Severity: Warning,
		Title:   "the balancer asks whether an API server is ready",
		Reason:  "/livez and /healthz stay good while an API server shuts down, /livez also while it starts: clients are sent to one that refuses them.",
		Hint:    `use path: "/readyz"`,
		Source:  "https://kubernetes.io/docs/reference/using-api/health-checks/",
		cluster: healthCheckReady,
	},
	{
		ID: "KH084", Severity: Error,
		Title:   "connections may be idle for a minute",
		Reason:  "Watches are silent when nothing changes, and so are exec and port-forward: each is cut, reconnects, and is cut again.",
		Hint:    "use 1h, at least 10m",
		Source:  "https://docs.haproxy.org/3.2/configuration.html#4.2-timeout%20client",
		cluster: idleFloor,
	},
	{
		ID: "KH085", Severity: Warning,
		Title:   "connections may be idle for ten minutes",
		Reason:  "An exec or port-forward in which nobody types is cut, and so is a watch of a client that sends no pings; kubelets themselves let them idle for 4h.",
		Hint:    "use 1h, at least 10m",
		Source:  "https://docs.haproxy.org/3.2/configuration.html#4.2-timeout%20client",
		cluster: idleShort,
	},
	{
		ID: "KH090", Severity: Warning,
		Title:   "an API server that fails is out of rotation within 30 seconds",
		Reason:  "Until then every connection that the balancer gives it fails or hangs.",
		Hint:    "lower healthCheck.interval, fall or timeout, or leave them out",
		Source:  "https://docs.haproxy.org/3.2/configuration.html#5.2-fall",
		cluster: healthCheckSlow,
	},
	{
		ID: "KH091", Severity: Warning,
		Title:   "the balancer takes the connections of all nodes",
		Reason:  "A node has about four: kubelet, kube-proxy, the CNI, and a spare while one is replaced. Where the balancer has no room for them, nodes wait and become not ready, all at once after a failover.",
		Hint:    "raise loadBalancer.maxConnections",
		Source:  "https://docs.haproxy.org/3.2/configuration.html#3.2-maxconn",
		cluster: enoughConnections,
	},
	{
		ID: "KH092", Severity: Warning,
		Title:   "a balancer that verifies API servers has the CA",
		Reason:  "haproxy doesn't start without the file, and kubeadm puts it on nodes alone.",
		Hint:    "bring the cluster's CA, which khagen pki makes before kubeadm init, to these hosts, and accept this; or leave verifyCA out",
		Source:  "https://docs.haproxy.org/3.2/configuration.html#5.1-ca-file",
		cluster: balancerHasCA,
	},
	{
		ID: "KH093", Severity: Warning,
		Title:   "the balancer tries the next API server before keepalived's check gives up",
		Reason:  "While a host is gone, the balancer waits for it, and so does the check that goes through the balancer: keepalived takes healthy balancers for dead, and the VIP moves for nothing.",
		Hint:    "lower timeouts.connect, or raise vip.keepalived.check.timeout",
		Source:  "https://docs.haproxy.org/3.2/configuration.html#4.2-timeout%20connect",
		cluster: connectBeforeCheck,
	},
}

// Paths that anonymous requests may reach, by kubernetes.apiServer.anonymousAuth: what khagen's authentication
// configuration lists, and what the ClusterRole system:public-info-viewer grants.
var anonymousPaths = map[string][]string{
	"health": {"/healthz", "/livez", "/readyz"},
	"all":    {"/healthz", "/livez", "/readyz", "/version", "/version/"},
}

var anonymousField = field{"kubernetes", "apiServer", "anonymousAuth"}

// whoAsks is the program that asks the API for its health, and what; empty where none does. nginx only tests whether
// connections are accepted, and so does keepalived's check without preemption.
func whoAsks(c *topology.Cluster) (program, path string) {
	path, _, _ = strings.Cut(c.Spec.LoadBalancer.HealthCheck.Path, "?")
	switch {
	case c.BalancesByHAProxy():
		return "haproxy", path
	case c.KubeVIPChecks():
		return "kube-vip's check", "/readyz"
	case len(c.VRRPPeers) == 0 || !preempts(c):
		return "", ""
	case len(c.LoadBalancers) == 0:
		path = "/readyz"
	}
	return "keepalived's check", path
}

func healthCheckAllowed(c *topology.Cluster, f *found) {
	program, asked := whoAsks(c)
	if program == "" {
		return
	}
	setting := c.Spec.Kubernetes.APIServer.AnonymousAuth
	if setting == "none" {
		f.add(c, anonymousField, "anonymousAuth is \"none\", and %s asks %s without credentials", program, asked).
			mend(`write anonymousAuth: "health", which opens %s alone`, list(anonymousPaths["health"]))
		return
	}
	if allowed := anonymousPaths[setting]; !slices.Contains(allowed, asked) {
		f.add(c, field{"loadBalancer", "healthCheck", "path"}, "%s asks %s, and with anonymousAuth %q only %s answer without credentials", program, asked, setting, list(allowed))
	}
}

// keepalivedAsks says whether keepalived's check asks for the health check's path; without preemption it only connects.
func keepalivedAsks(c *topology.Cluster) bool {
	return len(c.VRRPPeers) > 0 && preempts(c) && len(c.LoadBalancers) > 0
}

func healthCheckReady(c *topology.Cluster, f *found) {
	if !c.BalancesByHAProxy() {
		return
	}
	if asked, _, _ := strings.Cut(c.Spec.LoadBalancer.HealthCheck.Path, "?"); asked != "/readyz" {
		f.add(c, field{"loadBalancer", "healthCheck", "path"}, "haproxy asks %s", asked)
	}
}

var idleField = field{"loadBalancer", "timeouts", "idle"}

func idleFloor(c *topology.Cluster, f *found) {
	if idle := c.Spec.LoadBalancer.Timeouts.Idle.Std(); rendersBalancer(c) && idle < time.Minute {
		f.add(c, idleField, "a connection may be idle for %s", short(idle))
	}
}

func idleShort(c *topology.Cluster, f *found) {
	if idle := c.Spec.LoadBalancer.Timeouts.Idle.Std(); rendersBalancer(c) && idle >= time.Minute && idle < 10*time.Minute {
		f.add(c, idleField, "a connection may be idle for %s", short(idle))
	}
}

func healthCheckSlow(c *topology.Cluster, f *found) {
	check := c.Spec.LoadBalancer.HealthCheck
	detect := c.CheckWindow() + check.Timeout.Std()
	if rendersBalancer(c) && c.Spec.LoadBalancer.Proxy == "haproxy" && detect > 30*time.Second {
		f.add(c, field{"loadBalancer", "healthCheck"}, "an API server that hangs stays in rotation for %s: %d × %s, timeout %s",
			short(detect), check.Fall, short(check.Interval.Std()), short(check.Timeout.Std()))
	}
}

// connectionsPerNode are those of kubelet, kube-proxy and CNI, and one that is being replaced.
const connectionsPerNode = 4

func enoughConnections(c *topology.Cluster, f *found) {
	if !rendersBalancer(c) || c.NodeLocal() {
		return
	}
	nodes := 0
	for _, h := range c.Hosts {
		if h.IsNode() {
			nodes++
		}
	}
	if most := c.Spec.LoadBalancer.MaxConnections; most < nodes*connectionsPerNode {
		f.add(c, field{"loadBalancer", "maxConnections"}, "the balancer takes %d connections, and %d nodes open about %d", most, nodes, nodes*connectionsPerNode).
			mend("write at least %d", nodes*connectionsPerNode)
	}
}

func balancerHasCA(c *topology.Cluster, f *found) {
	if !c.Spec.LoadBalancer.HealthCheck.VerifyCA || c.Spec.LoadBalancer.Proxy != "haproxy" || c.NeedsPKI() {
		return // khagen pki, which such clusters can't do without, brings it to balancers too
	}
	without := slices.DeleteFunc(slices.Clone(c.LoadBalancers), (*topology.Host).IsNode)
	if len(without) == 0 {
		return
	}
	how := fmt.Sprintf("bring %s of %s to %s", c.PKIFile("ca.crt"), firstName(c.ControlPlanes), names(without))
	if c.Bootstrap != nil { // kubeadm init waits for an endpoint that these balancers answer at
		how = fmt.Sprintf("before kubeadm init, run khagen pki init %[1]s and bring pki/%[1]s/hosts/HOST/rootfs to %[2]s and %[3]s", c.Spec.Name, names(without), names(c.ControlPlanes))
	}
	f.add(c, field{"loadBalancer", "healthCheck", "verifyCA"}, "%s: no nodes, and kubeadm brings the CA to nodes alone", names(without)).
		mend("%s, and accept this; or leave verifyCA out", how)
}

func connectBeforeCheck(c *topology.Cluster, f *found) {
	if !preempts(c) || len(c.VRRPPeers) == 0 || len(c.LoadBalancers) == 0 || len(c.ControlPlanes) < 2 {
		return // without preemption the check only asks whether the balancer listens
	}
	connect, check := c.Spec.LoadBalancer.Timeouts.Connect.Std(), c.Spec.VIP.Keepalived.Check.Timeout.Std()
	if connect >= check {
		f.add(c, field{"loadBalancer", "timeouts", "connect"}, "the balancer waits %s for an API server, keepalived's check %s for the balancer", short(connect), short(check)).
			mend("write less than %s, such as %s", short(check), short(check*3/4))
	}
}

func firstName(hosts []*topology.Host) string {
	if len(hosts) == 0 {
		return "a control plane"
	}
	return hosts[0].Name
}

// rendersBalancer says whether khagen renders a balancer at all.
func rendersBalancer(c *topology.Cluster) bool {
	p := c.Spec.LoadBalancer.Placement
	return p != topology.PlacementExternal && p != topology.PlacementNone
}
