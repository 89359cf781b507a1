package starter

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/schema"
)

// Definition is a cluster.cue in the making, which knows from which answer each of its fields came.
type Definition struct {
	answers *Answers
	entries []schema.Entry
	flags   []string          // of the answer that each entry came from; empty where it follows from several
	hosts   map[string]string // by name: the flag that it came from
	hasName bool              // the endpoint is no address
}

// NewDefinition makes a definition of answers. An error is a Mistake.
func NewDefinition(a *Answers) (*Definition, error) {
	d := &Definition{answers: a, hosts: map[string]string{}}
	controlPlanes, err := d.parseHosts("control-planes", a.controlPlanes, "cp")
	if err != nil {
		return nil, err
	}
	workers, err := d.parseHosts("workers", a.workers, "w")
	if err != nil {
		return nil, err
	}
	balancers, err := d.parseHosts("balancers", a.balancers, "lb")
	if err != nil {
		return nil, err
	}
	d.set(NAME, a.Name(), "name")
	if a.network != "" {
		d.set("network", split(a.network), "hostNetworks")
	}
	if a.install == "kubeadm" && len(controlPlanes) > 0 {
		d.remark("Runs kubeadm init. Delete the line once the cluster runs: then every host joins.")
		d.set("control-planes", controlPlanes[0].name, "bootstrapHost")
	}
	d.remark("Hosts that may fail at the same time: khagen refuses whatever breaks the claim.")
	d.set("control-planes", survives(len(controlPlanes), len(balancers)), "availability", "tolerate", "hosts")
	d.kubernetes()
	if err := d.front(); err != nil {
		return nil, err
	}
	d.set("", "stacked", "etcd", "topology")
	d.set("os", a.os, "machine", "os")
	if d.hasName && a.vip != "" {
		d.remark("A line in /etc/hosts, so that hosts find the endpoint without DNS.", "machine")
		d.set("", true, "machine", "etcHosts", "endpoint")
	}
	d.placeHosts(balancers, "load-balancer")
	d.placeHosts(controlPlanes, d.controlPlaneRoles()...)
	d.placeHosts(workers, "worker")
	return d, nil
}

// Text is the definition as it is written, below about, the lines of a comment.
func (d *Definition) Text(about ...string) ([]byte, error) { return schema.Write(about, d.entries) }

// set adds a field that an answer decides on.
func (d *Definition) set(flag string, value any, path ...string) {
	d.entries, d.flags = append(d.entries, schema.Entry{Path: path, Value: value}), append(d.flags, flag)
}

// remark puts a comment above the next field of the block at path.
func (d *Definition) remark(text string, path ...string) {
	d.entries, d.flags = append(d.entries, schema.Entry{Path: path, Doc: []string{text}}), append(d.flags, "")
}

// Flag is that of the answer which a field came from, or the first of those below it; empty where none did.
func (d *Definition) Flag(path string) string {
	path, _, _ = strings.Cut(strings.ReplaceAll(path, `"`, ""), " ") // " (and 2 more)"
	path, _, _ = strings.Cut(path, "[")
	flag, longest := "", 0
	for i, e := range d.entries {
		own := strings.Join(e.Path, ".")
		switch {
		case d.flags[i] == "":
		case own == path || strings.HasPrefix(path, own+"."):
			if len(own) > longest {
				flag, longest = d.flags[i], len(own)
			}
		case flag == "" && strings.HasPrefix(own, path+"."):
			flag = d.flags[i]
		}
	}
	return flag
}

func (d *Definition) kubernetes() {
	a := d.answers
	d.set("kubernetes", a.kubernetes, "kubernetes", "version")
	d.set("install", a.install, "kubernetes", "install")
	d.remark("The same as in the CNI's configuration.", "kubernetes")
	d.set("pod-network", split(a.podNetworks), "kubernetes", "networking", "podCIDRs")
	if strings.Contains(a.podNetworks, ":") {
		d.set("pod-network", []string{"fd00:96::/112"}, "kubernetes", "networking", "serviceCIDRs")
	}
}

// front is what stands before the API servers.
func (d *Definition) front() error {
	a := d.answers
	host, port, err := d.endpoint()
	if err != nil {
		return err
	}
	if _, err := netip.ParseAddr(host); err != nil {
		d.hasName = true
		d.remark("What kubelets and clients connect to. It is in certificates and kubeconfigs for good; a name can lead elsewhere later.")
	}
	d.set("endpoint", host, "endpoint", "host")
	d.set("endpoint", port, "endpoint", "port")
	if a.vip != "" {
		id, err := strconv.Atoi(a.routerID)
		if err != nil {
			return Mistake{"virtual-router-id", fmt.Sprintf("%q is no number", a.routerID)}
		}
		d.set("vip", a.vip, "vip", "address")
		d.set("", "keepalived", "vip", "provider")
		d.remark("No other VRRP group on this network may have it.", "vip")
		d.set("virtual-router-id", id, "vip", "keepalived", "virtualRouterID")
	}
	d.set("load-balancer", a.loadBalancer, "loadBalancer", "placement")
	if a.proxy != "" {
		d.set("proxy", a.proxy, "loadBalancer", "proxy")
	}
	return nil
}

// endpoint reads NAME:PORT. The port may be missing, and the name may be an address.
func (d *Definition) endpoint() (host string, port int, err error) {
	host, text := d.answers.endpoint, d.answers.port()
	if _, err := netip.ParseAddr(host); err != nil {
		if i := strings.LastIndex(host, ":"); i >= 0 {
			host, text = host[:i], host[i+1:]
		}
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	if port, err = strconv.Atoi(text); err != nil {
		return "", 0, Mistake{"endpoint", fmt.Sprintf("%q is no port", text)}
	}
	return host, port, nil
}

// controlPlaneRoles: with kubeadm a control plane is a node of itself; without, only a worker is one.
func (d *Definition) controlPlaneRoles() []string {
	if d.answers.install == "binaries" {
		return []string{"control-plane", "worker"}
	}
	return []string{"control-plane"}
}

// placeHosts adds hosts with their roles, and with the interface where they carry the virtual address.
func (d *Definition) placeHosts(hosts []host, roles ...string) {
	carrier := "control-plane"
	if d.answers.hasBalancerHosts() {
		carrier = "load-balancer"
	}
	for _, h := range hosts {
		flag := d.hosts[h.name]
		d.set(flag, h.address, "hosts", h.name, "address")
		d.set(flag, roles, "hosts", h.name, "roles")
		if d.answers.networkInterface != "" && slices.Contains(roles, carrier) {
			d.set("interface", d.answers.networkInterface, "hosts", h.name, "interface")
		}
	}
}

// survives is how many hosts may go: fewer than half of etcd's members, and not the last of the balancers.
func survives(controlPlanes, balancers int) int {
	most := max(controlPlanes-1, 0) / 2
	if balancers > 0 {
		most = min(most, balancers-1)
	}
	return most
}

// host is one as it is answered.
type host struct{ name, address string }

// parseHosts reads addresses and NAME=ADDRESS between commas or spaces. Addresses without a name get prefix and a number.
func (d *Definition) parseHosts(flag, text, prefix string) ([]host, error) {
	if text == "-" {
		return nil, nil
	}
	var hosts []host
	for i, part := range split(text) {
		name, address, named := strings.Cut(part, "=")
		if !named {
			name, address = prefix+strconv.Itoa(i+1), part
		}
		if name == "" || address == "" {
			return nil, Mistake{flag, fmt.Sprintf("%q: want an address, or NAME=ADDRESS", part)}
		}
		if d.hosts[name] != "" {
			return nil, Mistake{flag, fmt.Sprintf("the host %q stands here twice, or in --%s too", name, d.hosts[name])}
		}
		d.hosts[name] = flag
		hosts = append(hosts, host{name, address})
	}
	return hosts, nil
}

// split cuts a list at commas and spaces.
func split(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

// Mistake is an answer that makes no definition.
type Mistake struct {
	Flag    string // of the answer; empty where several play a part
	Problem string
}

func (m Mistake) Error() string {
	switch m.Flag {
	case "":
		return m.Problem
	case NAME:
		return m.Flag + ": " + m.Problem
	}
	return "--" + m.Flag + ": " + m.Problem
}
