package delivery_test

import (
	"strings"
	"testing"
)

const byKubeVIP = `package fleet
cluster: {
	name: "test"
	bootstrapHost: "cp1"
	kubernetes: {version: "1.34.7", install: "kubeadm", networking: podCIDRs: ["10.244.0.0/16"]}
	endpoint: {host: "192.0.2.100", port: 6443}
	vip: {address: "192.0.2.100", prefix: 24, provider: "kube-vip", kubeVIP: version: "1.2.3"}
	loadBalancer: placement: "none"
	etcd: topology: "stacked"
	machine: os: "debian-12"
	hosts: {
		[_]: {roles: ["control-plane"], interface: "eth0"}
		cp1: address: "192.0.2.11"
		cp2: {address: "192.0.2.12"}
		cp3: address: "192.0.2.13"
	}
}`

// TestReadmeOfKubeVIP wants what people have to do for kube-vip, where they have to.
func TestReadmeOfKubeVIP(t *testing.T) {
	wantInOrder(t, readmeOf(t, byKubeVIP),
		"- Virtual address: `192.0.2.100`, by kube-vip, on one control plane at a time\n",
		"kube-vip's pod waits on each control plane",
		"\n1. On cp1: `kubeadm init",
		"\n5. Delete `bootstrapHost`",
		"bring the changed\n   `kube-vip.yaml` to cp1",
	)
	fixed := readmeOf(t, strings.Replace(byKubeVIP, "1.34.7", "1.34.8", 1)) // its init speaks to its own API server
	if strings.Contains(fixed, "super-admin") {
		t.Error("a kubeadm that doesn't wait for the address has kube-vip log in as super-admin")
	}
	issued := strings.Replace(byKubeVIP, `install: "kubeadm"`, `install: "kubeadm", certificates: caKeyOnHosts: false`, 1)
	if strings.Contains(readmeOf(t, issued), "kubeadm has written") {
		t.Error("khagen pki brings what kube-vip logs in with before kubeadm runs")
	}
	binaries := strings.NewReplacer(`bootstrapHost: "cp1"`, "", `"kubeadm"`, `"binaries"`, `["control-plane"]`, `["control-plane", "worker"]`)
	wantInOrder(t, readmeOf(t, binaries.Replace(byKubeVIP)),
		"\n4. kube-vip carries the endpoint's address only once",
		"   apply access for kube-vip, for administrators and for the API servers to the kubelets, and CoreDNS; from",
		"super-admin.kubeconfig --server https://192.0.2.11:6443 apply --server-side -f out/test/cluster/\n",
	)
}

// TestReadmeOfRouters wants what routers have to be told.
func TestReadmeOfRouters(t *testing.T) {
	bgp := strings.NewReplacer(
		"prefix: 24, ", "", `kubeVIP: version: "1.2.3"`,
		`kubeVIP: {version: "1.2.3", mode: "bgp", bgp: {as: 65001, peers: [{address: "198.51.100.1", as: 65000, multihop: true}]}}`,
		`cp2: {address: "192.0.2.12"}`, `cp2: {address: "192.0.2.12", bgp: {routerID: "10.255.0.2", as: 65002}}`,
	).Replace(byKubeVIP)
	readme := readmeOf(t, bgp)
	wantInOrder(t, readme,
		", by kube-vip, announced to routers from all control planes\n",
		"\n## The routers\n",
		"\n| 192.0.2.11 | 192.0.2.11 | 65001 |\n| 192.0.2.12 | 10.255.0.2 | 65002 |\n",
		"\n| 198.51.100.1 | 65000 | yes | none |\n",
		"\n1. On cp1: `kubeadm init",
	)
	if strings.Contains(readme, "super-admin") {
		t.Error("by BGP kube-vip asks the API for nothing")
	}
}

// TestReadmeOfKubeVIPLeaving wants kube-vip ended on a host before anything else: nobody takes its manifest away there.
func TestReadmeOfKubeVIPLeaving(t *testing.T) {
	leaving := strings.NewReplacer(`bootstrapHost: "cp1"`, "", `cp2: {`, `cp2: {state: "leaving", `).Replace(byKubeVIP)
	binaries := strings.NewReplacer(`"kubeadm"`, `"binaries"`, `["control-plane"]`, `["control-plane", "worker"]`).Replace(leaving)
	for _, definition := range []string{leaving, binaries} {
		readme := readmeOf(t, definition)
		wantInOrder(t, readme,
			"\n### A host goes\n", "\n1. ", "first delete `/etc/kubernetes/manifests/kube-vip.yaml`", "\n2. ",
			"\n### A host comes\n", "no kube-vip runs on it",
		)
		if strings.Contains(readme, "nothing is balanced to it") {
			t.Error("nothing balances here")
		}
	}
	if strings.Contains(readmeOf(t, running), "kube-vip") {
		t.Error("a cluster without kube-vip speaks of it")
	}
}
