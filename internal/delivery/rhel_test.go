package delivery_test

import (
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/delivery"
)

const mixed = `package fleet
cluster: {
	name: "test"
	kubernetes: {version: "1.36.3", install: "kubeadm", networking: podCIDRs: ["10.244.0.0/16"]}
	endpoint: {host: "192.0.2.100", port: 6444}
	vip: {address: "192.0.2.100", prefix: 24, keepalived: virtualRouterID: 7}
	loadBalancer: {placement: "hosts", proxy: "nginx", stats: {enabled: true, address: "192.0.2.31", port: 9000}}
	etcd: topology: "stacked"
	machine: {os: "rhel-9", containerRuntime: name: "cri-o"}
	hosts: {
		cp1: {address: "192.0.2.11", roles: ["control-plane"]}
		cp2: {address: "192.0.2.12", roles: ["control-plane"], machine: os: "debian-12"} // or nobody asks for etcd
		w1: {address: "192.0.2.21", roles: ["worker"], ssh: port: 2222}
		w2: {address: "192.0.2.22", roles: ["worker"], machine: os: "debian-12"}
		lb1: {address: "192.0.2.31", roles: ["load-balancer"], interface: "eth0"}
		lb2: {address: "192.0.2.32", roles: ["load-balancer"], interface: "eth0", machine: os: "ubuntu-24.04"}
	}
}`

// TestReadmeOfRHEL: what SELinux and firewalld want, of the hosts that have them alone.
func TestReadmeOfRHEL(t *testing.T) {
	all, err := delivery.Files(load(t, mixed), nil)
	if err != nil {
		t.Fatal(err)
	}
	readme := ""
	for _, f := range all {
		if f.Path == "README.md" {
			readme = string(f.Content)
		}
	}
	for _, want := range []string{
		"\ncp1, lb1, w1. What a manifest",
		"\n- on lb1: `setsebool -P httpd_can_network_connect on`",
		"`semanage port --add --type http_port_t --proto tcp 6444`",
		"\nOn cp1, CRI-O keeps",
		"\n| cp1 | `--add-port=6443/tcp` `--add-port=2379/tcp` `--add-port=2380/tcp` `--add-port=10250/tcp` |\n",
		"\n| lb1 | `--add-port=6444/tcp` `--add-protocol=vrrp` `--add-port=9000/tcp` |\n",
		"\n| w1 | `--add-port=10250/tcp` `--add-port=2222/tcp` |\n",
		", cri-o from CRI-O's for 1.36.\n",
	} {
		if !strings.Contains(readme, want) {
			t.Errorf("lacks %q", want)
		}
	}
	for _, other := range []string{"http_port_t --proto tcp 9000", "haproxy_connect_any"} { // the first is a web server's already
		if strings.Contains(readme, other) {
			t.Errorf("has %q", other)
		}
	}
	if t.Failed() {
		t.Log(readme)
	}
}
