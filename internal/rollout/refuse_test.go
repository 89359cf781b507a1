package rollout_test

import (
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/rollout"
	"github.com/khagen/khagen/internal/tree"
)

const kubeadmCluster = `package fleet
cluster: {
	name: "shop"
	availability: tolerate: hosts: 0
	kubernetes: {version: "1.35.4", install: "kubeadm", networking: podCIDRs: ["10.244.0.0/16"]}
	endpoint: {host: "api.shop.example.net", port: 8443}
	vip: {address: "10.20.0.100", prefix: 24, keepalived: virtualRouterID: 42}
	loadBalancer: {placement: "control-plane", proxy: "haproxy", port: 8443}
	etcd: topology: "stacked"
	machine: os: "debian-12"
	hosts: {
		cp1: {address: "10.20.0.11", roles: ["control-plane"], interface: "eth0"}
		cp2: {address: "10.20.0.12", roles: ["control-plane"], interface: "eth0"}
		cp3: {address: "10.20.0.13", roles: ["control-plane"], interface: "eth0"}
		w1: {address: "10.20.0.21", roles: ["worker"]}
		w2: {address: "10.20.0.22", roles: ["worker"]}
	}
}
`

// TestRefused: what no order makes safe, each with its reason and its way; the same change the other way round isn't asked.
func TestRefused(t *testing.T) {
	units := variant{planes: 3, front: "hosts", proxy: "haproxy", endpoint: "vip", version: "1.36.3", workers: 1}.definition()
	for name, tc := range map[string]struct {
		definition string
		changes    []string
		want       string // the beginning of what is refused
	}{
		"endpoint":         {kubeadmCluster, []string{`"api.shop.example.net"`, `"api2.shop.example.net"`}, "endpoint goes from api.shop.example.net:8443 to api2"},
		"jump":             {kubeadmCluster, []string{"1.35.4", "1.37.1"}, "Kubernetes goes from 1.35.4 to 1.37.1"},
		"older":            {kubeadmCluster, []string{"1.35.4", "1.34.1"}, "Kubernetes goes from 1.35.4 to 1.34.1"},
		"older patch":      {kubeadmCluster, []string{"1.35.4", "1.35.1"}, "Kubernetes goes from 1.35.4 to 1.35.1"},
		"older etcd":       {units, []string{`etcd: {topology: "hosts"`, `etcd: {topology: "hosts", version: "3.5.21"`}, "etcd goes from 3.6.8 to 3.5.21"},
		"pods":             {kubeadmCluster, []string{"10.244.0.0/16", "10.245.0.0/16"}, "networking.podCIDRs go"},
		"services":         {kubeadmCluster, []string{`podCIDRs: ["10.244.0.0/16"]`, `{podCIDRs: ["10.244.0.0/16"], serviceCIDRs: ["10.97.0.0/16"]}`}, "networking.serviceCIDRs go"},
		"bootstrap":        {kubeadmCluster, []string{"\thosts: {", "\tbootstrapHost: \"cp2\"\n\thosts: {"}, "bootstrapHost goes"},
		"vip":              {kubeadmCluster, []string{"10.20.0.100", "10.20.0.101"}, "vip.address goes"},
		"vrid":             {kubeadmCluster, []string{"virtualRouterID: 42", "virtualRouterID: 43"}, "vip.keepalived.virtualRouterID goes"},
		"advertisements":   {kubeadmCluster, []string{"keepalived: virtualRouterID: 42", `keepalived: {virtualRouterID: 42, advertInterval: "3s"}`}, "vip.keepalived.advertInterval goes"},
		"etcd's topology":  {units, []string{`topology: "hosts"`, `topology: "stacked"`, "\t\tdb1: {address: \"10.0.0.51\", roles: [\"etcd\"]}\n\t\tdb2: {address: \"10.0.0.52\", roles: [\"etcd\"]}\n\t\tdb3: {address: \"10.0.0.53\", roles: [\"etcd\"]}\n", ""}, "etcd.topology goes"},
		"majority":         {changed(t, kubeadmCluster, "\t\tw1", "\t\tcp4: {address: \"10.20.0.14\", roles: [\"control-plane\"], interface: \"eth0\"}\n\t\tw1"), []string{"\t\tcp2: {address: \"10.20.0.12\", roles: [\"control-plane\"], interface: \"eth0\"}\n\t\tcp3: {address: \"10.20.0.13\", roles: [\"control-plane\"], interface: \"eth0\"}\n", ""}, "cp2 and cp3 leave etcd at once"},
		"two members":      {units, []string{"\t\tdb2: {address: \"10.0.0.52\", roles: [\"etcd\"]}\n\t\tdb3: {address: \"10.0.0.53\", roles: [\"etcd\"]}\n", ""}, "db2 and db3 leave etcd at once"},
		"replaced member":  {units, []string{"db3: {address: \"10.0.0.53\", roles: [\"etcd\"]}", "db4: {address: \"10.0.0.54\", roles: [\"etcd\"], state: \"joining\"}"}, "db3 leaves etcd and db4 joins at once"},
		"not joining":      {units, []string{"\t\tlb1", "\t\tdb4: {address: \"10.0.0.54\", roles: [\"etcd\"]}\n\t\tlb1"}, "new members of etcd that don't join: db4"},
		"data":             {units, []string{`etcd: {topology: "hosts"`, `etcd: {topology: "hosts", dataDir: "/data/etcd"`}, "etcd of db1 goes from --data-dir=/var/lib/etcd to --data-dir=/data/etcd"},
		"address":          {units, []string{"10.0.0.21", "10.0.0.29"}, "another address or node name of w1"},
		"a node to master": {kubeadmCluster, []string{`w1: {address: "10.20.0.21", roles: ["worker"]`, `w1: {address: "10.20.0.21", interface: "eth0", roles: ["control-plane"]`}, "the role control-plane comes or goes on hosts that stay: w1"},
		"joins in upgrade": {kubeadmCluster, []string{"1.35.4", "1.36.3", "\t\tw1", "\t\tcp4: {address: \"10.20.0.14\", roles: [\"control-plane\"], interface: \"eth0\", state: \"joining\"}\n\t\tw1"}, "Kubernetes goes from 1.35.4 to 1.36.3, and cp4 joins"},
		"port":             {kubeadmCluster, []string{`install: "kubeadm"`, `install: "kubeadm", apiServer: port: 7443`}, "kubernetes.apiServer.port goes from 6443 to 7443"},
	} {
		t.Run(name, func(t *testing.T) {
			p := between(t, stateOf(t, tc.definition), stateOf(t, changed(t, tc.definition, tc.changes...)))
			if p.Safe || len(p.Refused) == 0 || len(p.Waves) > 0 {
				t.Fatalf("planned:\n%s", p.Text())
			}
			r := p.Refused[0]
			if !strings.HasPrefix(r.What, tc.want) || r.Why == "" || len(r.Instead) == 0 {
				t.Errorf("want %q, got %+v", tc.want, p.Refused)
			}
		})
	}
}

// TestWithoutWaves: a cluster that is new, gone, as it was, or in a tree that doesn't say enough.
func TestWithoutWaves(t *testing.T) {
	state := stateOf(t, kubeadmCluster)
	none, err := tree.SnapshotOf("shop", nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := between(t, state, state); !p.Empty() {
		t.Errorf("nothing changes:\n%s", p.Text())
	}
	if p := between(t, none, state); !strings.Contains(p.Note, "From hosts to a cluster") || len(p.Waves) > 0 || !p.Safe {
		t.Errorf("a new cluster:\n%s", p.Text())
	}
	if p := between(t, state, none); !strings.Contains(p.Note, "no longer has the cluster") || len(p.Waves) > 0 || !p.Safe {
		t.Errorf("a cluster that is gone:\n%s", p.Text())
	}
	blind := *state
	manifest := *state.Cluster
	manifest.Topology, manifest.Members, blind.Cluster = nil, nil, &manifest
	if p := between(t, &blind, state); p.Safe || !strings.Contains(p.Refused[0].What, "doesn't say what the cluster is") {
		t.Errorf("an old tree:\n%s", p.Text())
	}
}

// ids are those of a plan's waves.
func ids(p *rollout.Plan) string {
	var all []string
	for _, w := range p.Waves {
		all = append(all, w.ID)
	}
	return strings.Join(all, " ")
}

// TestRefusedAddress: where kubeadm's endpoint is the virtual address itself, no way leads over an endpoint that moves.
func TestRefusedAddress(t *testing.T) {
	at := changed(t, kubeadmCluster, `"api.shop.example.net"`, `"10.20.0.100"`)
	p := between(t, stateOf(t, at), stateOf(t, strings.ReplaceAll(at, "10.20.0.100", "10.20.0.101")))
	if len(p.Refused) != 2 || !strings.HasPrefix(p.Refused[0].What, "endpoint goes") || !strings.HasPrefix(p.Refused[1].What, "vip.address goes") {
		t.Fatalf("want the endpoint and the VIP refused, got %+v", p.Refused)
	}
	if want := "keep vip.address: the endpoint is that address, and kubeadm can't lead it elsewhere"; p.Refused[1].Instead[0] != want {
		t.Errorf("want %q, got %q", want, p.Refused[1].Instead)
	}
}

// TestPatchBack: binaries and etcd go back by a patch version as they came by it.
func TestPatchBack(t *testing.T) {
	units := variant{planes: 3, front: "hosts", proxy: "haproxy", endpoint: "vip", version: "1.36.3", workers: 1}.definition()
	pinned := changed(t, units, `etcd: {topology: "hosts"`, `etcd: {topology: "hosts", version: "3.6.8"`)
	for name, change := range map[string][]string{
		"Kubernetes": {"1.36.3", "1.36.2"},
		"etcd":       {"3.6.8", "3.6.7"},
	} {
		if p := between(t, stateOf(t, pinned), stateOf(t, changed(t, pinned, change...))); !p.Safe || len(p.Waves) == 0 {
			t.Errorf("%s:\n%s", name, p.Text())
		}
	}
}
