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
		ID: "KH080", Severity: Error,
		Title:   "a balancer on the control planes has another port than the API server",
		Reason:  "Both listen on all addresses of the host: whichever starts second fails.",
		Hint:    "give the balancer another port, such as 8443",
		Source:  "https://github.com/kubernetes/kubeadm/blob/main/docs/ha-considerations.md",
		cluster: balancerPort,
	},
	{
		ID: "KH081", Severity: Error,
		Title:   "no two programs of a host listen on one port",
		Reason:  "Whichever starts second fails.",
		Hint:    "choose a free port",
		Source:  "https://kubernetes.io/docs/reference/networking/ports-and-protocols/",
		cluster: portsApart,
	},
	{
		ID: "KH082", Severity: Error,
		Title:   "the balancer's health check is allowed to ask what it asks",
		Reason:  "The check has no credentials. Where the API server answers 401 or 403 to it, every API server counts as down, and the endpoint is dead.",
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
		ID: "KH086", Severity: Error,
		Title:   "who reaches the statistics from elsewhere needs a password",
		Reason:  "The page names every API server and its state to whoever finds the port.",
		Hint:    `write user and passwordSecret, or leave address out: it is 127.0.0.1 then`,
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
		Hint:    `use "127.0.0.1", or "0.0.0.0" with a password`,
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
	{
		ID: "KH090", Severity: Warning,
		Title:   "an API server that fails is out of rotation within 30 seconds",
		Reason:  "Until then every connection that the balancer gives it fails or hangs.",
		Hint:    "lower healthCheck.interval, fall or timeout; the defaults take 11s",
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
		Hint:    "bring /etc/kubernetes/pki/ca.crt of a control plane to these hosts, and accept this; or leave verifyCA out",
		Source:  "https://docs.haproxy.org/3.2/configuration.html#5.1-ca-file",
		cluster: balancerHasCA,
	},
}

func balancerPort(c *topology.Cluster, f *found) {
	api := c.Spec.Kubernetes.APIServer
	for _, h := range c.LoadBalancers {
		if h.Is(topology.RoleControlPlane) && c.LoadBalancerPort == api.Port && api.Bind == "all" {
			at := field{"loadBalancer", "port"}
			if c.Spec.LoadBalancer.Port == 0 {
				at = field{"endpoint", "port"}
			}
			f.add(c, at, "the balancer on %s and the API server beside it both listen on %d", h.Name, api.Port)
			return // the ports are the same on all hosts
		}
	}
}

// listener is a program that listens on a TCP port of a host.
type listener struct {
	program string
	port    int
	at      field // of the field that chose the port; nil where nothing does
}

// listeners of a host, in the order in which a clash is reported: what the user can change last.
func listeners(h *topology.Host) []listener {
	c := h.Cluster
	var all []listener
	if h.IsNode() {
		all = append(all, listener{"the kubelet", 10250, nil}, listener{"the kubelet's health check", 10248, nil})
		if c.Spec.Kubernetes.KubeProxy.Mode != "none" {
			all = append(all, listener{"kube-proxy's health check", 10256, nil}, listener{"kube-proxy's metrics", 10249, nil})
		}
	}
	if h.Is(topology.RoleControlPlane) {
		all = append(all,
			listener{"kube-controller-manager", 10257, nil}, listener{"kube-scheduler", 10259, nil},
			listener{"the API server", c.Spec.Kubernetes.APIServer.Port, field{"kubernetes", "apiServer", "port"}})
	}
	if slices.Contains(c.EtcdMembers, h) {
		all = append(all, listener{"etcd", 2379, nil}, listener{"etcd's peers", 2380, nil}, listener{"etcd's metrics", 2381, nil})
	}
	if !h.IsLoadBalancer() {
		return all
	}
	lb := c.Spec.LoadBalancer
	if lb.Runtime == topology.RuntimeStaticPod {
		all = append(all, listener{"haproxy's health check", topology.HAProxyHealthPort, nil})
	}
	at := field{"loadBalancer", "port"}
	if lb.Port == 0 {
		at = field{"endpoint", "port"}
	}
	all = append(all, listener{"the balancer", c.LoadBalancerPort, at})
	if lb.Stats.Enabled {
		all = append(all, listener{"the balancer's statistics", lb.Stats.Port, field{"loadBalancer", "stats", "port"}})
	}
	return all
}

func portsApart(c *topology.Cluster, f *found) {
	said := map[string]bool{}
	for _, h := range c.Hosts {
		taken := map[int]listener{}
		for _, l := range listeners(h) {
			other, clash := taken[l.port]
			taken[l.port] = l
			pair := other.program + l.program
			if !clash || said[pair] || other.program == "the API server" && l.program == "the balancer" {
				continue // the last is a rule of its own
			}
			said[pair] = true // the same on every such host
			at := l.at
			if at == nil {
				at = other.at
			}
			f.add(c, at, "%s and %s both listen on %d, as on %s", other.program, l.program, l.port, h.Name)
		}
		for _, l := range listeners(h) {
			if l.port >= 30000 && l.port <= 32767 && h.IsNode() && !said[l.program] {
				said[l.program] = true
				f.add(c, l.at, "%s listens on %d, one of the ports 30000 to 32767 of services, as on %s", l.program, l.port, h.Name)
			}
		}
	}
}

// Paths that anonymous requests may reach, by kubernetes.apiServer.anonymousAuth: what khagen's authentication
// configuration lists, and what the ClusterRole system:public-info-viewer grants.
var anonymousPaths = map[string][]string{
	"health": {"/healthz", "/livez", "/readyz"},
	"all":    {"/healthz", "/livez", "/readyz", "/version", "/version/"},
}

func healthCheckAllowed(c *topology.Cluster, f *found) {
	if len(c.LoadBalancers) == 0 || c.Spec.LoadBalancer.Proxy != "haproxy" {
		return // nginx only tests whether connections are accepted
	}
	setting := c.Spec.Kubernetes.APIServer.AnonymousAuth
	if setting == "none" {
		f.add(c, field{"kubernetes", "apiServer", "anonymousAuth"}, "anonymousAuth is \"none\", and haproxy asks %s without credentials", c.Spec.LoadBalancer.HealthCheck.Path).
			mend(`write anonymousAuth: "health", which opens %s alone`, list(anonymousPaths["health"]))
		return
	}
	asked, _, _ := strings.Cut(c.Spec.LoadBalancer.HealthCheck.Path, "?")
	if allowed := anonymousPaths[setting]; !slices.Contains(allowed, asked) {
		f.add(c, field{"loadBalancer", "healthCheck", "path"}, "haproxy asks %s, and with anonymousAuth %q only %s answer without credentials", asked, setting, list(allowed))
	}
}

func healthCheckReady(c *topology.Cluster, f *found) {
	if len(c.LoadBalancers) == 0 || c.Spec.LoadBalancer.Proxy != "haproxy" {
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
		if h.Spec.Address != a {
			f.add(c, field{"loadBalancer", "stats", "address"}, "%s is no address of the balancer %s, whose own is %s", a, h.Name, h.Spec.Address)
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

func healthCheckSlow(c *topology.Cluster, f *found) {
	check := c.Spec.LoadBalancer.HealthCheck
	detect := time.Duration(check.Fall)*check.Interval.Std() + check.Timeout.Std()
	if rendersBalancer(c) && detect > 30*time.Second {
		f.add(c, field{"loadBalancer", "healthCheck"}, "an API server that hangs stays in rotation for %s: %d × %s, timeout %s",
			short(detect), check.Fall, short(check.Interval.Std()), short(check.Timeout.Std()))
	}
}

// connectionsPerNode are those of kubelet, kube-proxy and CNI, and one that is being replaced.
const connectionsPerNode = 4

func enoughConnections(c *topology.Cluster, f *found) {
	if !rendersBalancer(c) || c.Spec.LoadBalancer.Placement == topology.PlacementNodeLocal {
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
	if !c.Spec.LoadBalancer.HealthCheck.VerifyCA {
		return
	}
	for _, h := range c.LoadBalancers {
		if !h.IsNode() {
			f.add(c, field{"loadBalancer", "healthCheck", "verifyCA"}, "%s has the roles %s, and kubeadm brings no CA there", h.Name, list(h.Spec.Roles)).
				mend("%s", fmt.Sprintf("bring /etc/kubernetes/pki/ca.crt of %s there, and accept this; or leave verifyCA out", firstName(c.ControlPlanes)))
			return
		}
	}
}

func firstName(hosts []*topology.Host) string {
	if len(hosts) == 0 {
		return "a control plane"
	}
	return hosts[0].Name
}
