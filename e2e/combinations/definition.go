package combinations

import (
	"fmt"
	"strings"
)

// Definition writes the combination as users do, without the line that names the package.
func (c Combination) Definition() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "\t"+format+"\n", args...) }
	b.WriteString("cluster: {\n")
	line(`name: "test"`)
	line(`hostNetworks: %s`, c.list("10.0.0.0/24", "fd00::/64"))
	if c.Install == "kubeadm" {
		line(`bootstrapHost: "cp1"`)
	}
	line(`kubernetes: {version: %q, install: %q, %s}`, c.Version, c.Install, c.kubernetes())
	line(`endpoint: {host: "api.example.net", port: %d}`, c.port())
	if c.VIP != "none" {
		line(`vip: {%s}`, c.vip())
	}
	line(`loadBalancer: {%s}`, c.balancer())
	line(`etcd: {%s}`, c.etcd())
	line(`hosts: {`)
	for _, h := range c.hosts() {
		line("\t%s", h)
	}
	line(`}`)
	line(`machine: {os: %q, containerRuntime: name: %q}`, c.OS, c.CRI)
	if c.VIP != "none" { // else khagen doesn't know where the name leads
		line(`machine: etcHosts: endpoint: true`)
	}
	b.WriteString("}\n")
	return b.String()
}

// list gives what the cluster's families have of something, the primary one first.
func (c Combination) list(ipv4, ipv6 string) string {
	value := map[string]string{"ipv4": ipv4, "ipv6": ipv6}
	var all []string
	for family := range strings.SplitSeq(c.Family, "+") {
		all = append(all, fmt.Sprintf("%q", value[family]))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// addresses gives the last part of an address in each family, as the two fields that hosts and VIPs have.
func (c Combination) addresses(last int) string {
	ipv4, ipv6 := fmt.Sprintf("10.0.0.%d", last), fmt.Sprintf("fd00::%d", last)
	switch c.Family {
	case "ipv4":
		return fmt.Sprintf("address: %q", ipv4)
	case "ipv6":
		return fmt.Sprintf("address: %q", ipv6)
	}
	return fmt.Sprintf("address: %q, address6: %q", ipv4, ipv6)
}

func (c Combination) kubernetes() string {
	fields := []string{fmt.Sprintf("networking: {podCIDRs: %s, serviceCIDRs: %s}",
		c.list("10.244.0.0/16", "fd01::/56"), c.list("10.96.0.0/16", "fd02::/112"))}
	if c.Listen == "address" || c.Listen == "shared" {
		fields = append(fields, `apiServer: bind: "address"`)
	}
	if c.Join == "token" {
		pin := ""
		if c.Install == "kubeadm" {
			pin = fmt.Sprintf(`, caCertHashes: ["sha256:%s"]`, strings.Repeat("0f", 32))
		}
		fields = append(fields, fmt.Sprintf(`join: {discovery: "token", tokenSecret: "bootstrap_token"%s}`, pin))
	}
	if c.CA == "elsewhere" {
		fields = append(fields, `certificates: caKeyOnHosts: false`)
	}
	return strings.Join(fields, ", ")
}

const apiServerPort = 6443

// port is the endpoint's.
func (c Combination) port() int {
	if c.Placement == "control-plane" && c.Listen != "shared" {
		return 8443
	}
	return apiServerPort
}

func (c Combination) vip() string {
	provider, how, _ := strings.Cut(c.VIP, " ")
	fields := c.addresses(100)
	if how != "bgp" { // on the loopback interface, each address alone
		fields += ", " + c.prefixes()
	}
	fields += fmt.Sprintf(", provider: %q, ", provider)
	switch how {
	case "arp":
		return fields + `kubeVIP: version: "1.2.3"`
	case "bgp":
		return fields + fmt.Sprintf(`kubeVIP: {version: "1.2.3", mode: "bgp", bgp: {as: 65001, peers: [%s]}}`, c.routers())
	case "systemd":
		return fields + `keepalived: virtualRouterID: 51`
	}
	return fields + fmt.Sprintf(`keepalived: {virtualRouterID: 51, runtime: %q, image: "registry.example.net/keepalived:2.2.8"}`, how)
}

func (c Combination) prefixes() string {
	switch c.Family {
	case "ipv4":
		return "prefix: 24"
	case "ipv6":
		return "prefix: 64"
	}
	return "prefix: 24, prefix6: 64"
}

// routers are one of each family.
func (c Combination) routers() string {
	var all []string
	for _, address := range []struct{ family, address string }{{"ipv4", "10.0.0.1"}, {"ipv6", "fd00::1"}} {
		if strings.Contains(c.Family, address.family) {
			all = append(all, fmt.Sprintf("{address: %q, as: 65000}", address.address))
		}
	}
	return strings.Join(all, ", ")
}

func (c Combination) balancer() string {
	fields := fmt.Sprintf("placement: %q", c.Placement)
	if c.bindsVIP() {
		fields += `, bind: "vip"`
	}
	if !c.balanced() {
		return fields
	}
	fields += fmt.Sprintf(", proxy: %q", c.Proxy)
	if c.Runtime == "systemd" {
		return fields
	}
	images := map[string]string{"haproxy": "docker.io/library/haproxy:3.2.19-alpine", "nginx": "docker.io/library/nginx:1.30.1-alpine"}
	fields += fmt.Sprintf(", image: %q", images[c.Proxy])
	switch c.Runtime {
	case "static-pod":
		return fields + `, runtime: "static-pod"`
	case "published":
		return fields + `, runtime: "container", containerPort: 8888`
	}
	return fields + fmt.Sprintf(`, runtime: "container", engine: %q`, c.Runtime)
}

func (c Combination) etcd() string {
	if c.Etcd != "external" {
		return fmt.Sprintf("topology: %q", c.Etcd)
	}
	return `topology: "external", external: {endpoints: ["https://etcd.example.net:2379"], caFile: "/etc/kubernetes/pki/etcd/ca.crt", ` +
		`certFile: "/etc/kubernetes/pki/apiserver-etcd-client.crt", keyFile: "/etc/kubernetes/pki/apiserver-etcd-client.key"}`
}

func (c Combination) hosts() []string {
	// Without kubeadm control planes are nodes only where they are workers: static pods need a kubelet.
	control := `"control-plane"`
	if c.Install == "binaries" {
		control += `, "worker"`
	}
	groups := []struct {
		name, roles string
		count       int
		used        bool
	}{
		{"cp", control, 3, true},
		{"w", `"worker"`, 2, true},
		{"etcd", `"etcd"`, 3, c.Etcd == "hosts"},
		{"lb", `"load-balancer"`, 2, c.Placement == "hosts"},
	}
	var lines []string
	for i, g := range groups {
		for n := range g.count {
			if g.used {
				speaker := ""
				if c.VIP == "kube-vip bgp" && c.Family == "ipv6" && g.name == "cp" { // whose router id can't be the address
					speaker = fmt.Sprintf(`, bgp: routerID: "192.0.2.%d"`, n+1)
				}
				lines = append(lines, fmt.Sprintf(`%s%d: {%s, roles: [%s], interface: "eth0"%s}`, g.name, n+1, c.addresses(10*(i+1)+n+1), g.roles, speaker))
			}
		}
	}
	return lines
}
