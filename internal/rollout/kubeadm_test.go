package rollout_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/rollout"
	"github.com/khagen/khagen/internal/tree"
)

// TestKubeadm: which waves a change makes under kubeadm, and what kubeadm is told in them.
func TestKubeadm(t *testing.T) {
	const cp4 = "\t\tcp4: {address: \"10.20.0.14\", roles: [\"control-plane\"], interface: \"eth0\", state: \"joining\"}\n"
	const many = `
		w3: {address: "10.20.0.23", roles: ["worker"]}
		w4: {address: "10.20.0.24", roles: ["worker"]}
		w5: {address: "10.20.0.25", roles: ["worker"]}
		w6: {address: "10.20.0.26", roles: ["worker"]}
		w7: {address: "10.20.0.27", roles: ["worker"]}
		w8: {address: "10.20.0.28", roles: ["worker"], machine: os: "rhel-9"}
`
	const cp3 = `cp3: {address: "10.20.0.13", roles: ["control-plane"], interface: "eth0"`
	for name, tc := range map[string]struct {
		before, after []string // changes of the definition
		waves         string
		runs          map[string][]string // what is run in waves, in this order
	}{
		"a flag": {
			after: []string{`install: "kubeadm"`, `install: "kubeadm", apiServer: extraArgs: "default-not-ready-toleration-seconds": "60"`},
			waves: "control-plane-cp1 control-plane-cp2 control-plane-cp3",
			runs: map[string][]string{
				"control-plane-cp1": {"kubeadm init phase control-plane all --config /etc/kubernetes/kubeadm/config.yaml", "kubeadm init phase upload-config kubeadm"},
				"control-plane-cp2": {"kubeadm init phase control-plane all"},
			},
		},
		"a name": {
			after: []string{`install: "kubeadm"`, `install: "kubeadm", apiServer: certSANs: ["k8s.example.org"]`},
			waves: "control-plane-cp1 control-plane-cp2 control-plane-cp3",
			runs: map[string][]string{"control-plane-cp3": {
				"|| mv /etc/kubernetes/pki/apiserver.key $old/; } && kubeadm init phase certs apiserver --config",
				"--tls-server-name k8s.example.org get --raw /readyz",
			}},
		},
		"kubelets": {
			after: []string{`install: "kubeadm"`, `install: "kubeadm", kubelet: config: maxPods: 200`},
			waves: "control-plane-cp1 control-plane-cp2 control-plane-cp3 workers-1 workers-2",
			runs: map[string][]string{
				"control-plane-cp1": {"kubeadm init phase upload-config kubelet", "kubeadm upgrade node phase kubelet-config"},
				"workers-1":         {"kubeadm upgrade node phase kubelet-config && systemctl restart kubelet.service"},
			},
		},
		"an upgrade": {
			before: []string{`"10.20.0.22"`, `"10.20.0.22", kubelet: config: maxPods: 200`},
			after:  []string{"1.35.4", "1.36.3", `"10.20.0.22"`, `"10.20.0.22", kubelet: config: maxPods: 200`},
			waves:  "upgrade-cp1 upgrade-cp2 upgrade-cp3 kubelet-cp1 kubelet-cp2 kubelet-cp3 workers-1 workers-2",
			runs: map[string][]string{
				"upgrade-cp1": {"apt-cache madison kubeadm | grep --quiet ' 1.36.3-'", "snapshot save", "'kubeadm=1.36.3-*'", "kubeadm upgrade apply v1.36.3 --yes"},
				"upgrade-cp2": {"'kubeadm=1.36.3-*'", "kubeadm upgrade node"},
				"kubelet-cp1": {"kubectl drain cp1", "'kubelet=1.36.3-*'", "systemctl restart kubelet.service", "kubectl uncordon cp1"},
				"workers-2":   {"kubectl drain w2", "'kubeadm=1.36.3-*'", "kubeadm upgrade node --patches /etc/kubernetes/patches", "'kubelet=1.36.3-*'", "kubectl uncordon w2"},
			},
		},
		"an upgrade beside CRI-O": {
			before: []string{`os: "debian-12"`, `{os: "debian-12", containerRuntime: name: "cri-o"}`},
			after:  []string{"1.35.4", "1.36.3", `os: "debian-12"`, `{os: "debian-12", containerRuntime: name: "cri-o"}`},
			waves:  "upgrade-cp1 upgrade-cp2 upgrade-cp3 kubelet-cp1 kubelet-cp2 kubelet-cp3 workers-1 workers-2",
			runs: map[string][]string{
				"upgrade-cp1": {"apt-get update && apt-cache madison cri-o | grep --quiet ' 1.36.' && apt-cache madison kubeadm | grep --quiet ' 1.36.3-'"},
				"kubelet-cp1": {"kubectl drain cp1", "'cri-o=1.36.*'"},
			},
		},
		"an upgrade of many": {
			before: []string{"\t\tw1", many + "\t\tw1", `"10.20.0.22"`, `"10.20.0.22", kubelet: config: maxPods: 200`},
			after:  []string{"1.35.4", "1.36.3", "\t\tw1", many + "\t\tw1", `"10.20.0.22"`, `"10.20.0.22", kubelet: config: maxPods: 200`},
			waves:  "upgrade-cp1 upgrade-cp2 upgrade-cp3 kubelet-cp1 kubelet-cp2 kubelet-cp3 workers-1 workers-2 workers-3 workers-4",
			runs: map[string][]string{
				"workers-1": {"kubectl drain w1 w2 ", "kubeadm upgrade node\n", "kubeadm upgrade node --patches /etc/kubernetes/patches\n", "kubectl uncordon w1 w2"},
				"workers-2": {"kubectl drain w3 w4 ", "kubeadm upgrade node\n", "kubectl uncordon w3 w4"},
			},
		},
		"a host joins": {
			after: []string{"\t\tw1", cp4 + "\t\tw1"},
			waves: "control-plane-cp1 control-plane-cp2 control-plane-cp3 control-plane-join-cp4 load-balancer-cp3 load-balancer-cp2 load-balancer-cp1 load-balancer-cp4",
			runs: map[string][]string{
				"control-plane-cp1":      {"kubeadm init phase certs apiserver"},
				"control-plane-join-cp4": {"test -s /etc/kubernetes/pki/sa.key", "test -s /etc/kubernetes/discovery.conf", "kubeadm join --config /etc/kubernetes/kubeadm/join.yaml", "kubectl get node cp4"},
			},
		},
		"a host is relied on": {
			before: []string{"\t\tw1", cp4 + "\t\tw1"},
			after:  []string{"\t\tw1", strings.Replace(cp4, `, state: "joining"`, "", 1) + "\t\tw1"},
			waves:  "load-balancer-cp4 load-balancer-cp3 load-balancer-cp2 load-balancer-cp1",
			runs:   map[string][]string{"load-balancer-cp4": {"kubectl --kubeconfig /etc/kubernetes/controller-manager.conf get --raw /readyz"}},
		},
		"a host leaves": {
			after: []string{cp3, cp3 + `, state: "leaving"`},
			waves: "load-balancer-cp3 load-balancer-cp2 load-balancer-cp1 leave-cp3",
			runs:  map[string][]string{"leave-cp3": {"kubectl drain cp3", "kubeadm reset --force", "kubectl delete node cp3", "endpoint health"}},
		},
		"a host is gone": {
			before: []string{cp3, cp3 + `, state: "leaving"`},
			after:  []string{"\t\t" + cp3 + "}\n", ""},
			waves:  "vrrp-leave-cp3 control-plane-cp1 control-plane-cp2 load-balancer-cp2 load-balancer-cp1 leave-cp3",
			runs:   map[string][]string{"vrrp-leave-cp3": {"systemctl is-active keepalived.service", "ssh -p 22 root@10.20.0.13 'sh -c '\\''systemctl stop keepalived.service"}},
		},
		"a worker joins": {
			after: []string{"\t\tw1", "\t\tw3: {address: \"10.20.0.23\", roles: [\"worker\"]}\n\t\tw1"},
			waves: "node-join-w3",
			runs:  map[string][]string{"node-join-w3": {"apt-get install", "test -s /etc/kubernetes/discovery.conf", "kubeadm join", "kubectl wait --for condition=Ready --timeout 5m node/w3"}},
		},
		"bootstrapHost goes": {
			before: []string{"\thosts: {", "\tbootstrapHost: \"cp1\"\n\thosts: {"},
			waves:  "control-plane-cp1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := stateOf(t, changed(t, kubeadmCluster, tc.before...)), stateOf(t, changed(t, kubeadmCluster, tc.after...))
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

func wantRuns(t *testing.T, p *rollout.Plan, id string, runs []string) {
	t.Helper()
	w := find(p.Waves, id)
	if w == nil {
		t.Fatalf("no wave %s", id)
	}
	var all strings.Builder
	for _, steps := range [][]rollout.Step{w.Before, w.Steps, w.After} {
		for _, s := range steps {
			all.WriteString(s.Run + "\n")
		}
	}
	rest := all.String()
	for _, run := range runs {
		_, after, ok := strings.Cut(rest, run)
		if !ok {
			t.Errorf("%s runs no %q after the ones before:\n%s", id, run, all.String())
			return
		}
		rest = after
	}
}

// TestRepositoryOfUpgrade: another minor version has a repository of its own, and the plan says what brings it.
func TestRepositoryOfUpgrade(t *testing.T) {
	for version, want := range map[string]bool{"1.35.5": false, "1.36.3": true} {
		p := between(t, stateOf(t, kubeadmCluster), stateOf(t, changed(t, kubeadmCluster, "1.35.4", version)))
		if got := strings.Contains(p.Text(), "prepare.yml --tags repositories"); got != want {
			t.Errorf("to %s: %v, want %v", version, got, want)
		}
	}
}

// TestUpgradeIgnores: upgrades pass over what an overlay has init and join pass over, but for what these ask of new hosts alone, and
// over CoreDNS where nothing is to run it.
func TestUpgradeIgnores(t *testing.T) {
	overlay := func(f *tree.File) {
		text := string(f.Content)
		text = strings.ReplaceAll(text, "nodeRegistration:\n", "nodeRegistration:\n  ignorePreflightErrors: [SystemVerification, Swap, Port-6443, DirAvailable--etc-kubernetes-manifests]\n")
		text = strings.ReplaceAll(text, "kind: ClusterConfiguration\n", "kind: ClusterConfiguration\ndns:\n  disabled: true\n")
		f.Content = []byte(text)
	}
	const token = `install: "kubeadm", join: {discovery: "token", tokenSecret: "bootstrap_token", caCertHashes: ["sha256:7c1bb9d3f1a3e5ac4d1e8ce5f3d1c3b0a7a64f0a3d7b6d0c0a9f8e7d6c5b4a39"]}`
	for name, definition := range map[string]string{"a file": kubeadmCluster, "a secret in join.yaml": changed(t, kubeadmCluster, `install: "kubeadm"`, token)} {
		t.Run(name, func(t *testing.T) {
			before, after := stateOf(t, definition, overlay), stateOf(t, changed(t, definition, "1.35.4", "1.36.3"), overlay)
			p := between(t, before, after)
			for wave, want := range map[string]string{
				"upgrade-cp1": "kubeadm upgrade apply v1.36.3 --yes --ignore-preflight-errors CoreDNSMigration,CoreDNSUnsupportedPlugins,Swap,SystemVerification\n",
				"upgrade-cp2": "kubeadm upgrade node --ignore-preflight-errors Swap,SystemVerification\n",
				"workers-1":   "kubeadm upgrade node --ignore-preflight-errors Swap,SystemVerification\n",
			} {
				wantRuns(t, p, wave, []string{want})
			}
		})
	}
}

// TestHandsOver: whoever may have the virtual address gives it up before its static pod of the balancer is made anew, and no other.
func TestHandsOver(t *testing.T) {
	const pods = `placement: "control-plane", runtime: "static-pod", image: "registry.example.net/haproxy:3.0"`
	asPods := []string{
		"keepalived: virtualRouterID: 42", `keepalived: {virtualRouterID: 42, runtime: "static-pod", image: "registry.example.net/keepalived:2.2.8"}`,
		`placement: "control-plane"`, pods,
	}
	fewer := []string{`proxy: "haproxy"`, `proxy: "haproxy", maxConnections: 1024`}
	for name, tc := range map[string]struct {
		definition, change []string
		want               string
	}{
		"the holder's":       {asPods, fewer, "load-balancer-cp1"},
		"without preemption": {append(asPods, "virtualRouterID: 42,", "virtualRouterID: 42, preempt: false,"), fewer, "load-balancer-cp3 load-balancer-cp2 load-balancer-cp1"},
		"units":              {nil, fewer, ""},
		"keepalived's image": {asPods, []string{"keepalived:2.2.8", "keepalived:2.3.1"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			definition := changed(t, kubeadmCluster, tc.definition...)
			before, after := stateOf(t, definition), stateOf(t, changed(t, definition, tc.change...))
			p := between(t, before, after)
			var got []string
			for _, w := range p.Waves {
				gone := slices.IndexFunc(w.Before, func(s rollout.Step) bool {
					return strings.Contains(s.Run, "rm -f /etc/kubernetes/manifests/keepalived.yaml")
				})
				if gone < 0 {
					continue
				}
				got = append(got, w.ID)
				if asked := w.Before[gone-1]; !strings.Contains(asked.Run, "crictl ps --quiet --state running --name keepalived") || asked.On == w.Hosts[0] {
					t.Errorf("%s doesn't ask whether another could take the address: %+v", w.ID, asked)
				}
				if rest := w.Before[gone+1:]; len(rest) != 1 || !strings.Contains(rest[0].Run, "! ip -brief address show to 10.20.0.100") {
					t.Errorf("%s doesn't ask whether the address is gone: %+v", w.ID, rest)
				}
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("given up in %q, want %q\n%s", got, tc.want, p.Text())
			}
			if broken := newMemory().walk(before, after, p.Waves); len(broken) > 0 {
				t.Errorf("breaks:\n%s", strings.Join(broken, "\n"))
			}
		})
	}
}
