// Package combinations writes cluster definitions of every shape that the contract allows, for tests that build them:
// each axis is one choice of the definition, and a combination has a value of each.
package combinations

import (
	"slices"
	"strings"
)

// Combination is one value of each axis; "" where an axis has nothing to say.
type Combination struct {
	// The structure. All of it is enumerated.
	Install   string // kubeadm | binaries
	Etcd      string // stacked | hosts | external
	Placement string // control-plane | hosts | node-local | external | none
	Proxy     string // haproxy | nginx
	Runtime   string // systemd | static-pod | podman | docker | published (podman with a port inside)
	VIP       string // none | keepalived systemd | … static-pod | … container | kube-vip arp | kube-vip bgp
	Family    string // ipv4 | ipv6 | ipv4+ipv6 | ipv6+ipv4, the primary one first

	// What goes, or doesn't, with any structure. Each structure gets one choice of it.
	Listen  string // all | address (the API server) | vip (the balancer) | shared (both, on one port)
	Version string // of Kubernetes
	OS      string
	CRI     string // containerd | cri-o
	Join    string // file | token
	CA      string // on hosts | elsewhere
}

// axis is a field of a combination with its values.
type axis struct {
	name   string
	values []string
	field  func(*Combination) *string
}

var structure = []axis{
	{"install", []string{"kubeadm", "binaries"}, func(c *Combination) *string { return &c.Install }},
	{"etcd", []string{"stacked", "hosts", "external"}, func(c *Combination) *string { return &c.Etcd }},
	{"placement", []string{"control-plane", "hosts", "node-local", "external", "none"}, func(c *Combination) *string { return &c.Placement }},
	{"proxy", []string{"haproxy", "nginx"}, func(c *Combination) *string { return &c.Proxy }},
	{"runtime", []string{"systemd", "static-pod", "podman", "docker", "published"}, func(c *Combination) *string { return &c.Runtime }},
	{"vip", []string{"none", "keepalived systemd", "keepalived static-pod", "keepalived container", "kube-vip arp", "kube-vip bgp"}, func(c *Combination) *string { return &c.VIP }},
	{"family", []string{"ipv4", "ipv6", "ipv4+ipv6", "ipv6+ipv4"}, func(c *Combination) *string { return &c.Family }},
}

var details = []axis{
	{"listen", []string{"all", "address", "vip", "shared"}, func(c *Combination) *string { return &c.Listen }},
	{"version", []string{"1.28.15", "1.30.14", "1.31.14", "1.33.12", "1.36.3", "1.37.1"}, func(c *Combination) *string { return &c.Version }},
	{"os", []string{"debian-12", "debian-13", "ubuntu-22.04", "ubuntu-24.04", "rhel-8", "rhel-9", "rhel-10"}, func(c *Combination) *string { return &c.OS }},
	{"cri", []string{"containerd", "cri-o"}, func(c *Combination) *string { return &c.CRI }},
	{"join", []string{"file", "token"}, func(c *Combination) *string { return &c.Join }},
	{"ca", []string{"on hosts", "elsewhere"}, func(c *Combination) *string { return &c.CA }},
}

var axes = slices.Concat(structure, details)

// balanced says whether khagen renders a balancer.
func (c Combination) balanced() bool { return c.Placement != "external" && c.Placement != "none" }

func (c Combination) kubeVIP() bool { return strings.HasPrefix(c.VIP, "kube-vip") }

// values are those of all axes, in their order.
func (c Combination) values() []string {
	values := make([]string, len(axes))
	for i, a := range axes {
		values[i] = *a.field(&c)
	}
	return values
}

func (c Combination) String() string { return strings.Join(c.values(), " · ") }

// withoutUse says whether a combination chooses what another of its choices leaves without use; it is then the same as one
// without that choice.
func (c Combination) withoutUse() bool {
	return !c.balanced() && (c.Proxy != "haproxy" || c.Runtime != "systemd")
}

// Structures are all combinations of the structure's axes; their details are empty.
func Structures() []Combination {
	all := product(Combination{}, structure)
	return slices.DeleteFunc(all, Combination.withoutUse)
}

// product is every way to choose values of axes.
func product(c Combination, rest []axis) []Combination {
	if len(rest) == 0 {
		return []Combination{c}
	}
	var all []Combination
	for _, value := range rest[0].values {
		*rest[0].field(&c) = value
		all = append(all, product(c, rest[1:])...)
	}
	return all
}
