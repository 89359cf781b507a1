package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

var programRules = []Rule{
	{
		ID: "KH073", Severity: Error,
		Title:   "keepalived as a static pod or in a container has an image",
		Reason:  "No maintained public image of keepalived exists that khagen could choose.",
		Hint:    "build one that has keepalived, a shell and curl (the check script uses both), push it to your registry, and name it with its tag; or use runtime: \"systemd\"",
		Source:  "https://github.com/kubernetes/kubeadm/blob/main/docs/ha-considerations.md",
		cluster: keepalivedImage,
	},
	{
		ID: "KH074", Severity: Error,
		Title:   "a balancer as a static pod or in a container has an image",
		Reason:  "Which version runs is for you to say: it changes when you change it, not when khagen does.",
		Hint:    `name one with its version, such as image: "docker.io/library/haproxy:3.2.19-alpine" or "docker.io/library/nginx:1.30.1-alpine"`,
		Source:  "https://hub.docker.com/_/haproxy, https://hub.docker.com/_/nginx",
		cluster: balancerImage,
	},
	{
		ID: "KH075", Severity: Warning,
		Title:   "images are named by a version",
		Reason:  "A tag that moves makes hosts run different programs, and brings a new one at a time that nobody chose.",
		Hint:    "name a version, or a digest",
		Source:  "https://kubernetes.io/docs/concepts/containers/images/#image-names",
		cluster: imageVersions,
	},
	{
		ID: "KH076", Severity: Error,
		Title:   "static pods run where a kubelet runs",
		Reason:  "A host that is no node has no kubelet: nobody would start the pod.",
		Hint:    `use runtime: "systemd", or give the host the role worker`,
		Source:  "https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/",
		cluster: podsNeedKubelet,
	},
	{
		ID: "KH077", Severity: Error,
		Title:   "keepalived is new enough",
		Reason:  "Before 2.0 it lacks settings that khagen writes.",
		Hint:    "use 2.0 or newer",
		Source:  "keepalived.conf(5)",
		cluster: keepalivedVersion,
	},
	{
		ID: "KH078", Severity: Error,
		Title:   "haproxy is new enough",
		Reason:  "Before 2.4 it lacks settings that khagen writes, such as the health check that speaks TLS to each API server by name.",
		Hint:    `use 2.4 or newer: another os; runtime: "static-pod" with an image; or loadBalancer.version where a newer one is installed`,
		Source:  "https://docs.haproxy.org/2.4/configuration.html",
		cluster: haproxyVersion,
	},
	{
		ID: "KH079", Severity: Warning,
		Title:   "haproxy's image is of a branch that gets fixes",
		Reason:  "It faces whoever reaches the endpoint.",
		Hint:    "use an image of a maintained branch",
		Source:  "https://www.haproxy.org/",
		cluster: haproxyMaintained,
	},
}

var (
	keepalivedImageField = field{"vip", "keepalived", "image"}
	balancerImageField   = field{"loadBalancer", "image"}
)

func keepalivedImage(c *topology.Cluster, f *found) {
	if usesKeepalived(c) && c.Spec.VIP.Keepalived.Runtime != topology.RuntimeSystemd && c.Spec.VIP.Keepalived.Image == "" {
		f.add(c, keepalivedImageField, "keepalived runs as a %s, and no image is named", c.Spec.VIP.Keepalived.Runtime)
	}
}

func balancerImage(c *topology.Cluster, f *found) {
	if lb := c.Spec.LoadBalancer; rendersBalancer(c) && lb.Runtime != topology.RuntimeSystemd && lb.Image == "" {
		finding := f.add(c, balancerImageField, "%s runs as a %s, and no image is named", lb.Proxy, lb.Runtime)
		if lb.Proxy == "nginx" {
			finding.mend(`name one with its version, such as image: "docker.io/library/nginx:1.30.1-alpine"`)
		}
	}
}

func imageVersions(c *topology.Cluster, f *found) {
	check := func(at field, image string) {
		if image == "" || strings.Contains(image, "@sha256:") {
			return
		}
		if t := topology.ImageTag(image); !strings.ContainsAny(t, "0123456789") {
			if t == "" {
				t = "latest, since none is written"
			}
			f.add(c, at, "the tag of %s is %s", image, t)
		}
	}
	check(balancerImageField, c.InstalledBalancer().Image())
	check(keepalivedImageField, c.InstalledKeepalived().Image())
}

func podsNeedKubelet(c *topology.Cluster, f *found) {
	for _, h := range c.LoadBalancers {
		if c.Spec.LoadBalancer.Runtime == topology.RuntimeStaticPod && !h.IsNode() {
			f.add(c, field{"loadBalancer", "runtime"}, "%s has the roles %s, and no kubelet for the balancer's pod", h.Name, list(h.Spec.Roles))
		}
	}
	for _, h := range c.VRRPPeers {
		if usesKeepalived(c) && c.Spec.VIP.Keepalived.Runtime == topology.RuntimeStaticPod && !h.IsNode() {
			f.add(c, field{"vip", "keepalived", "runtime"}, "%s has the roles %s, and no kubelet for keepalived's pod", h.Name, list(h.Spec.Roles))
		}
	}
}

// program is what runs on some hosts, in the versions that version gives.
type program struct {
	at      field // of its version
	hosts   []*topology.Host
	least   upstream.Version
	version func(*topology.Host) (version upstream.Version, known bool)
}

func keepalivedVersion(c *topology.Cluster, f *found) {
	if !usesKeepalived(c) {
		return
	}
	tooOld(c, f, program{
		field{"vip", "keepalived", "version"},
		c.VRRPPeers,
		upstream.Version{Major: 2},
		(*topology.Host).KeepalivedVersion,
	})
}

func haproxyVersion(c *topology.Cluster, f *found) {
	if c.Spec.LoadBalancer.Proxy == "haproxy" {
		balancerTooOld(c, f, upstream.Version{Major: 2, Minor: 4}, func(os upstream.OS) string { return os.HAProxy })
	}
}

// balancerTooOld is tooOld for the balancer, whose version the distribution has where the definition names none.
func balancerTooOld(c *topology.Cluster, f *found, least upstream.Version, packaged func(upstream.OS) string) {
	balancer := c.InstalledBalancer()
	tooOld(c, f, program{
		field{"loadBalancer", "version"},
		c.LoadBalancers,
		least,
		func(h *topology.Host) (upstream.Version, bool) { return balancer.Version(packaged(h.OS)) },
	})
}

// tooOld reports hosts on which a program is older than the least version, once for each version.
func tooOld(c *topology.Cluster, f *found, p program) {
	old := map[string][]*topology.Host{}
	for _, h := range p.hosts {
		if v, known := p.version(h); known && v.Compare(p.least) < 0 {
			old[v.MajorMinor()] = append(old[v.MajorMinor()], h)
		}
	}
	for _, v := range slices.Sorted(maps.Keys(old)) {
		f.add(c, p.at, "%s on %s", v, names(old[v]))
	}
}

func haproxyMaintained(c *topology.Cluster, f *found) {
	imageMaintained(c, f, "haproxy", upstream.HAProxyMaintained())
}

// imageMaintained reports the balancer's image where it is of an older branch than the newest, and of none that gets fixes.
func imageMaintained(c *topology.Cluster, f *found, proxy string, maintained []string) {
	balancer := c.InstalledBalancer()
	if c.Spec.LoadBalancer.Proxy != proxy || balancer.Image() == "" || len(c.LoadBalancers) == 0 {
		return
	}
	v, ok := balancer.Version("")
	newest, err := upstream.ParseVersion(maintained[len(maintained)-1])
	if !ok || err != nil || v.Compare(newest) > 0 {
		return
	}
	for _, branch := range maintained {
		if branch == v.MajorMinor() {
			return
		}
	}
	f.add(c, balancerImageField, "%s %s gets no fixes", proxy, v.MajorMinor()).mend("use %s", list(maintained))
}
