package schema

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cuelang.org/go/encoding/yaml"
	"github.com/google/go-cmp/cmp"
)

// contract is the definition that shows every field.
const contract = "testdata/contract/overlays/static-pods"

// TestContract loads the definition as it stands, and as YAML.
func TestContract(t *testing.T) {
	data, err := yaml.Encode(evaluateFolder(t, contract).cluster)
	if err != nil {
		t.Fatal(err)
	}
	twin := overlays(t, map[string]string{"static-pods/cluster.yaml": "cluster:\n  " + strings.ReplaceAll(string(data), "\n", "\n  ")})
	if diff := cmp.Diff(mustLoad(t, contract), mustLoad(t, filepath.Join(twin, "static-pods")), sameCluster()...); diff != "" {
		t.Errorf("its YAML is another cluster:\n%s", diff)
	}
}

// TestContractOptions adds, one at a time, what the definition has in comments. Whether it makes sense there is for rules.
func TestContractOptions(t *testing.T) {
	definition, err := os.ReadFile(filepath.Join(contract, cueName))
	if err != nil {
		t.Fatal(err)
	}
	host := `hosts: "bfs-k8s-master1.solarfs.k8s": `
	options := []string{
		`kubernetes: apiServer: oidc: {issuerURL: "https://idp.example.net", clientID: "kubernetes", usernameClaim: "sub", groupsClaim: "groups", caFile: "files/idp.crt"}`,
		`kubernetes: apiServer: audit: policyFile: "files/audit.yaml"`,
		`kubernetes: apiServer: encryption: {provider: "secretbox", resources: ["secrets"], keys: [{name: "k1", secret: "etcd_encryption_k1"}]}`,
		`kubernetes: apiServer: encryption: {provider: "aescbc", resources: ["secrets"], keys: [{name: "k1", secret: "etcd_encryption_k1"}]}`,
		`kubernetes: apiServer: encryption: provider: "kms"`,
		`kubernetes: paths: {config: "/etc/kubernetes", certificates: "/etc/kubernetes/pki", flags: "/etc/default", binaries: "/usr/local/bin"}`,
		`kubernetes: join: tokenSecret: "bootstrap_token"`,
		`vip: {address6: "fd00::250", prefix6: 64}`,
		`vip: keepalived: version: "2.2.7"`,
		`vip: keepalived: check: weight: -100`,
		`vip: keepalived: authSecret: "keepalived_auth"`,
		`vip: kubeVIP: {version: "1.2.3", mode: "arp", lease: {duration: "15s", renewDeadline: "10s", retryPeriod: "2s"}}`,
		`vip: kubeVIP: {version: "1.2.3", mode: "bgp", bgp: {as: 65001, peers: [{address: "10.30.0.1", as: 65000, passwordSecret: "bgp"}]}}`,
		`loadBalancer: version: "2.6"`,
		`loadBalancer: {engine: "podman", containerPort: 8888}`,
		`loadBalancer: accessLog: {path: "/var/log/haproxy.log", format: "%ci:%cp"}`,
		`loadBalancer: stats: {user: "admin", passwordSecret: "stats", metrics: true}`,
		`loadBalancer: extraConfig: haproxy: {global: ["nbthread 4"], defaults: ["retries 5"], frontend: ["acl a src 10.0.0.0/8"], backend: ["option log-health-checks"]}`,
		`loadBalancer: extraConfig: nginx: {stream: ["geo $a {", "default 0;", "}"], upstream: ["keepalive 4;"], server: ["deny all;"]}`,
		`vip: keepalived: extraConfig: {global: ["vrrp_rt_priority 50"], instance: ["smtp_alert"]}`,
		`etcd: external: {endpoints: ["https://etcd.example.net:2379"], caFile: "/etc/etcd/ca.crt", certFile: "/etc/etcd/client.crt", keyFile: "/etc/etcd/client.key"}`,
		`etcd: version: "3.6.16"`,
		`etcd: walDir: "/var/lib/etcd-wal"`,
		`etcd: paths: {config: "/etc/etcd", certificates: "/etc/etcd/pki", binaries: "/usr/local/bin"}`,
		host + `address6: "fd00::11"`,
		host + `taints: [{key: "example.net/gpu", value: "", effect: "NoSchedule"}]`,
		host + `taints: []`,
		host + `vrrp: {interface: "eth1", address: "10.1.0.11"}`,
		host + `etcd: {name: "etcd0", address: "10.1.0.11", dataDir: "/data/etcd", walDir: "/wal/etcd"}`,
		host + `bgp: {routerID: "10.1.0.11", as: 65001}`,
		host + `machine: os: "rhel-9"`,
		`machine: sysctls: "net.core.somaxconn": 4096`,
		`machine: etcHosts: entries: "192.168.0.9": ["registry"]`,
		`machine: registries: "host:5005": {server: "https://host:5005", caFile: "files/r.crt", mirrors: [{url: "https://m", capabilities: ["pull"], caFile: "files/m.crt"}], credentialsSecret: "r"}`,
		`machine: registries: "_default": mirrors: [{url: "https://m"}]`,
		`machine: units: "containerd.service": Service: {LimitNOFILE: "1048576", Environment: ["A=1", "B=2"]}`,
		host + `machine: units: "getty@tty1.service": Unit: ConditionPathExists: ""`,
		`machine: httpProxy: {https: "http://proxy:3128", noProxy: []}`,
	}
	for _, option := range options {
		root := overlays(t, map[string]string{
			"static-pods/" + cueName:    string(definition) + "\ncluster: " + option + "\n",
			"static-pods/files/idp.crt": "", "static-pods/files/audit.yaml": "", "static-pods/files/r.crt": "", "static-pods/files/m.crt": "",
		})
		if _, err := Load(filepath.Join(root, "static-pods")); err != nil {
			t.Errorf("%s: %v", option, err)
		}
	}
}
