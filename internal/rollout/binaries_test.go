package rollout_test

import (
	"strings"
	"testing"
)

// TestBinaries: which waves a change makes where components are units, and what is run in them.
func TestBinaries(t *testing.T) {
	base := variant{planes: 2, front: "hosts", proxy: "nginx", endpoint: "vip", version: "1.36.3", workers: 5}.definition()
	const db3 = `db3: {address: "10.0.0.53", roles: ["etcd"]`
	joins := []string{"\t\tlb1", "\t\tdb4: {address: \"10.0.0.54\", roles: [\"etcd\"], state: \"joining\"}\n\t\tlb1"}
	joined := []string{"\t\tlb1", "\t\tdb4: {address: \"10.0.0.54\", roles: [\"etcd\"]}\n\t\tlb1"}
	leaves := []string{db3, db3 + `, state: "leaving"`}
	for name, tc := range map[string]struct {
		before, after []string // changes of the definition
		waves         string
		runs          map[string][]string
	}{
		"a member joins": {
			after: joins, waves: "etcd-join-db4 hosts",
			runs: map[string][]string{"etcd-join-db4": {
				"endpoint health", "khagen pki init small", "member add db4 --peer-urls https://10.0.0.54:2380", "https://10.0.0.54:2379",
			}},
		},
		"a member is relied on": {
			before: joins, after: joined, waves: "control-plane-cp1 control-plane-cp2 hosts",
		},
		"a member leaves": {
			after: leaves, waves: "control-plane-cp1 control-plane-cp2 hosts leave-db3",
			runs: map[string][]string{"leave-db3": {"endpoint health", `$3 == "db3"`, "member remove", "systemctl disable --now etcd.service", "endpoint health"}},
		},
		"an upgrade": {
			after: []string{"1.36.3", "1.37.1"},
			waves: "etcd control-plane-cp1 control-plane-cp2 node-cp1 node-cp2 workers-1 workers-2 workers-3 workers-4 workers-5 objects",
			runs: map[string][]string{
				"etcd":              {"endpoint health", "snapshot save /var/tmp/etcd-before-3.7.0.db"},
				"control-plane-cp1": {"get --raw /readyz", "endpoint health", "snapshot save"},
				"workers-3":         {"kubectl drain w3 --ignore-daemonsets", "kubectl wait", "kubectl uncordon w3"},
				"objects":           {"kubectl apply -f out/small/cluster/"},
			},
		},
		"another balancer": {
			after: []string{`proxy: "nginx"`, `proxy: "haproxy"`},
			waves: "control-plane-cp1 control-plane-cp2 load-balancer-lb2 load-balancer-lb1 tidy-lb1 tidy-lb2",
			runs: map[string][]string{
				"load-balancer-lb2": {"systemctl is-active nginx.service", "'haproxy'", "systemctl stop nginx.service", "systemctl is-active haproxy.service"},
				"load-balancer-lb1": {"systemctl is-active haproxy.service", "systemctl stop nginx.service"},
				"tidy-lb1":          {"rm -f /etc/nginx/nginx.conf"},
			},
		},
		"the kernel": {
			after: []string{`os: "debian-12"`, `os: "debian-12", machine: sysctls: "net.core.somaxconn": 4096`},
			waves: "hosts",
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := stateOf(t, changed(t, base, tc.before...)), stateOf(t, changed(t, base, tc.after...))
			p := between(t, before, after)
			if got := ids(p); got != tc.waves {
				t.Errorf("waves\n%s, want\n%s\n%s", got, tc.waves, p.Text())
			}
			if broken := newMemory().walk(before, after, p.Waves); len(broken) > 0 {
				t.Errorf("breaks:\n%s", strings.Join(broken, "\n"))
			}
			for id, runs := range tc.runs {
				wantRuns(t, p, id, runs)
			}
		})
	}
}
