package delivery_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/internal/delivery"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

// The reference clusters in out/ show what is usual; here is what they don't have.

func load(t *testing.T, definition string) *topology.Cluster {
	t.Helper()
	overlays := t.TempDir()
	for name, text := range map[string]string{
		"cue.mod/module.cue": "module: \"khagen.example/fleet\"\nlanguage: version: \"v0.17.0\"\n",
		"test/cluster.cue":   definition,
	} {
		path := filepath.Join(overlays, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	spec, err := schema.Load(filepath.Join(overlays, "test"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := topology.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const running = `package fleet
cluster: {
	name: "test"
	kubernetes: {version: "1.36.3", networking: podCIDRs: ["10.244.0.0/16"], apiServer: anonymousAuth: "health"}
	endpoint: {host: "api.example.net", port: 6443}
	loadBalancer: placement: "external"
	etcd: topology: "stacked"
	machine: {os: "debian-12", containerRuntime: version: "1.6"}
	hosts: {
		cp1: {address: "192.0.2.11", roles: ["worker", "control-plane"], ssh: {address: "198.51.100.11", port: 2222, user: "ops"}}
	}
}`

func files(t *testing.T, rendered []tree.File) map[string]tree.File {
	t.Helper()
	all, err := delivery.Files(load(t, running), rendered)
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[string]tree.File{}
	for _, f := range all {
		byPath[f.TreePath()] = f
	}
	return byPath
}

func TestManifest(t *testing.T) {
	byPath := files(t, []tree.File{
		{
			Host: "cp1", Path: "/etc/b", Kind: tree.KindFile, Mode: 0o755, Owner: "root:99", Phase: tree.PhaseWorker, Source: "one",
			Notify: []tree.Action{{Verb: tree.VerbDaemon}, {Verb: tree.VerbRestart, Unit: "b.service"}},
		},
		{Host: "cp1", Path: "/etc/a", Kind: tree.KindSecret, Mode: 0o600, Source: "two"},
	})
	want := `{
  "host": "cp1",
  "cluster": "test",
  "ssh": {"address":"198.51.100.11","port":2222,"user":"ops"},
  "roles": ["control-plane","worker"],
  "packages": [
    {"name":"containerd","hold":true},
    {"name":"cri-tools"},
    {"name":"kubeadm","version":"1.36.3-*","hold":true},
    {"name":"kubectl","version":"1.36.3-*","hold":true},
    {"name":"kubelet","version":"1.36.3-*","hold":true}
  ],
  "certificates": [
    {"path":"/etc/kubernetes/pki/apiserver.crt","names":["api.example.net","cp1","kubernetes","kubernetes.default","kubernetes.default.svc","kubernetes.default.svc.cluster.local","localhost","10.96.0.1","127.0.0.1","192.0.2.11","::1"],"issuer":"kubeadm"},
    {"path":"/etc/kubernetes/pki/etcd/peer.crt","names":["cp1","localhost","127.0.0.1","192.0.2.11","::1"],"issuer":"kubeadm"},
    {"path":"/etc/kubernetes/pki/etcd/server.crt","names":["cp1","localhost","127.0.0.1","192.0.2.11","::1"],"issuer":"kubeadm"}
  ],
  "units": [
    {"name":"containerd.service","enabled":true},
    {"name":"khagen-swapoff.service","enabled":true},
    {"name":"kubelet.service","enabled":true}
  ],
  "files": [
    {"path":"/etc/a","kind":"secret","mode":"0600","owner":"root:root","source":"two"},
    {"path":"/etc/b","kind":"file","mode":"0755","owner":"root:99","phase":"worker","notify":["daemon-reload","restart b.service"],"source":"one"}
  ]
}
`
	if diff := cmp.Diff(want, string(byPath["hosts/cp1/manifest.json"].Content)); diff != "" {
		t.Error(diff)
	}
}

// Workers can't join before their balancers run, and the endpoint leads nowhere for people elsewhere.
func TestReadmeOfNodeLocal(t *testing.T) {
	definition := strings.NewReplacer(
		`"external"`, `"node-local"`,
		"hosts: {", "hosts: {\n\t\tw1: {address: \"192.0.2.21\", roles: [\"worker\"]}",
		`anonymousAuth: "health"`, `bind: "address"`,
	).Replace(running)
	readme := readmeOf(t, definition)
	for _, want := range []string{
		"\n- Behind it: haproxy as a service on every host that is only a worker, for itself: the loopback, port 6443\n",
		"\n## The endpoint\n\n`api.example.net` leads to another address on each host",
		"\nWorkers join through their own balancers: `systemctl restart haproxy.service` there before",
		"\n`kubeadm upgrade` has to be given `--patches /etc/kubernetes/patches`.",
	} {
		if !strings.Contains(readme, want) {
			t.Errorf("lacks %q:\n%s", want, readme)
		}
	}
}

// TestReadmeOfEncryption: a plugin has to run whatever is encrypted; kubectl gets no resources by pattern.
func TestReadmeOfEncryption(t *testing.T) {
	for resources, want := range map[string]string{
		`["secrets"]`:           "\n\nWhat etcd had before stays as it is until an administrator writes it again, once all API servers have the configuration:\n\n```sh\nkubectl get secrets --all-namespaces --output json | kubectl replace --filename -\n```\n",
		`["*.*"]`:               "\n\nWhat etcd had before stays as it is until an administrator writes it again, once all API servers have the configuration: each resource that `*.*` stands for.\n",
		`["secrets", "*.apps"]`: "\n\nWhat etcd had before stays as it is until an administrator writes it again, once all API servers have the configuration: each resource that `*.apps` stands for, and:\n\n```sh\nkubectl get secrets ",
	} {
		readme := readmeOf(t, strings.Replace(running, `apiServer: anonymousAuth: "health"`,
			`apiServer: encryption: {provider: "kms", kms: {name: "vault", endpoint: "unix:///run/kms/kms.sock"}, resources: `+resources+`}`, 1))
		wantInOrder(t, readme, "\n## Encryption at rest\n\nThe KMS plugin is yours to run", "`unix:///run/kms/kms.sock`", want)
		if strings.Contains(readme, "kubectl get *") {
			t.Errorf("gets a pattern:\n%s", readme)
		}
	}
}

func TestReadmeOfRunningCluster(t *testing.T) {
	readme := string(files(t, nil)["README.md"].Content)
	for _, want := range []string{
		"- test `GET /readyz` over TLS for status 200;\n",
		"through, without touching TLS, to `192.0.2.11:6443`;\n",
		"\nA host joins in three steps:\n",
		"repository for 1.36.\n",
	} {
		if !strings.Contains(readme, want) {
			t.Errorf("lacks %q", want)
		}
	}
	for _, other := range []string{"kubeadm init --config /etc/kubernetes/kubeadm/config.yaml --skip", "## Secrets", "VRRP"} {
		if strings.Contains(readme, other) {
			t.Errorf("has %q", other)
		}
	}
	if t.Failed() {
		t.Log(readme)
	}
}

// TestReadmeOfEtcd: kubeadm asks etcd first, so it comes first; and a member leaves etcd before kubeadm reset empties its folder.
func TestReadmeOfEtcd(t *testing.T) {
	definition := strings.Replace(running, `topology: "stacked"`, `topology: "hosts"`, 1)
	definition = strings.Replace(definition, "hosts: {", `bootstrapHost: "cp1"
	hosts: {
		e1: {address: "192.0.2.21", roles: ["etcd"]}
		e2: {address: "192.0.2.22", roles: ["etcd"], state: "leaving"}`, 1)
	readme := readmeOf(t, definition)
	wantInOrder(t, readme,
		"| e2 | 192.0.2.22 | etcd (leaving) |",
		"\n## etcd\n", "before `kubeadm init`", "\n2. `khagen pki init test`", "\n3. On e1, e2 at the same time:",
		"export ETCDCTL_ENDPOINTS=https://192.0.2.21:2379\n",
		"\n## From hosts to a cluster\n", "\n3. Bring `discovery.conf` to `/etc/kubernetes/` of every host that joins, with mode 0600. The other\n   control planes have their files of `khagen pki`, as above.\n4. One",
		"\n### A host goes\n", "on cp1, one after the other,\n   `kubeadm init phase control-plane apiserver", "upload-config kubeadm",
		"\n2. Where it has a member", "etcdctl member remove ID", "\n3. Where it is a node: `kubectl drain", "`kubeadm reset`", "\n4. Stop",
		"\n### A host comes\n", "etcdctl member add NAME", "\n3. A node joins", "\n4. When it is well",
	)
	if strings.Contains(readme, "etcd/ca.key") || strings.Contains(readme, "\n\n\n") {
		t.Error("has authorities to be copied that khagen pki brings, or lines too many")
	}
}

// TestReadmeOfDisks names what kubeadm neither makes nor empties.
func TestReadmeOfDisks(t *testing.T) {
	definition := strings.Replace(running, `etcd: topology: "stacked"`, `etcd: {topology: "stacked", walDir: "/wal"}`, 1)
	definition = strings.Replace(definition, "cp1: {", `cp2: {address: "192.0.2.12", roles: ["control-plane"], etcd: dataDir: "/data"}
		cp1: {`, 1)
	readme := readmeOf(t, definition)
	wantInOrder(t, readme,
		"empty and with mode 0700:\n\n- `/data` on cp2\n- `/wal` on cp1, cp2\n", "`etcd/ca.crt` and `etcd/ca.key`",
		"`kubeadm upgrade` takes `--patches", "\n2. Where it is a node:", "exec etcd-OTHER", "leaves the folders", "\n3. Stop",
	)
	if plain := readmeOf(t, running); strings.Contains(plain, "--patches") || strings.Contains(plain, "mode 0700") || strings.Contains(plain, "VIP") {
		t.Error("speaks of disks or a VIP that aren't there")
	}
}

// TestReadmeOfDelivery: the short ways come before the steps by hand, and whatever their commands name is in the tree: files,
// variables of the playbooks, orchestrations.
func TestReadmeOfDelivery(t *testing.T) {
	for name, definition := range map[string]string{"kubeadm": running, "binaries": byToken} {
		t.Run(name, func(t *testing.T) {
			deliverable(t, definition)
		})
	}
}

func deliverable(t *testing.T, definition string) {
	c := load(t, definition)
	all, err := delivery.Files(c, []tree.File{{
		Host: "cp1", Path: "/etc/token", Kind: tree.KindSecret, Mode: 0o600, Phase: tree.PhaseWorker, Content: []byte("{{ khagen_secrets['token'] }}"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	there, playbooks, readme := map[string]bool{}, "", ""
	for _, f := range all {
		there["out/test/"+f.TreePath()] = true
		if f.TreePath() == "README.md" {
			readme = string(f.Content)
		} else if strings.HasPrefix(f.TreePath(), "ansible/") {
			playbooks += string(f.Content)
		}
	}
	wantInOrder(t, readme,
		"\n```mermaid\n", "\n## Hosts\n", "\n## Ports to open\n", "\n## Versions\n", "\n## Bring it to the hosts\n",
		"/site.yml -e @secrets.yml", "/rollout.yml -e khagen_plan=plan.json", "khagen.orch.deliver saltenv=test\n", "khagen export test/cp1", "\nBy hand: ",
		"\n## From hosts to a cluster\n", "\n## A cluster that runs\n",
	)
	_, short, _ := strings.Cut(readme, "\n## Bring it to the hosts\n")
	short, _, _ = strings.Cut(short, "\nBy hand: ")
	named := regexp.MustCompile(`out/test/[a-z/._]*[a-z]`).FindAllString(short, -1)
	for _, orchestration := range regexp.MustCompile(`khagen\.orch\.[a-z_]+`).FindAllString(short, -1) {
		named = append(named, "out/test/salt/"+strings.ReplaceAll(orchestration, ".", "/")+".sls")
	}
	for _, path := range named {
		if !there[path] && path != "out/test/salt" {
			t.Errorf("names %s, which isn't in the tree", path)
		}
	}
	for _, variable := range regexp.MustCompile(`khagen_[a-z_]+`).FindAllString(short, -1) {
		if !strings.Contains(playbooks, variable) {
			t.Errorf("names the variable %s, which no playbook has", variable)
		}
	}
	if kubeadm := !c.Binaries(); len(named) < 6 || strings.Contains(short, "orch.bootstrap") != kubeadm || strings.Contains(short, "khagen pki init test") == kubeadm {
		t.Errorf("names %v, which isn't the way of this cluster", named)
	}
}
