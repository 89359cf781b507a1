package topology

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/schema"
)

// optionalFlows are for people's services and for who watches programs. What listens on a loopback, as most do unless the
// definition says otherwise, is nobody's.
func (c *Cluster) optionalFlows(g groups) []Flow {
	var flows []Flow
	add := func(from Group, what, why string, port int, to ...Group) {
		flows = append(flows, Flow{
			From: []Group{from}, To: to, Protocol: ProtocolTCP, Port: port, What: what, Why: why, Optional: true,
		})
	}
	add(g.nodes, "kubelet", "metrics-server, and what else asks kubelets from a pod: on any node", KubeletPort, g.nodes)
	if lb := c.Spec.LoadBalancer; len(c.LoadBalancers) > 0 && lb.Stats.Enabled && !lb.Stats.Address.IsLoopback() {
		add(g.monitoring, lb.Proxy+"'s statistics", "how the balancer is", lb.Stats.Port, c.listening(g.balancers, lb.Stats.Address))
	}
	k := c.Spec.Kubernetes
	for _, p := range []struct {
		what string
		args map[string]schema.Args
		port int
	}{
		{"kube-controller-manager", k.ControllerManager.ExtraArgs, 10257}, {"kube-scheduler", k.Scheduler.ExtraArgs, 10259},
	} {
		if address, err := netip.ParseAddr(last(p.args, "bind-address")); err != nil || address.IsLoopback() {
			continue // kubeadm's and khagen's own is the loopback
		}
		port, err := strconv.Atoi(last(p.args, "secure-port"))
		if err != nil {
			port = p.port
		}
		add(g.monitoring, p.what, "metrics", port, g.controlPlanes)
	}
	if c.RunsKubeProxy() {
		if port := openPort(k.KubeProxy.Config["metricsBindAddress"], ""); port != 0 {
			add(g.monitoring, "kube-proxy", "metrics", port, g.nodes)
		}
		if port := openPort(k.KubeProxy.Config["healthzBindAddress"], "0.0.0.0:10256"); port != 0 {
			add(Group{Name: "load balancers of services", Outside: true}, "kube-proxy", "its health, for services of the type LoadBalancer", port, g.nodes)
		}
	}
	for _, port := range openURLs(last(c.Spec.Etcd.ExtraArgs, "listen-metrics-urls")) {
		add(g.monitoring, "etcd", "metrics and health", port, g.etcd)
	}
	first, end := c.nodePorts()
	flows = append(flows, Flow{
		From: []Group{{Name: "clients of services", Outside: true}}, To: []Group{g.nodes}, Protocol: ProtocolTCP, Port: first, LastPort: end, What: "NodePort",
		Why: "services that are open to the outside, by UDP too where they use it", Optional: true,
	})
	return flows
}

// listening are those of the group that have the address; all where it stands for all, or is nobody's own.
func (c *Cluster) listening(g Group, address netip.Addr) Group {
	for _, h := range g.Hosts {
		if slices.Contains(h.Addresses(), address) {
			return Group{Name: h.Name, Hosts: []*Host{h}, Addresses: []string{address.String()}}
		}
	}
	return g
}

// last is the value of a flag that counts; empty where it isn't given.
func last(args map[string]schema.Args, flag string) string {
	if values := args[flag]; len(values) > 0 {
		return values[len(values)-1]
	}
	return ""
}

// openPort is the port of a setting like 0.0.0.0:10256; 0 where it is a loopback's, or none.
func openPort(value any, unset string) int {
	text := unset
	if value != nil {
		text = fmt.Sprint(value)
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return 0
	}
	if a, err := netip.ParseAddr(host); err == nil && a.IsLoopback() || host == "localhost" {
		return 0
	}
	number, _ := strconv.Atoi(port) // not a number: kube-proxy doesn't start
	return number
}

// openURLs are the ports of URLs, each once, without those of a loopback.
func openURLs(list string) []int {
	var ports []int
	for text := range strings.SplitSeq(list, ",") {
		u, err := url.Parse(text)
		if err != nil {
			continue
		}
		if port := openPort(u.Host, ""); port != 0 && !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
	}
	return ports
}

// nodePorts is the range of services of the type NodePort: "30000-32767", or "30000+2767".
func (c *Cluster) nodePorts() (first, end int) {
	text := last(c.Spec.Kubernetes.APIServer.ExtraArgs, "service-node-port-range")
	i := strings.IndexAny(text, "-+")
	if i < 0 {
		return 30000, 32767
	}
	first, err := strconv.Atoi(text[:i])
	end, errEnd := strconv.Atoi(text[i+1:])
	if text[i] == '+' {
		end += first
	}
	if err != nil || errEnd != nil {
		return 30000, 32767
	}
	return first, end
}
