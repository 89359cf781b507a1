package adopt

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/internal/rules"
)

// usual are values that mean nothing: what kubeadm writes in any case, and what the running cluster's copy has for fields that nobody
// set. Source: cmd/kubeadm/app/componentconfigs/kubelet.go, kubeproxy.go; SetDefaults_KubeletConfiguration.
var usual = map[string]string{
	"authentication.anonymous.enabled":    "false",
	"authentication.webhook.enabled":      "true",
	"authentication.x509.clientCAFile":    "/etc/kubernetes/pki/ca.crt",
	"authorization.mode":                  "Webhook",
	"bindAddress":                         "0.0.0.0",
	"bindAddressHardFail":                 "false",
	"cgroupDriver":                        "systemd",
	"clientConnection.burst":              "0",
	"clientConnection.kubeconfig":         "/var/lib/kube-proxy/kubeconfig.conf",
	"clientConnection.qps":                "0",
	"conntrack.tcpBeLiberal":              "false",
	"enableProfiling":                     "false",
	"healthzBindAddress":                  "127.0.0.1",
	"healthzPort":                         "10248",
	"iptables.masqueradeAll":              "false",
	"ipvs.strictARP":                      "false",
	"logging.flushFrequency":              "0",
	"logging.options.json.infoBufferSize": "0",
	"logging.options.text.infoBufferSize": "0",
	"logging.verbosity":                   "0",
	"nftables.masqueradeAll":              "false",
	"resolvConf":                          "/run/systemd/resolve/resolv.conf",
	"rotateCertificates":                  "true",
	"staticPodPath":                       "/etc/kubernetes/manifests",
	"windowsRunAsService":                 "false",
	"winkernel.enableDSR":                 "false",
	"winkernel.forwardHealthCheckVip":     "false",
}

// prune leaves out what says nothing: nil where nothing is left.
func prune(value any, path string) any {
	if block, ok := value.(map[string]any); ok {
		kept := map[string]any{}
		for key, v := range block {
			if v = prune(v, strings.TrimPrefix(path+"."+key, ".")); v != nil {
				kept[key] = v
			}
		}
		if len(kept) == 0 {
			return nil
		}
		return kept
	}
	if same, ok := usual[path]; value == nil || value == "" && path != "resolvConf" || ok && fmt.Sprint(value) == same {
		return nil
	}
	// Times of 0s stand for the default, but for conntrack's, which kubeadm leaves out where nobody set them.
	if value == "0s" && !strings.HasPrefix(path, "conntrack.") {
		return nil
	}
	return value
}

// kubelet reads a KubeletConfiguration: that of all hosts.
func (k *kubeadm) kubelet(doc document) {
	for _, p := range pairs(doc.Node) {
		switch p.key {
		case "apiVersion", "kind":
		case "clusterDNS":
			k.clusterDNS(texts(p.value))
		case "clusterDomain":
			if p.value.Value != "" && p.value.Value != "cluster.local" && k.isOpen("kubernetes", "networking", "dnsDomain") {
				k.Set(p.value.Value, "kubernetes", "networking", "dnsDomain")
			}
		case "containerRuntimeEndpoint":
			k.runtime(p.value.Value)
		default:
			k.setKey(p, "kubelet", "kubernetes", "kubelet", "config")
		}
	}
}

// setKey sets a key of free-form configuration, unless it says nothing or follows from the definition.
func (k *kubeadm) setKey(p pair, kind string, path ...string) {
	value := prune(plain(p.value), p.key)
	instead, owned := rules.KubeadmOwnsKey(kind, p.key)
	switch {
	case value == nil:
	case owned:
		k.Remark(p.key+" follows from the definition"+because(instead)+".", path[:len(path)-1]...)
	default:
		k.Set(value, append(slices.Clone(path), p.key)...)
	}
}

// clusterDNS compares the DNS servers of pods with the tenth address of the services, which they are here.
func (k *kubeadm) clusterDNS(servers []string) {
	services, _ := k.Value("kubernetes", "networking", "serviceCIDRs").([]string)
	if len(services) == 0 {
		services = []string{"10.96.0.0/12"}
	}
	for _, server := range servers {
		if !slices.ContainsFunc(services, func(network string) bool { return sameAddress(server, serviceAddress(network, 10)) }) {
			k.Remark("clusterDNS is "+server+": here it is the tenth address of serviceCIDRs. Where a cache of DNS has that address on every host, it has no place.", "kubernetes", "kubelet")
		}
	}
}

// kubeProxy reads a KubeProxyConfiguration.
func (k *kubeadm) kubeProxy(doc document) {
	for _, p := range pairs(doc.Node) {
		switch p.key {
		case "apiVersion", "kind", "hostnameOverride":
		case "mode":
			k.proxyMode(p.value)
		case "clusterCIDR":
			if list := networks(p.value.Value); len(list) > 0 && k.isOpen("kubernetes", "networking", "podCIDRs") {
				k.Set(list, "kubernetes", "networking", "podCIDRs")
			}
		default:
			k.setKey(p, "kubeProxy", "kubernetes", "kubeProxy", "config")
		}
	}
}

func (k *kubeadm) proxyMode(node *yaml.Node) {
	switch mode := node.Value; mode {
	case "", "null", "~":
	case "iptables", "ipvs", "nftables":
		k.Set(mode, "kubernetes", "kubeProxy", "mode")
	default:
		k.Remark("No place for kube-proxy's mode "+mode+".", "kubernetes", "kubeProxy")
	}
}
