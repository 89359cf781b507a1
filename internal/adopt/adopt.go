package adopt

import (
	"errors"
	"slices"

	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

// Sources are the files that a definition is made of; what stands further down knows better.
type Sources struct {
	Kubespray  string // an inventory, or its folder
	Kubeadm    []string
	HAProxy    []string
	Keepalived []string
}

// IsEmpty says whether there is nothing to read.
func (s *Sources) IsEmpty() bool {
	return s.Kubespray == "" && len(s.Kubeadm)+len(s.HAProxy)+len(s.Keepalived) == 0
}

// Read makes a draft of the cluster with this name. An error is of type schema.Errors and has the problems of all sources.
func Read(name string, s Sources) (*Draft, error) {
	d := &Draft{}
	d.Set(name, "name")
	var problems schema.Errors
	add := func(err error) error {
		var found schema.Errors
		if errors.As(err, &found) {
			problems = append(problems, found...)
			return nil
		}
		return err
	}
	if s.Kubespray != "" {
		if err := add(Kubespray(d, s.Kubespray)); err != nil {
			return nil, err
		}
	}
	for _, kind := range []struct {
		files []string
		read  func(*Draft, string, []byte) error
	}{{s.Kubeadm, Kubeadm}, {s.HAProxy, HAProxy}, {s.Keepalived, Keepalived}} {
		for _, file := range kind.files {
			data, err := readText(file)
			if err == nil {
				d.From(file)
				err = kind.read(d, file, data)
			}
			if err := add(err); err != nil {
				return nil, err
			}
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	d.complete()
	return d, nil
}

// complete guesses what a definition has to have, and no source said.
func (d *Draft) complete() {
	d.missing(upstream.NewestKubernetes().String(), "no source says it: the newest that khagen knows", "kubernetes", "version")
	d.missing([]string{"10.244.0.0/16"}, "no source says it: the CNI knows", "kubernetes", "networking", "podCIDRs")
	if address, ok := d.Value("vip", "address").(string); ok {
		if d.Value("endpoint", "host") == nil || d.Guessed("endpoint", "host") {
			d.Set(address, "endpoint", "host")
		}
		d.notNodeLocal("none", "no source says what stands behind the virtual address")
	}
	if port, own := d.Value("endpoint", "port"), d.Value("kubernetes", "apiServer", "port"); port != nil && !d.Guessed("endpoint", "port") {
		if own == nil {
			own = usualPort
		}
		if !sameValue(port, own) {
			d.notNodeLocal("external", "the endpoint has another port than the API servers, so something balances")
		}
	}
	d.missing("api.example.com", "no source says it", "endpoint", "host")
	d.missing("external", "no source says what balances", "loadBalancer", "placement")
	d.missing("stacked", "no source says where etcd runs", "etcd", "topology")
	d.missing("debian-12", "no source says it", "machine", "os")
	d.members()
	d.interfaces()
	if len(d.hosts()) == 0 {
		d.Remark("No source says which hosts there are: cp1: {address: \"10.0.0.11\", roles: [\"control-plane\"]}", "hosts")
	}
}

// notNodeLocal takes back the guess that kubespray's own balancer runs on workers.
func (d *Draft) notNodeLocal(placement, why string) {
	if !d.Guessed("loadBalancer", "placement") || d.Value("loadBalancer", "placement") != "node-local" {
		return
	}
	d.Guess(placement, why, "loadBalancer", "placement")
	if d.Guessed("loadBalancer", "proxy") {
		d.drop("loadBalancer", "proxy")
	}
}

func (d *Draft) missing(value any, why string, path ...string) {
	if d.Value(path...) == nil {
		d.Guess(value, why, path...)
	}
}

// members says what follows from etcd beside kubeadm, or takes back what an inventory said of it where a later source knows better.
func (d *Draft) members() {
	if d.Value("etcd", "topology") == "hosts" {
		d.Remark("Its certificates come from khagen pki, and lie in paths.certificates.", "etcd")
		return
	}
	for i, e := range d.entries {
		if roles, ok := e.Value.([]string); ok && len(e.Path) == 3 && e.Path[2] == "roles" {
			d.entries[i].Value = slices.DeleteFunc(slices.Clone(roles), func(role string) bool { return role == "etcd" })
		}
	}
	d.entries = slices.DeleteFunc(d.entries, func(e schema.Entry) bool {
		return len(e.Path) == 4 && e.Path[0] == "hosts" && slices.Equal(e.Path[2:], []string{"etcd", "name"})
	})
}

// interfaces gives one to the hosts that carry a virtual address.
func (d *Draft) interfaces() {
	if d.Value("vip", "address") == nil || d.Value("vip", "kubeVIP", "mode") == "bgp" {
		return
	}
	role := "control-plane"
	if d.Value("loadBalancer", "placement") == "hosts" {
		role = "load-balancer"
	}
	for _, host := range d.hosts() {
		if slices.Contains(host.roles, role) {
			d.missing("eth0", "no source says it", "hosts", host.name, "interface")
		}
	}
}
