package rules

import (
	"net/url"
	"slices"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

var proxyRules = []Rule{{
	ID: "KH200", Severity: Error,
	Title:   "a proxy is named, without a login",
	Reason:  "A block without a proxy changes nothing. A login would stand in Git, and in a unit's environment, which every user of the host may read.",
	Hint:    `write https: "http://proxy.example.net:3128"`,
	Source:  "https://pkg.go.dev/golang.org/x/net/http/httpproxy; systemd.exec(5), Environment=",
	cluster: proxiesWork,
}}

func proxiesWork(c *topology.Cluster, f *found) {
	eachProxy(c, func(at field, p *schema.HTTPProxy) {
		if namesNone(p) && (at[0] == "machine" || namesNone(c.Spec.Machine.HTTPProxy)) { // a host's is laid over the cluster's
			f.add(c, at, "neither http nor https names a proxy")
		}
		for _, n := range []struct{ name, value string }{{"http", p.HTTP}, {"https", p.HTTPS}} {
			if n.value == "" {
				continue
			}
			here := append(slices.Clone(at), n.name)
			u, err := url.Parse(n.value)
			switch {
			case err != nil || u.Host == "":
				f.add(c, here, "%q names no host", n.value)
			case u.User != nil && secretKind(n.value) == "": // with a password KH130 has it
				f.add(c, here, "the URL has a login").
					mend("%s", loginHint(c, at))
			}
		}
	})
}

// loginHint says where a login goes, on the hosts whose units pull through the proxy at a place.
func loginHint(c *topology.Cluster, at field) string {
	var dropIns []string
	for _, h := range c.Hosts {
		if at[0] == "hosts" && at[1] != h.Name {
			continue
		}
		for _, unit := range h.ProxyUnits() {
			if path := "/etc/systemd/system/" + unit + ".d/30-proxy.conf"; !slices.Contains(dropIns, path) {
				dropIns = append(dropIns, path)
			}
		}
	}
	if len(dropIns) == 0 {
		return "take it out"
	}
	return "take it out; a proxy that wants one needs a drop-in of your own behind khagen's, which Git doesn't have: " + list(dropIns)
}

func namesNone(p *schema.HTTPProxy) bool { return p == nil || p.HTTP == "" && p.HTTPS == "" }

// eachProxy visits the cluster's proxy, then those of its hosts, each with the place where it stands.
func eachProxy(c *topology.Cluster, visit func(at field, p *schema.HTTPProxy)) {
	if p := c.Spec.Machine.HTTPProxy; p != nil {
		visit(field{"machine", "httpProxy"}, p)
	}
	for _, h := range c.Hosts {
		if p := h.Spec.Machine.HTTPProxy; p != nil {
			visit(field{"hosts", h.Name, "machine", "httpProxy"}, p)
		}
	}
}
