package rules

import (
	"net/netip"
	"time"

	"github.com/khagen/khagen/internal/topology"
)

var nodeLocalRules = []Rule{
	{
		ID: "KH142", Severity: Warning,
		Title:   "with balancers on workers, each host finds its own way to the endpoint",
		Reason:  "The name leads to the loopback on workers and to each control plane's own address there. DNS gives all the same answer: workers would connect past their balancers, or nowhere.",
		Hint:    "leave etcHosts.endpoint out; or accept this where something else writes the name into /etc/hosts of each host",
		Source:  "https://github.com/kubernetes-sigs/kubespray/blob/master/docs/operations/ha-mode.md",
		cluster: nodeLocalResolves,
	},
	{
		ID: "KH160", Severity: Error,
		Title:   "with balancers on workers, the endpoint has a name of its own",
		Reason:  "It leads to the loopback on workers and to its own address on each control plane. An address leads all hosts to the same place, and a host's name has to lead to that host.",
		Hint:    `write a DNS name that no host has, such as "api.example.net"`,
		Source:  "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/create-cluster-kubeadm/#considerations-about-apiserver-advertise-address-and-controlplaneendpoint",
		cluster: nodeLocalName,
	},
	{
		ID: "KH161", Severity: Error,
		Title:   "kubeadm join finds the worker's balancer running",
		Reason:  "It asks the endpoint, which is that balancer, before there is a kubelet that could start a static pod: no worker could ever join. Kubelets without kubeadm start static pods first.",
		Hint:    `use runtime: "systemd" or "container"`,
		Source:  "https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/#join-workflow",
		cluster: nodeLocalBeforeJoin,
	},
	{
		ID: "KH162", Severity: Warning,
		Title:   "some host balances for itself",
		Reason:  "The placement gives a balancer to each host that is only a worker. Without one, control planes use their own API servers, and nothing balances.",
		Hint:    `add hosts with roles: ["worker"] alone; or accept this until they come`,
		Source:  "https://github.com/kubernetes-sigs/kubespray/blob/master/docs/operations/ha-mode.md",
		cluster: nodeLocalSomewhere,
	},
	{
		ID: "KH163", Severity: Error,
		Title:   "a balancer that a worker joins through starts without the CA",
		Reason:  "haproxy doesn't start without the file, kubeadm brings it when the worker joins, and refuses to where it lies already.",
		Hint:    "leave verifyCA out: clients verify the API servers in any case",
		Source:  "https://docs.haproxy.org/3.2/configuration.html#5.1-ca-file",
		cluster: nodeLocalCA,
	},
	{
		ID: "KH164", Severity: Warning,
		Title:   "health checks of all workers together leave the API servers alone",
		Reason:  "Each worker's balancer tests each API server, with a TLS handshake and a request that asks etcd: that adds up with the number of workers.",
		Hint:    `raise healthCheck.interval and lower fall; or use proxy: "nginx", which only notices connections that fail`,
		Source:  "https://github.com/kubernetes-sigs/kubespray/blob/master/roles/kubernetes/node/templates/loadbalancer/haproxy.cfg.j2",
		cluster: nodeLocalChecks,
	},
}

func nodeLocalResolves(c *topology.Cluster, f *found) {
	var without []*topology.Host
	at := field{"machine", "etcHosts", "endpoint"}
	for _, h := range c.Hosts {
		if !c.NodeLocal() || h.WritesEndpoint() || len(h.EndpointAddresses()) == 0 {
			continue
		}
		if own := h.Spec.Machine.EtcHosts; len(without) == 0 && own != nil && own.Endpoint != nil {
			at = append(field{"hosts", h.Name}, at...)
		}
		without = append(without, h)
	}
	if len(without) > 0 {
		f.add(c, at, "the endpoint %s is not in /etc/hosts of %s", c.Spec.Endpoint.Host, names(without))
	}
}

func nodeLocalName(c *topology.Cluster, f *found) {
	if !c.NodeLocal() {
		return
	}
	at, endpoint := field{"endpoint", "host"}, c.Spec.Endpoint.Host
	if _, err := netip.ParseAddr(endpoint); err == nil || endpoint == "localhost" {
		f.add(c, at, "the endpoint is %s for all hosts alike", endpoint)
		return
	}
	if isHostName(c, endpoint) {
		f.add(c, at, "the endpoint %s is the name of a host", endpoint)
	}
}

func nodeLocalBeforeJoin(c *topology.Cluster, f *found) {
	if lb := c.Spec.LoadBalancer; c.NodeLocal() && !c.Binaries() && lb.Runtime == topology.RuntimeStaticPod {
		f.add(c, field{"loadBalancer", "runtime"}, "workers join through %s on the loopback, and their kubelets start it after they joined", lb.Proxy)
	}
}

func nodeLocalSomewhere(c *topology.Cluster, f *found) {
	if c.NodeLocal() && len(c.LoadBalancers) == 0 {
		f.add(c, field{"loadBalancer", "placement"}, `the placement is "node-local", and no host is only a worker`)
	}
}

func nodeLocalCA(c *topology.Cluster, f *found) {
	lb := c.Spec.LoadBalancer
	if c.NodeLocal() && !c.Binaries() && lb.Proxy == "haproxy" && lb.HealthCheck.VerifyCA {
		f.add(c, field{"loadBalancer", "healthCheck", "verifyCA"}, "workers join through haproxy, which needs the CA before")
	}
}

// checksPerSecond is what an API server answers on the side: its handshakes take about a millisecond of a processor each.
const checksPerSecond = 50

func nodeLocalChecks(c *topology.Cluster, f *found) {
	interval := c.Spec.LoadBalancer.HealthCheck.Interval.Std()
	workers := len(c.LoadBalancers)
	if !c.NodeLocal() || !c.BalancesByHAProxy() || time.Duration(workers)*time.Second <= checksPerSecond*interval {
		return
	}
	enough := time.Duration((workers+checksPerSecond-1)/checksPerSecond) * time.Second
	f.add(c, field{"loadBalancer", "healthCheck", "interval"}, "%d workers test each API server every %s: %.0f times a second",
		workers, short(interval), float64(workers)/interval.Seconds()).
		mend(`write interval: "%s"; an API server that fails is out of rotation after interval × fall`, short(enough))
}
