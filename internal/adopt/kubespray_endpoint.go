package adopt

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	usualPort    = 6443
	localName    = "lb-apiserver.kubernetes.local"
	newestVIP    = "1.2.3"
	carriedByVIP = "kube-vip holds the address; nothing balances behind it"
)

// endpoint sets what clients connect to, and what stands behind it. kubespray has four ways: a balancer of somebody else's, kube-vip,
// a proxy on every worker, and none.
func (k *kubespray) endpoint() {
	port, found := k.number("kube_apiserver_port")
	if found {
		k.d.Set(port, "kubernetes", "apiServer", "port")
	} else {
		port = usualPort
	}
	external := k.fields("loadbalancer_apiserver")
	name := strings.ToLower(k.text("apiserver_loadbalancer_domain_name"))
	local := k.truth("loadbalancer_apiserver_localhost", external == nil)
	switch {
	case k.truth("kube_vip_enabled", false) && k.truth("kube_vip_controlplane_enabled", true):
		k.kubeVIP(external, name, port)
	case external != nil:
		address, balanced := balancer(external, port)
		k.external(address, name, balanced)
	case local && len(k.onlyWorkers()) > 0:
		k.local(name, port)
	default:
		k.d.Guess(k.firstAddress(), "the first control plane's, as kubespray has it without a balancer: nothing carries it when that host is gone", "endpoint", "host")
		k.d.Guess(port, "the API server's", "endpoint", "port")
		k.d.Guess("none", "the inventory has no balancer", "loadBalancer", "placement")
	}
}

// balancer reads loadbalancer_apiserver.
func balancer(external map[string]any, port int) (address string, balanced int) {
	address, _ = textOf(external["address"])
	if n, ok := numberOf(external["port"]); ok {
		return address, n
	}
	return address, port
}

func (k *kubespray) external(address, name string, port int) {
	k.d.Set("external", "loadBalancer", "placement")
	switch {
	case name != "" && address != "" && name != address:
		k.d.Set(name, "endpoint", "host")
		k.d.Remark(fmt.Sprintf("kubespray writes %s for %s into /etc/hosts; here DNS has to know the name.", address, name), "endpoint")
	case name != "":
		k.d.Set(name, "endpoint", "host")
	default:
		k.d.Set(address, "endpoint", "host")
	}
	k.d.Set(port, "endpoint", "port")
}

// local is kubespray's own balancer: a proxy on every host that is only a worker.
func (k *kubespray) local(name string, port int) {
	if name == "localhost" {
		name = ""
	}
	if name != "" {
		k.d.Set(name, "endpoint", "host")
	} else {
		k.d.Guess(localName, "kubespray's workers connect to localhost; the name that leads there is new to the API servers' certificates", "endpoint", "host")
	}
	if _, said := k.get("loadbalancer_apiserver_localhost"); said {
		k.d.Set(port, "endpoint", "port")
		k.d.Set("node-local", "loadBalancer", "placement")
		k.d.Remark("kubespray runs it as a static pod; here it is a service, which works before the kubelet does.", "loadBalancer")
	} else {
		k.d.Guess(port, "the API server's", "endpoint", "port")
		k.d.Guess("node-local", "kubespray's default, there a static pod, here a service", "loadBalancer", "placement")
	}
	if proxy := k.text("loadbalancer_apiserver_type"); proxy != "" {
		k.d.Set(proxy, "loadBalancer", "proxy")
	} else {
		k.d.Guess("nginx", "kubespray's default", "loadBalancer", "proxy")
	}
	if other, found := k.number("loadbalancer_apiserver_port"); found && other != port {
		k.d.Remark(fmt.Sprintf("loadbalancer_apiserver_port: %d: here it is the API server's port.", other), "loadBalancer")
	}
}

func (k *kubespray) onlyWorkers() (workers []member) {
	for _, m := range k.withRole("worker") {
		if !m.has("control-plane") {
			workers = append(workers, m)
		}
	}
	return workers
}

// firstAddress is that of the first control plane; its mistakes are told when its turn comes.
func (k *kubespray) firstAddress() string {
	vars := k.withRole("control-plane")[0].vars
	for _, name := range []string{"ip", "access_ip", "ansible_host", "ansible_ssh_host", "inventory_hostname"} {
		if text := vars.text(name); isAddress(text) {
			return text
		}
	}
	return definitionName(vars.text("inventory_hostname"))
}

// kubeVIP is an address that the control planes carry themselves.
func (k *kubespray) kubeVIP(external map[string]any, name string, port int) {
	address := k.text("kube_vip_address")
	balanced, at := "", port
	if external != nil {
		balanced, at = balancer(external, port)
	}
	if address == "" {
		address = balanced
	}
	if name != "" {
		k.d.Set(name, "endpoint", "host")
	} else {
		k.d.Set(address, "endpoint", "host")
	}
	k.d.Set(at, "endpoint", "port")
	k.d.Set("none", "loadBalancer", "placement")
	k.d.Remark(carriedByVIP+".", "loadBalancer")
	k.d.Set(address, "vip", "address")
	for _, prefix := range []string{"kube_vip_subnet", "kube_vip_cidr"} {
		first, _, _ := strings.Cut(k.text(prefix), ",")
		if n, err := strconv.Atoi(first); err == nil {
			k.d.Set(n, "vip", "prefix")
			break
		}
	}
	k.d.Set("kube-vip", "vip", "provider")
	if version := strings.TrimPrefix(firstText(k.text("kube_vip_version"), k.text("kube_vip_image_tag")), "v"); version != "" {
		k.d.Set(version, "vip", "kubeVIP", "version")
	} else {
		k.d.Guess(newestVIP, "the inventory has none", "vip", "kubeVIP", "version")
	}
	k.announced()
	if k.truth("kube_vip_lb_enable", false) {
		k.d.Remark("kube_vip_lb_enable: kube-vip's balancing by IPVS has no place: placement \"control-plane\" puts haproxy or nginx there.", "loadBalancer")
	}
	if k.truth("kube_vip_services_enabled", false) {
		k.d.Remark("kube_vip_services_enabled: addresses of services have no place; run kube-vip in the cluster for them.", "vip")
	}
}

// announced says how kube-vip makes its address known.
func (k *kubespray) announced() {
	if !k.truth("kube_vip_bgp_enabled", false) {
		k.d.Set("arp", "vip", "kubeVIP", "mode")
		for _, time := range []struct{ variable, field, usual string }{
			{"kube_vip_leaseduration", "duration", "5"},
			{"kube_vip_renewdeadline", "renewDeadline", "3"},
			{"kube_vip_retryperiod", "retryPeriod", "1"},
		} {
			if n, found := k.number(time.variable); found {
				k.d.Set(fmt.Sprintf("%ds", n), "vip", "kubeVIP", "lease", time.field)
			} else {
				k.d.Guess(time.usual+"s", "kubespray's default", "vip", "kubeVIP", "lease", time.field)
			}
		}
		return
	}
	k.d.Set("bgp", "vip", "kubeVIP", "mode")
	as, found := k.number("kube_vip_local_as")
	if !found {
		as, _ = k.number("kube_vip_bgp_as")
	}
	k.d.Set(as, "vip", "kubeVIP", "bgp", "as")
	k.d.Set(k.peers(), "vip", "kubeVIP", "bgp", "peers")
}

// peers reads "address:as:password:multihop", and a single peer of its own variables.
func (k *kubespray) peers() []any {
	var peers []any
	texts := k.texts("kube_vip_bgppeers")
	if one := k.text("kube_vip_bgp_peeraddress"); one != "" {
		texts = append(texts, one+":"+k.text("kube_vip_bgp_peeras")+":"+k.text("kube_vip_bgp_peerpass"))
	}
	for _, text := range texts {
		text = strings.TrimSpace(text)
		var address, rest string
		if end := strings.Index(text, "]:"); strings.HasPrefix(text, "[") && end > 0 {
			address, rest = text[1:end], text[end+2:]
		} else {
			address, rest, _ = strings.Cut(text, ":")
		}
		parts := append(strings.Split(rest, ":"), "", "")
		as, _ := strconv.Atoi(parts[0])
		peer := map[string]any{"address": address, "as": as}
		if parts[1] != "" {
			peer["passwordSecret"] = "bgp"
			k.d.Remark("Its password is the secret bgp.", "vip", "kubeVIP", "bgp")
		}
		if parts[2] == "true" {
			peer["multihop"] = true
		}
		peers = append(peers, peer)
	}
	return peers
}

func firstText(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
