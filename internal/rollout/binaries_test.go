package rollout_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/tree"
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
				"objects":           {"kubectl apply --server-side -f out/small/cluster/"},
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

// TestNewPart: a host that stays and gets a member of etcd or a control plane has its certificates with it, when there are the
// accounts that keys belong to; before that there is no API server of its own to ask.
func TestNewPart(t *testing.T) {
	base := variant{planes: 2, front: "hosts", proxy: "nginx", endpoint: "vip", version: "1.36.3", workers: 2}.definition()
	for name, tc := range map[string]struct {
		after      []string
		host, wave string
	}{
		"a member of etcd": {
			[]string{`cp2: {address: "10.0.0.12", roles: ["control-plane", "worker"]`, `cp2: {address: "10.0.0.12", state: "joining", roles: ["control-plane", "etcd", "worker"]`},
			"cp2", "etcd-join-cp2",
		},
		"a control plane": {
			[]string{`w2: {address: "10.0.0.22", roles: ["worker"]`, `w2: {address: "10.0.0.22", state: "joining", roles: ["control-plane", "worker"]`},
			"w2", "control-plane-join-w2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := between(t, stateOf(t, base), stateOf(t, changed(t, base, tc.after...)))
			for _, w := range p.Waves {
				if w.ID != tc.wave && w.PKI && slices.Contains(w.Hosts, tc.host) {
					t.Errorf("%s brings certificates to %s", w.ID, tc.host)
				}
			}
			w := find(p.Waves, tc.wave)
			if w == nil || !w.PKI || tc.host == "cp2" && !slices.Contains(w.Phases, tree.PhasePrerequisites) {
				t.Fatalf("%s of %s: %+v", tc.wave, ids(p), w)
			}
			text := p.Text()
			if !strings.Contains(text, "khagen pki renew "+tc.host+" --keep-keys --cluster small") {
				t.Errorf("the names of what it has are not brought up to date:\n%s", text)
			}
		})
	}
}

// TestSettledVIP: who is to have the virtual address is asked for it when nobody has a higher priority any more, or the same one. The
// waves say so.
func TestSettledVIP(t *testing.T) {
	base := variant{planes: 2, front: "hosts", proxy: "nginx", endpoint: "vip", version: "1.36.3", workers: 1}.definition()
	lower, higher := []string{"priority: 100", "priority: 40"}, []string{"priority: 50", "priority: 200"}
	stays := []string{"virtualRouterID: 7", "virtualRouterID: 7, keepalived: preempt: false"}
	for name, tc := range map[string]struct {
		after []string
		asks  map[string]string // waves, and of whom they ask
		says  map[string]string // waves, and what they say of the address
	}{
		"without preemption it is anybody's": {
			append(stays, lower...), map[string]string{"load-balancer-lb2": "controller", "load-balancer-lb1": "controller"}, nil,
		},
		"the holder's falls": {
			lower, map[string]string{"load-balancer-lb1": "lb2"}, map[string]string{"load-balancer-lb1": "It gives the VIP up to lb2."},
		},
		"the backup's rises": {
			higher, map[string]string{"load-balancer-lb2": "lb2"}, map[string]string{"load-balancer-lb2": "It takes the VIP from then on."},
		},
		"both change": {
			[]string{"priority: 100", "priority: 40", "priority: 50", "priority: 200"},
			map[string]string{"load-balancer-lb2": "lb2", "load-balancer-lb1": "lb2"},
			map[string]string{"load-balancer-lb2": "It takes the VIP from then on.", "load-balancer-lb1": "lb2 has the VIP by now."},
		},
		"both are the same on the way": {
			[]string{"priority: 100", "priority: 90", "priority: 50", "priority: 100"},
			map[string]string{"load-balancer-lb2": "", "load-balancer-lb1": "lb2"},
			map[string]string{
				"load-balancer-lb2": "It takes the VIP when no other has as high a priority any more.", "load-balancer-lb1": "It gives the VIP up to lb2.",
			},
		},
		"nothing moves": {
			[]string{"virtualRouterID: 7", "virtualRouterID: 7, keepalived: check: fall: 5"},
			map[string]string{"load-balancer-lb2": "", "load-balancer-lb1": "lb1"},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := between(t, stateOf(t, base), stateOf(t, changed(t, base, tc.after...)))
			for id, of := range tc.asks {
				w := find(p.Waves, id)
				if w == nil {
					t.Fatalf("no %s in %s", id, ids(p))
				}
				asked := ""
				for _, s := range w.After {
					if strings.Contains(s.Run, "address show to 10.0.0.100") {
						asked = s.On
					}
				}
				if asked != of {
					t.Errorf("%s asks %q, want %q", id, asked, of)
				}
				if !strings.HasSuffix(w.Why, tc.says[id]) {
					t.Errorf("%s says %q, want %q", id, w.Why, tc.says[id])
				}
			}
		})
	}
}
