package delivery_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/internal/delivery"
	"github.com/khagen/khagen/internal/tree"
)

const byToken = `package fleet
cluster: {
	name: "test"
	kubernetes: {
		version: "1.36.3", install: "binaries"
		networking: podCIDRs: ["10.244.0.0/16"]
		kubeProxy: mode: "none"
		join: {discovery: "token", tokenSecret: "bootstrap_token"}
	}
	endpoint: {host: "192.0.2.5", port: 6443}
	loadBalancer: {placement: "hosts", proxy: "nginx", runtime: "container", engine: "podman", image: "docker.io/library/nginx:1.30.1"}
	etcd: topology: "hosts"
	machine: os: "ubuntu-24.04"
	hosts: {
		cp1: {address: "192.0.2.11", roles: ["control-plane"]}
		db1: {address: "192.0.2.31", roles: ["etcd"], etcd: address: "198.51.100.31"}
		db2: {address: "192.0.2.32", roles: ["etcd"]}
		lb1: {address: "192.0.2.5", roles: ["load-balancer"]}
		w1: {address: "192.0.2.21", roles: ["worker"]}
	}
}`

// TestReadmeOfBinaries wants the way to a cluster without kubeadm in the order in which it can be gone.
func TestReadmeOfBinaries(t *testing.T) {
	readme := readmeOf(t, byToken)
	wantInOrder(t, readme,
		"\n1. Install packages and programs",
		"enable the `units`",
		"the phase\n   `prerequisites`. This makes etcd's user",
		"\n2. `khagen pki init test` makes all certificates",
		"\n3. One line after the other",
		"`systemctl daemon-reload`, then `systemctl restart\n   --no-block`",
		"\n   - `etcd.service` on db1, db2",
		"\n   - `khagen-balancer.service` on lb1",
		"\n   - `kube-apiserver.service`, `kube-controller-manager.service`, `kube-scheduler.service` on cp1",
		"\n   - `kubelet.service` on w1",
		"of a quadlet, at boot and at each `daemon-reload`: there is nothing to enable.",
		"export ETCDCTL_ENDPOINTS=https://198.51.100.31:2379,https://192.0.2.32:2379\n",
		"ETCDCTL_CERT=/etc/etcd/pki/healthcheck-client.crt ",
		"\n   /usr/local/bin/etcdctl endpoint health\n",
		"\n4. Once the endpoint answers,",
		"approval of the kubelets'",
		"\n   kubectl --kubeconfig pki/test/super-admin.kubeconfig apply --server-side -f out/test/cluster/\n",
		"\n5. Let the bootstrap token in for a day; it is the value of the secret `bootstrap_token`:\n",
		"`kubectl certificate approve NAME`",
		"\n6. Install a CNI for the pod network `10.244.0.0/16` that does the work of kube-proxy too.",
		"\n   Without the role `worker`: cp1. Neither a CNI nor kube-proxy",
		"\n## A cluster that runs\n",
		"delete `/etc/kubernetes/kubelet.kubeconfig` on the nodes",
	)
	if strings.Contains(readme, "kubeadm init") || strings.Contains(readme, "\n\n\n") || !strings.HasSuffix(readme, ".\n") {
		t.Error("has something of kubeadm's, or lines too many")
		t.Log(readme)
	}
	for _, other := range []string{"ystemctl start", "container runtime", "Someone else's"} {
		if strings.Contains(readme, other) {
			t.Errorf("has %q", other)
		}
	}
}

// TestReadmeOfUpgrades wants nothing to be newer than the API servers, and etcd's data saved before anything changes.
func TestReadmeOfUpgrades(t *testing.T) {
	wantInOrder(t, readmeOf(t, byToken),
		"\n### Upgrades\n", "One minor version at a time", "`notify`",
		"`ETCDCTL_ENDPOINTS=https://127.0.0.1:2379 /usr/local/bin/etcdctl snapshot save FILE`",
		"\n1. `etcd`", "one member after the other",
		"\n2. `kube-apiserver`, one host after the other, and all of them before anything of the next steps.",
		"`kubectl --server https://ADDRESS:6443 get --raw /readyz`",
		"\n3. `kube-controller-manager` and `kube-scheduler`",
		"\n4. `kubelet` and what else", "`kubectl drain NODE", "`kubectl uncordon NODE`",
		"\n5. `kubectl apply --server-side -f out/test/cluster/`",
	)
}

// TestReadmeOfMembers wants a member of etcd to be removed before its successor is added, and its data to go.
func TestReadmeOfMembers(t *testing.T) {
	wantInOrder(t, readmeOf(t, byToken),
		"\n### A host goes\n", "`state: \"leaving\"`",
		"\n   /usr/local/bin/etcdctl member list\n   /usr/local/bin/etcdctl member remove ID\n",
		"`systemctl disable --now etcd.service`, and delete the folder that `--data-dir` in\n   `/etc/etcd/etcd.conf` names.",
		"\n4. Stop", "`pki/test/hosts/<host>`",
		"\n### A host comes\n", "`state: \"joining\"`", "`khagen pki init test`", "`khagen pki check test`",
		"\n   /usr/local/bin/etcdctl member add NAME --peer-urls URL\n",
		"`/etc/etcd/etcd.conf`", "`/etc/etcd/etcd-initial.conf`",
		"\n4. Step 3 above", "with a token that is valid", "\n5. When its member is healthy, take `state` away",
	)
	own := readmeOf(t, strings.Replace(byToken, `topology: "hosts"`, `{topology: "hosts", walDir: "/srv/wal"}`, 1))
	wantInOrder(t, own, "delete the folders that `--data-dir` and `--wal-dir` in\n   `/etc/etcd/etcd.conf` name.")
}

const contained = `package fleet
cluster: {
	name: "test"
	kubernetes: {version: "1.36.3", install: "kubeadm", networking: podCIDRs: ["10.244.0.0/16"]}
	endpoint: {host: "192.0.2.100", port: 8443}
	vip: {
		address: "192.0.2.100", prefix: 24
		keepalived: {virtualRouterID: 7, runtime: "container", image: "registry.example.net/keepalived:2.2.8"}
	}
	loadBalancer: {placement: "control-plane", runtime: "container", image: "docker.io/library/haproxy:3.2.19-alpine"}
	etcd: topology: "stacked"
	machine: os: "ubuntu-24.04"
	hosts: [_]: {roles: ["control-plane"], interface: "eth0"}
	hosts: {
		cp1: address: "192.0.2.11"
		cp2: address: "192.0.2.12"
		cp3: address: "192.0.2.13"
	}
}`

// TestReadmeOfContainers wants to know that a quadlet is started, and never enabled; units of other engines are like any.
func TestReadmeOfContainers(t *testing.T) {
	wantInOrder(t, readmeOf(t, contained),
		"- Behind it: haproxy as a container on every control plane, port 8443\n- Virtual address: `192.0.2.100`, by keepalived\n",
		"\npodman makes `khagen-balancer.service` and `khagen-keepalived.service` of a quadlet,", "nothing to enable.\n")
	for _, other := range []string{
		strings.Replace(contained, `"ubuntu-24.04"`, `"debian-12"`, 1),
		strings.Replace(contained, `runtime: "container", image: "docker`, `runtime: "container", engine: "docker", image: "docker`, 1),
	} {
		if readme := readmeOf(t, other); strings.Contains(readme, "quadlet") {
			t.Errorf("has a quadlet:\n%s", readme)
		}
	}
	mixed := strings.Replace(contained, `cp2: address: "192.0.2.12"`, `cp2: {address: "192.0.2.12", machine: os: "debian-12"}`, 1)
	wantInOrder(t, readmeOf(t, mixed), "\npodman makes `khagen-balancer.service` and `khagen-keepalived.service` on cp1, cp3 of a quadlet,")
	binaries := strings.Replace(contained, `"kubeadm"`, `"binaries"`, 1)
	wantInOrder(t, readmeOf(t, binaries),
		"\n   - `etcd.service` on", "\n   - `khagen-balancer.service`, `khagen-keepalived.service` on cp1, cp2, cp3\n",
		"podman makes `khagen-balancer.service` and `khagen-keepalived.service` of a quadlet")
}

// TestReadmeOfPods: a kubelet that stops leaves its pods running, and without preemption only keepalived's end moves the VIP.
func TestReadmeOfPods(t *testing.T) {
	pods := strings.NewReplacer(`"kubeadm"`, `"binaries"`, `runtime: "container"`, `runtime: "static-pod"`, `["control-plane"]`, `["control-plane", "worker"]`).Replace(contained)
	wantInOrder(t, readmeOf(t, pods), "\n### A host goes\n", "so that the VIP leaves it.\n",
		"delete `keepalived.yaml`, then `haproxy.yaml`\n   from `/etc/kubernetes/manifests`", "`crictl ps`", "`systemctl disable --now kubelet.service`")
	for _, install := range []string{"binaries", "kubeadm"} {
		stays := strings.NewReplacer(`"kubeadm"`, `"`+install+`"`, "virtualRouterID: 7,", "virtualRouterID: 7, preempt: false,").Replace(contained)
		readme := readmeOf(t, stays)
		wantInOrder(t, readme, "\n### A host goes\n", "The VIP leaves it when", "keepalived stops there.\n")
		if strings.Contains(readme, "/etc/kubernetes/manifests") || strings.Contains(readme, "so that the VIP") {
			t.Errorf("%s: has static pods, or moves the VIP by priority:\n%s", install, readme)
		}
	}
}

const external = `package fleet
cluster: {
	name: "test"
	kubernetes: {version: "1.36.3", install: "binaries", networking: podCIDRs: ["10.244.0.0/16"]}
	endpoint: {host: "192.0.2.5", port: 6443}
	loadBalancer: placement: "external"
	etcd: {topology: "external", external: {
		endpoints: ["https://a.example.net:2379", "https://b.example.net:2379"]
		caFile: "/srv/etcd/ca.crt", certFile: "/srv/etcd/client.crt", keyFile: "/srv/etcd/client.key"
	}}
	machine: {os: "debian-12", containerRuntime: manage: false}
	hosts: {
		cp1: {address: "192.0.2.11", roles: ["control-plane", "worker"]}
		cp2: {address: "192.0.2.12", roles: ["control-plane", "worker"]}
		w1: {address: "192.0.2.21", roles: ["worker"], machine: containerRuntime: manage: true}
	}
}`

// TestReadmeOfOthers wants to know what others have to bring: etcd's certificates, and a container runtime.
func TestReadmeOfOthers(t *testing.T) {
	readme := readmeOf(t, external)
	wantInOrder(t, readme,
		"\n## etcd\n\nSomeone else's, at `https://a.example.net:2379`, `https://b.example.net:2379`.",
		"on cp1, cp2, owned by root",
		"\n- `/srv/etcd/ca.crt`: ", "\n- `/srv/etcd/client.crt`: ", "\n- `/srv/etcd/client.key`: its key, with mode 0600\n",
		"`prerequisites`. This restarts",
		"container runtime of cp1, cp2 alone", "`unix:///run/containerd/containerd.sock`",
		"makes all other certificates",
		"\n1. `kube-apiserver`", "\n2. `kube-controller-manager`", "\n3. `kubelet`, `kube-proxy` and", "\n4. `kubectl apply --server-side",
		"\n3. Stop what", "\n3. Step 3 above",
	)
	for _, other := range []string{"etcdctl", "Without the role `worker`", "quadlet", "member of etcd", "\n\n\n"} {
		if strings.Contains(readme, other) {
			t.Errorf("has %q", other)
		}
	}
	kubeadm := readmeOf(t, strings.Replace(running, `version: "1.6"`, `manage: false`, 1))
	wantInOrder(t, kubeadm, "\nkhagen leaves the container runtime of cp1 alone: one has to answer on `unix:///run/containerd/containerd.sock` before.\n")
}

// TestManifestOfPrograms wants the manifest to tell a program that runs from one that is only called.
func TestManifestOfPrograms(t *testing.T) {
	all, err := delivery.Files(load(t, byToken), nil)
	if err != nil {
		t.Fatal(err)
	}
	type change struct {
		Phase  tree.Phase
		Notify []string
	}
	got := map[string]change{}
	for _, f := range all {
		if f.Kind != tree.KindManifest {
			continue
		}
		m, _ := tree.ReadManifest(f.Content)
		for _, p := range m.Programs {
			got[p.Path] = change{p.Phase, p.Notify}
		}
	}
	for path, want := range map[string]change{
		"/usr/local/bin/etcd":                    {tree.PhaseEtcd, []string{"restart etcd.service"}},
		"/usr/local/bin/etcdctl":                 {tree.PhaseEtcd, nil},
		"/usr/local/bin/kube-apiserver":          {tree.PhaseControlPlane, []string{"restart kube-apiserver.service"}},
		"/usr/local/bin/kube-controller-manager": {tree.PhaseControlPlane, []string{"restart kube-controller-manager.service"}},
		"/usr/local/bin/kubectl":                 {tree.PhaseControlPlane, nil},
		"/usr/local/bin/kubelet":                 {tree.PhaseWorker, []string{"restart kubelet.service"}},
		"/opt/cni/bin/loopback":                  {tree.PhaseWorker, nil},
	} {
		if diff := cmp.Diff(want, got[path]); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

func readmeOf(t *testing.T, definition string) string {
	t.Helper()
	all, err := delivery.Files(load(t, definition), nil)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(f tree.File) bool { return f.TreePath() == "README.md" })
	return string(all[i].Content)
}

// wantInOrder wants every one of the texts, each after the one before.
func wantInOrder(t *testing.T, text string, wanted ...string) {
	t.Helper()
	rest := text
	for _, want := range wanted {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Errorf("lacks %q, or has it too early", want)
			continue
		}
		rest = after
	}
	if t.Failed() {
		t.Log(text)
	}
}

// TestAuthorityOfBalancer: who reads an authority only when it starts, or is told to, is told where the file changes.
func TestAuthorityOfBalancer(t *testing.T) {
	const balancer = `proxy: "nginx", runtime: "container", engine: "podman", image: "docker.io/library/nginx:1.30.1"`
	definition := strings.Replace(byToken, balancer, `proxy: "haproxy", healthCheck: verifyCA: true`, 1)
	definition = strings.Replace(definition, `["control-plane"]`, `["control-plane", "load-balancer"]`, 1)
	all, err := delivery.Files(load(t, definition), nil)
	if err != nil {
		t.Fatal(err)
	}
	const file = `{"path":"/etc/kubernetes/pki/ca.crt","mode":"0644","owner":"root:root","phase":"prerequisites"`
	for _, f := range all {
		want, ok := map[string]string{
			"hosts/cp1/manifest.json": file + `,"notify":["restart kube-controller-manager.service","reload haproxy.service"]}`,
			"hosts/lb1/manifest.json": file + `,"notify":["reload haproxy.service"]}`,
			"hosts/w1/manifest.json":  file + `}`,
		}[f.TreePath()]
		if ok && !strings.Contains(string(f.Content), want) {
			t.Errorf("%s\nlacks %s:\n%s", f.TreePath(), want, f.Content)
		}
	}
}
