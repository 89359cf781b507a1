package adopt

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/internal/upstream"
)

// status reads the control planes that kubeadm before 1.22 kept a list of.
func (k *kubeadm) status(doc document) {
	for _, p := range pairs(nodeAt(doc.Node, "apiEndpoints")) {
		k.node(p.key, p.value, true, nil)
	}
}

// secretKeys hold tokens and keys.
var secretKeys = []string{"bootstrapTokens", "certificateKey"}

// initConfiguration reads the host that kubeadm init ran on.
func (k *kubeadm) initConfiguration(doc document) {
	k.node("", nodeAt(doc.Node, "localAPIEndpoint"), true, nodeAt(doc.Node, "nodeRegistration"))
	k.remarkSecrets(doc.Node)
	k.remarkKeys("kubeadm init's", doc.Node, append([]string{"apiVersion", "kind", "localAPIEndpoint", "nodeRegistration"}, secretKeys...))
}

// joinConfiguration reads a host that joined.
func (k *kubeadm) joinConfiguration(doc document) {
	plane := nodeAt(doc.Node, "controlPlane")
	k.node("", nodeAt(plane, "localAPIEndpoint"), plane != nil, nodeAt(doc.Node, "nodeRegistration"))
	k.remarkSecrets(plane)
	discovery := nodeAt(doc.Node, "discovery")
	if nodeAt(discovery, "bootstrapToken", "token") != nil || nodeAt(discovery, "tlsBootstrapToken") != nil {
		k.Remark("The token in kubeadm's discovery was not copied: hosts join by a file here, or by a token with a name (join).", "kubernetes")
	}
	var pins []string
	for _, pin := range texts(nodeAt(discovery, "bootstrapToken", "caCertHashes")) {
		if caPin.MatchString(pin) {
			pins = append(pins, pin)
		}
	}
	if len(pins) > 0 {
		k.Set(pins, "kubernetes", "join", "caCertHashes")
	}
	k.remarkKeys("kubeadm join's", doc.Node, append([]string{"apiVersion", "controlPlane", "discovery", "kind", "nodeRegistration"}, secretKeys...))
}

var caPin = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

func (k *kubeadm) remarkSecrets(node *yaml.Node) {
	for _, key := range secretKeys {
		if nodeAt(node, key) != nil {
			k.Remark("kubeadm's "+key+" was not copied: it is a secret.", "kubernetes")
		}
	}
}

// node sets what is known of one host: by its name where registration has none.
func (k *kubeadm) node(name string, endpoint *yaml.Node, isControlPlane bool, registration *yaml.Node) {
	flags := k.flags(nodeAt(registration, "kubeletExtraArgs"))
	a, _ := address(textAt(endpoint, "advertiseAddress"))
	if ip, ok := find(flags, func(f argument) bool { return f.name == "node-ip" }); ok && !a.IsValid() {
		first, _, _ := strings.Cut(ip.value(), ",")
		a, _ = address(first)
	}
	if port, ok := count(textAt(endpoint, "bindPort")); ok && port <= 65535 {
		k.Set(port, "kubernetes", "apiServer", "port")
	}
	if registered := textAt(registration, "name"); registered != "" {
		name = registered
	}
	name, isName := hostName(name)
	if !isName {
		name = ""
	}
	if h := k.hostOf(name, a, isControlPlane); h != "" {
		k.registration(h, registration, flags)
	} else if len(flags) > 0 || nodeAt(registration, "taints") != nil {
		k.Remark("kubeadm's nodeRegistration names no host: what stands in it was not read.", "hosts")
	}
}

// hostOf is the host with an address or name, made where none has them; empty where neither is known.
func (k *kubeadm) hostOf(name string, a netip.Addr, isControlPlane bool) string {
	role, stem := "worker", "node"
	if isControlPlane {
		role, stem = controlPlane, "cp"
	}
	if h, ok := k.hostAt(a); ok && a.IsValid() {
		if name != "" && name != h.name {
			k.Set(name, "hosts", h.name, "nodeName")
		}
		return h.name
	}
	if _, known := k.hostNamed(name); known {
		return name
	}
	switch {
	case name == "" && !a.IsValid():
		return ""
	case name == "":
		name = k.newName(stem)
		k.Guess(a.String(), "kubeadm's file has no name: give the host its own", "hosts", name, "address")
	case a.IsValid():
		k.Set(a.String(), "hosts", name, "address")
	default:
		k.Remark("kubeadm's file has no address of it: write it.", "hosts", name)
	}
	k.Set([]string{role}, "hosts", name, "roles")
	return name
}

// registration sets how a host's kubelet registers.
func (k *kubeadm) registration(host string, node *yaml.Node, flags []argument) {
	k.runtime(textAt(node, "criSocket"))
	if taints := nodeAt(node, "taints"); taints != nil && taints.Kind == yaml.SequenceNode {
		k.taints(host, taints)
	}
	for _, f := range flags {
		switch f.name {
		case "node-ip": // of the address, above
		case "hostname-override":
			if f.value() != host {
				k.Set(f.value(), "hosts", host, "nodeName")
			}
		case "node-labels":
			k.labels(host, f.value())
		case "container-runtime-endpoint":
			k.runtime(f.value())
		default:
			k.setFlag(upstream.Kubelet, f, "hosts", host, "kubelet")
		}
	}
	k.remarkKeys("kubeadm's nodeRegistration", node, []string{"criSocket", "imagePullPolicy", "kubeletExtraArgs", "name", "taints"}, "hosts", host)
}

func (k *kubeadm) taints(host string, node *yaml.Node) {
	taints := []any{}
	for _, item := range items(node) {
		taint := map[string]any{"key": textAt(item, "key"), "effect": textAt(item, "effect")}
		if value := textAt(item, "value"); value != "" {
			taint["value"] = value
		}
		if taint["key"] == "node-role.kubernetes.io/master" {
			k.Remark("The taint node-role.kubernetes.io/master is left out: its name is control-plane since Kubernetes 1.24.", "hosts", host)
			continue
		}
		taints = append(taints, taint)
	}
	if len(taints) > 0 || len(items(node)) == 0 {
		k.Set(taints, "hosts", host, "taints")
	}
}

func (k *kubeadm) labels(host, text string) {
	for _, label := range strings.Split(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(label), "=")
		switch {
		case !ok || name == "":
		case !upstream.KubeletTakesLabel(name):
			k.Remark("No place for the label "+name+": kubelets may not set it.", "hosts", host)
		default:
			k.Set(value, "hosts", host, "labels", name)
		}
	}
}

// runtime names what runs containers, by its socket.
func (k *kubeadm) runtime(socket string) {
	name := ""
	switch {
	case socket == "":
		return
	case strings.Contains(socket, "cri-dockerd"), strings.Contains(socket, "dockershim"), strings.Contains(socket, "docker.sock"):
	case strings.Contains(socket, "containerd"):
		name = "containerd"
	case strings.Contains(socket, "crio"):
		name = "cri-o"
	}
	if name == "" {
		k.Remark("No place for the container runtime behind "+strconv.Quote(socket)+": containerd or cri-o run containers here.", "machine")
		return
	}
	k.Set(name, "machine", "containerRuntime", "name")
}
