package rules

import (
	"net/netip"
	"slices"
	"time"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

var kubeVIPRules = []Rule{
	{
		ID: "KH165", Severity: Error,
		Title:   "a VIP that kube-vip carries has its settings",
		Reason:  "kube-vip's settings are named differently from version to version, and by BGP no router can be guessed.",
		Hint:    `write kubeVIP: version: "1.2.3"; by BGP also bgp: {as: …, peers: […]}`,
		Source:  "https://kube-vip.io/docs/installation/flags/",
		cluster: kubeVIPConfigured,
	},
	{
		ID: "KH166", Severity: Error,
		Title:   "kube-vip is 0.9.0 or newer",
		Reason:  "Before, kube-vip doesn't know the settings that are rendered (vip_subnet), and can leave the VIP on a host that has lost the lease: two hosts answer for it.",
		Hint:    "use a maintained version, such as 1.2.3",
		Source:  "https://github.com/kube-vip/kube-vip/issues/996; pkg/kubevip/config_envvar.go",
		cluster: kubeVIPVersion,
	},
	{
		ID: "KH167", Severity: Error,
		Title:   "kube-vip's leader has time to renew its lease",
		Reason:  "The election refuses to start unless the lease is longer than the time to renew it, and that longer than 1.2 times between two tries: no host gets the VIP.",
		Hint:    `leave lease out, or write such as {duration: "15s", renewDeadline: "10s", retryPeriod: "2s"}`,
		Source:  "k8s.io/client-go/tools/leaderelection/leaderelection.go, NewLeaderElector",
		cluster: leaseTimes,
	},
	{
		ID: "KH168", Severity: Error,
		Title:   "the host that kube-vip gives the VIP to answers there",
		Reason:  "kube-vip carries the VIP on control planes, and forwards nothing: where no balancer runs on a control plane, connections to the VIP are refused.",
		Hint:    `use loadBalancer.placement: "control-plane", or "none" with the API server's port as endpoint.port; or provider: "keepalived"`,
		Source:  "https://kube-vip.io/docs/about/architecture/",
		cluster: carriersBalance,
	},
	{
		ID: "KH169", Severity: Warning,
		Title:   "who carries the VIP watches the balancer behind it",
		Reason:  "By ARP, kube-vip's lease says that a host reaches its API server, and nothing of the balancer there: where that one fails alone, the VIP stays with it, and the cluster is unreachable until someone helps.",
		Hint:    `use placement: "none", which leads straight to API servers; mode: "bgp", whose check asks through the balancer; or provider: "keepalived"`,
		Source:  "https://kube-vip.io/docs/modes/arp/",
		cluster: balancerWatched,
	},
	{
		ID: "KH170", Severity: Warning,
		Title:   "an API server that fails is no longer announced by BGP",
		Reason:  "By BGP every control plane announces the VIP for as long as kube-vip runs: routers go on sending it a share of the connections, and they fail.",
		Hint:    "use 1.2.0 or newer, whose health check khagen sets",
		Source:  "https://kube-vip.io/docs/usage/bgp-health-check/",
		cluster: bgpChecks,
	},
	{
		ID: "KH171", Severity: Error,
		Title:   "each address of the VIP has routers of its family, and each router an address, once",
		Reason:  "A session announces the family that it is made over: the other would take a next hop that kube-vip can't know. With a router named twice kube-vip doesn't start.",
		Hint:    "name routers by addresses of the VIP's family",
		Source:  "https://www.rfc-editor.org/rfc/rfc2545#section-2; kube-vip: pkg/bgp/peers.go",
		cluster: peerFamilies,
	},
	{
		ID: "KH172", Severity: Error,
		Title:   "hosts answer ARP for their own addresses alone where kube-vip moves one",
		Reason:  "With IPVS every host has every service's address, and without strictARP it answers for addresses of other interfaces too: neighbours send the VIP's packets to the wrong host.",
		Hint:    "leave strictARP out: khagen sets it",
		Source:  "https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/#kubeproxy-config-k8s-io-v1alpha1-KubeProxyIPVSConfiguration",
		cluster: strictARP,
	},
	{
		ID: "KH173", Severity: Error,
		Title:   "control planes that kube-vip runs on have a kubelet",
		Reason:  "It is a static pod. Without kubeadm, control planes that are no workers have no kubelet to start it.",
		Hint:    `give the control planes the role worker too, with a taint; or use provider: "keepalived", which runs as a service`,
		Source:  "https://kube-vip.io/docs/installation/static/",
		cluster: kubeVIPRuns,
	},
	{
		ID: "KH174", Severity: Error,
		Title:   "what kube-vip says by BGP is this host's, and of the VIP alone",
		Reason:  "Speakers with one router id are taken for one and the same, and a prefix shorter than the address makes the host take a whole network for its own.",
		Hint:    "leave vip.prefix and hosts.NAME.bgp.routerID out: khagen derives them",
		Source:  "https://www.rfc-editor.org/rfc/rfc6286#section-2; kube-vip: pkg/vip/address.go",
		cluster: bgpSpeakers,
	},
	{
		ID: "KH177", Severity: Error,
		Title:   "kubelets give the static pod of kube-vip by ARP the names that it brings",
		Reason:  "Kubelets of 1.29.0 to 1.29.6 leave the hostAliases of static pods out: kube-vip looks for its own API server as \"kubernetes\", finds nobody, and no host gets the VIP.",
		Hint:    `use Kubernetes 1.29.7 or newer, or provider: "keepalived"`,
		Source:  "https://github.com/kube-vip/kube-vip/issues/692, https://github.com/kube-vip/kube-vip/issues/938",
		cluster: kubeVIPFindsAPI,
	},
}

func kubeVIPConfigured(c *topology.Cluster, f *found) {
	vip := c.Spec.VIP
	switch {
	case vip == nil || vip.Provider != topology.ProviderKubeVIP:
	case vip.KubeVIP == nil:
		f.add(c, field{"vip", "kubeVIP"}, "the provider is kube-vip, and the block kubeVIP is missing")
	case vip.KubeVIP.Mode == topology.KubeVIPByBGP && vip.KubeVIP.BGP == nil:
		f.add(c, field{"vip", "kubeVIP", "bgp"}, "kube-vip speaks BGP, and the block bgp is missing").
			mend("write bgp: {as: 65001, peers: [{address: …, as: …}]} with the routers' addresses and numbers")
	}
}

func kubeVIPVersion(c *topology.Cluster, f *found) {
	if len(c.KubeVIPs) == 0 {
		return
	}
	written := c.Spec.VIP.KubeVIP.Version
	if v, err := upstream.ParseVersion(written); err != nil || v.Compare(upstream.OldestKubeVIP) < 0 {
		f.add(c, field{"vip", "kubeVIP", "version"}, "kube-vip %s is older than %s", written, upstream.OldestKubeVIP)
	}
}

func leaseTimes(c *topology.Cluster, f *found) {
	if !c.AnswersARP() {
		return
	}
	lease := c.Spec.VIP.KubeVIP.Lease
	duration, renew, retry := lease.Duration.Std(), lease.RenewDeadline.Std(), lease.RetryPeriod.Std()
	at := field{"vip", "kubeVIP", "lease"}
	if duration <= renew {
		f.add(c, append(slices.Clone(at), "duration"), "the lease lasts %s, and its leader tries to renew it for %s", short(duration), short(renew)).
			mend("write more than %s", short(renew))
	}
	if renew <= retry*12/10 {
		f.add(c, append(slices.Clone(at), "renewDeadline"), "the leader tries to renew the lease for %s, every %s", short(renew), short(retry)).
			mend("write at least %s", short((retry*12/10).Truncate(time.Second)+time.Second))
	}
}

func carriersBalance(c *topology.Cluster, f *found) {
	if c.Spec.LoadBalancer.Placement != topology.PlacementHosts {
		return
	}
	silent := slices.DeleteFunc(staying(c.KubeVIPs), (*topology.Host).IsLoadBalancer)
	if len(silent) > 0 {
		f.add(c, field{"vip", "provider"}, "kube-vip can give the VIP to %s, and no balancer runs there", names(silent))
	}
}

func balancerWatched(c *topology.Cluster, f *found) {
	if c.AnswersARP() && len(c.LoadBalancers) > 0 && c.Spec.LoadBalancer.Placement == topology.PlacementControlPlane {
		f.add(c, field{"vip", "provider"}, "kube-vip keeps %s on a host whose %s has failed", c.Spec.VIP.Address, c.Spec.LoadBalancer.Proxy)
	}
}

func bgpChecks(c *topology.Cluster, f *found) {
	if c.SpeaksBGP() && !c.KubeVIPChecks() {
		f.add(c, field{"vip", "kubeVIP", "version"}, "kube-vip %s announces %s whether or not the API server answers", c.Spec.VIP.KubeVIP.Version, c.Spec.VIP.Address)
	}
}

func peerFamilies(c *topology.Cluster, f *found) {
	if !c.SpeaksBGP() {
		return
	}
	peers, named := map[topology.Family]bool{}, map[netip.Addr]bool{}
	for i, p := range c.Spec.VIP.KubeVIP.BGP.Peers {
		at := field{"vip", "kubeVIP", "bgp", "peers", element(i), "address"}
		if named[p.Address] {
			f.add(c, at, "the router %s is named twice", p.Address).mend("delete one")
		}
		family := topology.FamilyOf(p.Address)
		named[p.Address], peers[family] = true, true
		if !hasVIP(c, family) {
			f.add(c, at, "the router %s is told nothing: the VIP has no %s address", p.Address, family)
		}
	}
	for _, v := range c.VIPs {
		if family := topology.FamilyOf(v.Address); !peers[family] {
			f.add(c, field{"vip", v.Field}, "nobody is told of %s: no router has an %s address", v.Address, family)
		}
	}
}

func strictARP(c *topology.Cluster, f *found) {
	if !c.AnswersARP() || c.Spec.Kubernetes.KubeProxy.Mode != "ipvs" {
		return
	}
	ipvs, _ := c.Spec.Kubernetes.KubeProxy.Config["ipvs"].(map[string]any)
	if strict, written := ipvs["strictARP"]; written && strict != true {
		f.add(c, field{"kubernetes", "kubeProxy", "config", "ipvs", "strictARP"}, "strictARP is %v, and kube-vip moves %s by ARP", strict, c.Spec.VIP.Address)
	}
}

func kubeVIPRuns(c *topology.Cluster, f *found) {
	idle := slices.DeleteFunc(staying(c.KubeVIPs), (*topology.Host).IsNode)
	if len(idle) > 0 {
		f.add(c, field{"vip", "provider"}, "no kubelet runs on %s, and kube-vip is a static pod", names(idle))
	}
}

func bgpSpeakers(c *topology.Cluster, f *found) {
	if !c.SpeaksBGP() {
		return
	}
	for _, v := range c.VIPs {
		if v.Bits() != v.Address.BitLen() {
			f.add(c, field{"vip", v.PrefixField}, "by BGP the VIP stands on the loopback interface, and %s/%d would be a network there", v.Address, v.Bits()).
				mend("leave it out: by BGP it is %d", v.Address.BitLen())
		}
	}
	owner := map[netip.Addr]*topology.Host{}
	for _, h := range staying(c.KubeVIPs) {
		id, at := h.BGPRouterID(), field{"hosts", h.Name, "bgp", "routerID"}
		switch other := owner[id]; {
		case !id.IsValid():
			f.add(c, at, "%s has no IPv4 address, and no router id", h.Name).mend("write one: a number in IPv4's form that no other speaker has")
		case other != nil:
			f.add(c, at, "%s and %s have the same router id %s", other.Name, h.Name, id)
		default:
			owner[id] = h
		}
	}
}

func kubeVIPFindsAPI(c *topology.Cluster, f *found) {
	if c.AnswersARP() && upstream.LosesHostAliases(c.Version) {
		f.add(c, field{"kubernetes", "version"}, "kubelets of %s leave out the hostAliases of static pods, and kube-vip's needs them", c.Version)
	}
}
