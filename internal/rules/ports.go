package rules

import (
	"slices"

	"github.com/khagen/khagen/internal/topology"
)

var portRules = []Rule{
	{
		ID: "KH080", Severity: Error,
		Title:   "a balancer on the control planes has another port than the API server, or other addresses",
		Reason:  "What listens on all addresses of a host takes the port on each of them: whichever starts second fails, also where one of the two listens on a single address.",
		Hint:    `give the balancer another port, such as 8443; or write both loadBalancer.bind: "vip" and kubernetes.apiServer.bind: "address"`,
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
}

func balancerPort(c *topology.Cluster, f *found) {
	i := slices.IndexFunc(c.LoadBalancers, (*topology.Host).SharesAPIPort)
	if i < 0 {
		return
	}
	h, api := c.LoadBalancers[i], c.Spec.Kubernetes.APIServer // the ports are the same on all hosts
	at := field{"loadBalancer", "port"}
	if c.Spec.LoadBalancer.Port == 0 {
		at = field{"endpoint", "port"}
	}
	vip, address := c.Spec.LoadBalancer.Bind == "vip", api.Bind == "address"
	switch {
	case !vip && !address:
		f.add(c, at, "the balancer on %s and the API server beside it both listen on %d", h.Name, api.Port)
	case !vip:
		f.add(c, at, "on %s the API server listens on %s port %d, and the balancer on all addresses, that one too", h.Name, h.Address(), api.Port).
			mend(`write loadBalancer: bind: "vip", or give the balancer another port, such as 8443`)
	case !address:
		f.add(c, at, "on %s the balancer listens on the VIP, port %d, and the API server on all addresses, that one too", h.Name, api.Port).
			mend(`write kubernetes: apiServer: bind: "address", or give the balancer another port, such as 8443`)
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
		if c.RunsKubeProxy() {
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
	if h.IsKubeVIP() {
		all = append(all, listener{"kube-vip's metrics", topology.KubeVIPMetricsPort, nil})
	}
	if !h.IsLoadBalancer() {
		return all
	}
	lb := c.Spec.LoadBalancer
	if lb.Runtime == topology.RuntimeStaticPod {
		all = append(all, listener{lb.Proxy + "'s health check", topology.BalancerHealthPort, nil})
	}
	at := field{"loadBalancer", "port"}
	if lb.Port == 0 {
		at = field{"endpoint", "port"}
	}
	all = append(all, listener{"the balancer", c.LoadBalancerPort, at})
	if lb.Stats.Enabled {
		all = append(all, listener{"the balancer's statistics", lb.Stats.Port, field{"loadBalancer", "stats", "port"}})
	}
	for _, l := range extraListens(c) {
		if l.everywhere && l.port != c.ProxyPort() && !c.PublishesPorts() {
			all = append(all, listener{"a line of the balancer's", l.port, l.at})
		}
	}
	return all
}

func portsApart(c *topology.Cluster, f *found) {
	if lb := c.Spec.LoadBalancer; showsStats(c) && lb.ContainerPort == lb.Stats.Port {
		f.add(c, field{"loadBalancer", "containerPort"}, "the balancer and its statistics both listen on %d in the container", lb.ContainerPort)
	}
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
