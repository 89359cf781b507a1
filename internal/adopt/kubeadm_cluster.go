package adopt

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/internal/upstream"
)

var placedCluster = []string{
	"apiServer", "apiVersion", "caCertificateValidityPeriod", "certificateValidityPeriod", "certificatesDir", "clusterName",
	"controlPlaneEndpoint", "controllerManager", "encryptionAlgorithm", "etcd", "featureGates", "imageRepository", "kind",
	"kubernetesVersion", "networking", "proxy", "scheduler",
}

// cluster reads a ClusterConfiguration.
func (k *kubeadm) cluster(doc document) {
	k.Set("kubeadm", "kubernetes", "install")
	k.controlPlaneEndpoint(doc)
	k.networking(doc)
	k.clusterNames(doc.Node)
	k.certificates(doc.Node)
	k.apiServer(nodeAt(doc.Node, "apiServer"))
	k.component(nodeAt(doc.Node, "controllerManager"), upstream.ControllerManager, "controllerManager")
	k.component(nodeAt(doc.Node, "scheduler"), upstream.Scheduler, "scheduler")
	k.etcd(nodeAt(doc.Node, "etcd"))
	for _, p := range pairs(nodeAt(doc.Node, "featureGates")) {
		if problem := upstream.KubeadmGateProblem(p.key, p.value.Value == "true", k.version); problem != "" {
			k.Remark("featureGates: "+p.key+" "+problem+".", "kubernetes")
		} else {
			k.Set(p.value.Value == "true", "kubernetes", "featureGates", p.key)
		}
	}
	if textAt(doc.Node, "proxy", "disabled") == "true" {
		k.Set("none", "kubernetes", "kubeProxy", "mode")
	}
	k.remarkKeys("kubeadm's", doc.Node, placedCluster)
}

// controlPlaneEndpoint is the endpoint; without a port it has the API server's.
func (k *kubeadm) controlPlaneEndpoint(doc document) {
	node := nodeAt(doc.Node, "controlPlaneEndpoint")
	if node == nil || node.Value == "" {
		return
	}
	host, port, err := net.SplitHostPort(node.Value)
	if err != nil {
		host, port = strings.Trim(node.Value, "[]"), "6443"
	}
	number, err := strconv.Atoi(port)
	_, isAddress := address(host)
	if !isAddress && !dnsName.MatchString(host) || err != nil || number < 1 || number > 65535 {
		k.fail(node.Line+doc.offset, "write the name or address that clients connect to, and its port, such as api.example.com:6443",
			"controlPlaneEndpoint is no address: %s", node.Value)
		return
	}
	k.Set(host, "endpoint", "host")
	k.Set(number, "endpoint", "port")
}

func (k *kubeadm) networking(doc document) {
	node := nodeAt(doc.Node, "networking")
	path := func(name string) []string { return []string{"kubernetes", "networking", name} }
	for _, n := range []struct{ key, field string }{{"podSubnet", "podCIDRs"}, {"serviceSubnet", "serviceCIDRs"}} {
		value := nodeAt(node, n.key)
		if value == nil || value.Value == "" {
			continue
		}
		list := networks(value.Value)
		if len(list) == 0 {
			k.fail(value.Line+doc.offset, "write a network, such as 10.244.0.0/16, or one of each family with a comma between", "%s is no network: %s", n.key, value.Value)
			continue
		}
		k.Set(list, path(n.field)...)
	}
	if domain := textAt(node, "dnsDomain"); domain != "" && domain != "cluster.local" {
		k.Set(domain, path("dnsDomain")...)
	}
}

// networks reads a list with commas; none where one of them is no network.
func networks(text string) []string {
	var all []string
	for _, part := range strings.Split(text, ",") {
		prefix, err := netip.ParsePrefix(strings.TrimSpace(part))
		if err != nil {
			return nil
		}
		all = append(all, prefix.Masked().String())
	}
	return all
}

// clusterNames reads names that khagen has its own of, or a field for.
func (k *kubeadm) clusterNames(node *yaml.Node) {
	if name := textAt(node, "clusterName"); name != "" && name != k.text("name") {
		k.Remark("kubeadm's clusterName is " + name + ": here it is the name of the folder. It stands in kubeconfigs and in no certificate.")
	}
	if folder := textAt(node, "certificatesDir"); folder != "" && folder != "/etc/kubernetes/pki" {
		k.Remark("kubeadm's certificates lie in "+folder+": here in /etc/kubernetes/pki.", "kubernetes")
	}
	k.setImageRepository("kubeadm's imageRepository", textAt(node, "imageRepository"))
}

func (k *kubeadm) certificates(node *yaml.Node) {
	for _, n := range []struct{ key, field, usual string }{ // what a cluster's own copy has in any case
		{"encryptionAlgorithm", "algorithm", "RSA-2048"},
		{"certificateValidityPeriod", "validity", "8760h"},
		{"caCertificateValidityPeriod", "caValidity", "87600h"},
	} {
		value := textAt(node, n.key)
		if t, err := time.ParseDuration(value); err == nil { // 8760h0m0s
			value = duration(t)
		}
		if value != "" && value != n.usual {
			k.Set(value, "kubernetes", "certificates", n.field)
		}
	}
}

// apiServer reads that part of a ClusterConfiguration.
func (k *kubeadm) apiServer(node *yaml.Node) {
	var names []string
	for _, name := range texts(nodeAt(node, "certSANs")) {
		_, isAddress := address(name)
		if k.isDerivedName(name) {
			continue
		}
		if dns := strings.ToLower(name); isAddress || dnsName.MatchString(strings.TrimPrefix(dns, "*.")) {
			names = append(names, dns)
		} else {
			k.Remark("certSANs: "+name+" is no name.", "kubernetes", "apiServer")
		}
	}
	if len(names) > 0 {
		k.Set(names, "kubernetes", "apiServer", "certSANs")
	}
	flags := k.flags(nodeAt(node, "extraArgs"))
	k.apiServerFlags(flags)
	k.volumes(nodeAt(node, "extraVolumes"), "apiServer", flags)
	k.remarkKeys("kubeadm's", node, []string{"certSANs", "extraArgs", "extraVolumes"}, "kubernetes", "apiServer")
}

// isDerivedName says whether a name is in the certificate anyway.
func (k *kubeadm) isDerivedName(name string) bool {
	if slices.Contains([]string{"localhost", "127.0.0.1", "::1", k.text("endpoint", "host"), k.text("vip", "address")}, name) {
		return true
	}
	return slices.ContainsFunc(k.controlPlanes(), func(h host) bool { return h.name == name || slices.Contains(h.addresses, name) })
}

// component reads the part of another component.
func (k *kubeadm) component(node *yaml.Node, program, field string) {
	flags := k.flags(nodeAt(node, "extraArgs"))
	for _, f := range flags {
		switch {
		case program == upstream.ControllerManager && k.networkFlag(f):
		case program == upstream.Scheduler && f.name == "config":
			k.Remark(f.value()+" was not read: its fields go to scheduler.config.", "kubernetes", field)
		default:
			k.setFlag(program, f, "kubernetes", field)
		}
	}
	k.volumes(nodeAt(node, "extraVolumes"), field, flags)
	k.remarkKeys("kubeadm's", node, []string{"extraArgs", "extraVolumes"}, "kubernetes", field)
}

// networkFlag takes the controller manager's view of the networks.
func (k *kubeadm) networkFlag(f argument) bool {
	path := func(names ...string) []string { return append([]string{"kubernetes", "networking"}, names...) }
	switch f.name {
	case "cluster-cidr":
		if list := networks(f.value()); len(list) > 0 && k.isOpen(path("podCIDRs")...) {
			k.Set(list, path("podCIDRs")...)
		}
		return true
	case "service-cluster-ip-range":
		if list := networks(f.value()); len(list) > 0 && k.isOpen(path("serviceCIDRs")...) {
			k.Set(list, path("serviceCIDRs")...)
		}
		return true
	case "node-cidr-mask-size", "node-cidr-mask-size-ipv4", "node-cidr-mask-size-ipv6":
		family := "ipv4"
		if strings.HasSuffix(f.name, "ipv6") {
			family = "ipv6"
		}
		if n, ok := count(f.value()); ok {
			k.Set(n, path("nodeCIDRMaskSizes", family)...)
		}
		return true
	}
	return false
}

// volumes takes folders and files of the host, without those that only flags name which have no place in extraArgs: khagen mounts what it
// sets itself.
func (k *kubeadm) volumes(node *yaml.Node, field string, flags []argument) {
	var volumes []any
	for _, item := range items(node) {
		name, from, to := textAt(item, "name"), textAt(item, "hostPath"), textAt(item, "mountPath")
		within := func(f argument) bool {
			return slices.ContainsFunc(f.values, func(file string) bool { return file == to || strings.HasPrefix(file, strings.TrimSuffix(to, "/")+"/") })
		}
		named := slices.DeleteFunc(slices.Clone(flags), func(f argument) bool { return !within(f) })
		if len(named) > 0 && !slices.ContainsFunc(named, func(f argument) bool { return k.Value("kubernetes", field, "extraArgs", f.name) != nil }) {
			k.Remark("The volume "+name+" is left out: nothing in extraArgs names a file in it.", "kubernetes", field)
			continue
		}
		volume := map[string]any{"name": name, "hostPath": from, "readOnly": textAt(item, "readOnly") == "true"}
		if to != from {
			volume["mountPath"] = to
		}
		volumes = append(volumes, volume)
	}
	if len(volumes) > 0 {
		k.Set(volumes, "kubernetes", field, "extraVolumes")
	}
}

// etcd reads that part of a ClusterConfiguration.
func (k *kubeadm) etcd(node *yaml.Node) {
	if external := nodeAt(node, "external"); external != nil {
		k.externalEtcd(external)
		return
	}
	if k.isOpen("etcd", "topology") {
		k.Set("stacked", "etcd", "topology")
	}
	local := nodeAt(node, "local")
	if folder := textAt(local, "dataDir"); folder != "" && folder != "/var/lib/etcd" {
		k.Set(folder, "etcd", "dataDir")
	}
	for _, f := range k.flags(nodeAt(local, "extraArgs")) {
		if !k.etcdFlag(f) {
			k.setFlag(upstream.Etcd, f)
		}
	}
	k.remarkKeys("kubeadm's", local, []string{"dataDir", "extraArgs"}, "etcd")
}

// externalEtcd reads where etcd is. Hosts that an inventory gave the role etcd run it.
func (k *kubeadm) externalEtcd(node *yaml.Node) {
	if slices.ContainsFunc(k.hosts(), func(h host) bool { return slices.Contains(h.roles, "etcd") }) {
		k.Remark("To kubeadm etcd is external: here it is the hosts with the role etcd that run it.", "etcd")
		return
	}
	k.Set("external", "etcd", "topology")
	var endpoints []string
	for _, endpoint := range texts(nodeAt(node, "endpoints")) {
		if strings.HasPrefix(endpoint, "https://") {
			endpoints = append(endpoints, endpoint)
		} else {
			k.Remark("etcd's "+endpoint+" has no TLS: here API servers speak https alone.", "etcd")
		}
	}
	if len(endpoints) > 0 {
		k.Set(endpoints, "etcd", "external", "endpoints")
	}
	for _, key := range []string{"caFile", "certFile", "keyFile"} {
		if path := textAt(node, key); path != "" {
			k.Set(path, "etcd", "external", key)
		}
	}
}
