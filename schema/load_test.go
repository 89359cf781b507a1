package schema

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cuelang.org/go/encoding/yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// references lists the clusters in testdata/overlays.
func references(t *testing.T) []string {
	t.Helper()
	dirs, err := Find("testdata/overlays")
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) != 5 {
		t.Fatalf("there are %d reference clusters: %v", len(dirs), dirs)
	}
	return dirs
}

func evaluateFolder(t *testing.T, dir string) *evaluated {
	t.Helper()
	f, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	e, problems := f.evaluate()
	if problems != nil {
		t.Fatal(problems)
	}
	return e
}

func mustLoad(t *testing.T, dir string) *Cluster {
	t.Helper()
	c, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestReferences loads the reference clusters, and looks at a value of each kind.
func TestReferences(t *testing.T) {
	for _, dir := range references(t) {
		mustLoad(t, dir)
	}
	c := mustLoad(t, "testdata/overlays/kubespray-haproxy")
	got := map[string]any{
		"name":         c.Name,
		"networks":     c.HostNetworks,
		"vip":          c.VIP.Address,
		"prefix":       *c.VIP.Prefix,
		"advert":       c.VIP.Keepalived.AdvertInterval.Std(),
		"weight":       *c.VIP.Keepalived.Check.Weight,
		"check":        c.VIP.Keepalived.Check.Fall,
		"idle":         c.LoadBalancer.Timeouts.Idle.Std(),
		"sysctls":      c.Machine.Sysctls,
		"roles":        c.Hosts["node1"].Roles,
		"interface":    c.Hosts["node1"].Interface,
		"no interface": c.Hosts["node4"].Interface,
		"taints":       c.Hosts["node1"].Taints == nil,
		"priority":     *c.Hosts["node1"].VRRP.Priority,
		"no priority":  c.Hosts["node4"].VRRP.Priority == nil,
		"anonymous":    c.Kubernetes.APIServer.AnonymousAuth,
	}
	want := map[string]any{
		"name": "kubespray-haproxy", "networks": []netip.Prefix{netip.MustParsePrefix("10.10.10.0/24")},
		"vip": netip.MustParseAddr("10.10.10.100"), "prefix": 24, "advert": 3 * time.Second, "weight": -30, "check": 2,
		"idle": 10 * time.Minute, "sysctls": map[string]string{"net.ipv4.ip_nonlocal_bind": "1"},
		"roles": []string{"control-plane", "worker"}, "interface": "eth0", "no interface": "", "taints": true, "priority": 120,
		"no priority": true, "anonymous": "health",
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); diff != "" {
		t.Error(diff)
	}
	e := mustLoad(t, "testdata/overlays/container-nginx")
	if _, found := e.Files["files/registry-ca.crt"]; !found || len(e.Files) != 1 {
		t.Errorf("files: %v", e.Files)
	}
}

// TestYAMLTwin writes each reference cluster as YAML and loads that.
func TestYAMLTwin(t *testing.T) {
	for _, dir := range references(t) {
		e := evaluateFolder(t, dir)
		data, err := yaml.Encode(e.cluster)
		if err != nil {
			t.Fatal(err)
		}
		root := t.TempDir()
		twin := filepath.Join(root, filepath.Base(dir))
		writeFile(t, filepath.Join(root, moduleFile), "module: \"fleet.example\"\nlanguage: version: \"v0.17.0\"\n")
		writeFile(t, filepath.Join(twin, yamlName), "cluster:\n  "+strings.ReplaceAll(string(data), "\n", "\n  "))
		if err := os.CopyFS(filepath.Join(twin, "files"), os.DirFS(filepath.Join(dir, "files"))); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if diff := cmp.Diff(mustLoad(t, dir), mustLoad(t, twin), sameCluster()...); diff != "" {
			t.Errorf("%s: its YAML is another cluster:\n%s", dir, diff)
		}
	}
}

func sameCluster() []cmp.Option {
	return []cmp.Option{cmpopts.IgnoreUnexported(Cluster{}), cmpopts.IgnoreFields(Cluster{}, "Dir"), cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})}
}

// overlays writes files below a new overlays folder with a module, and gives its path.
func overlays(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	writeFile(t, filepath.Join(root, moduleFile), "module: \"fleet.example\"\nlanguage: version: \"v0.17.0\"\n")
	for path, content := range files {
		writeFile(t, filepath.Join(root, path), content)
	}
	return root
}

const fleetBase = `package fleet

cluster: {
	kubernetes: {
		version: *"1.36.3" | string
		networking: podCIDRs: ["10.244.0.0/16"]
		kubelet: config: maxPods: 250
	}
	endpoint: host: "api.\(cluster.name).example.net"
	loadBalancer: placement: "external"
	etcd: topology: "stacked"
	machine: os: "debian-12"
	hosts: [=~"^cp"]: roles: ["control-plane"]
	hosts: [=~"^lb"]: roles: ["load-balancer"]
}
`

// TestInheritance joins the files of the folders above a cluster.
func TestInheritance(t *testing.T) {
	root := overlays(t, map[string]string{
		"fleet.cue":                     fleetBase,
		"shop/shop.cue":                 "package fleet\n\ncluster: site: \"shop\"\ncluster: kubernetes: kubelet: config: podPidsLimit: 1e+3\n",
		"shop/shop-staging/cluster.cue": "package fleet\n\ncluster: {name: \"shop-staging\", hosts: cp1: address: \"10.0.0.1\", kubernetes: version: \"1.30.0\"}\n",
		"shop/shop-prod/cluster.yaml":   "cluster:\n  name: shop-prod\n  hosts:\n    cp1: {address: 10.0.1.1}\n",
		"other/cluster.cue":             "package fleet\n\ncluster: {name: \"other\", hosts: cp1: address: \"10.0.2.1\"}\n",
	})
	dirs, err := Find(root)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"other", "shop/shop-prod", "shop/shop-staging"}
	for i := range dirs {
		dirs[i], _ = filepath.Rel(root, dirs[i])
	}
	if diff := cmp.Diff(want, dirs); diff != "" {
		t.Fatal(diff)
	}
	staging, prod, other := mustLoad(t, filepath.Join(root, want[2])), mustLoad(t, filepath.Join(root, want[1])), mustLoad(t, filepath.Join(root, want[0]))
	got := []any{
		staging.Site, prod.Site, other.Site, staging.Kubernetes.Version, prod.Kubernetes.Version,
		staging.Endpoint.Host, prod.Endpoint.Host, prod.Hosts["cp1"].Roles,
		prod.Kubernetes.Kubelet.Config, other.Kubernetes.Kubelet.Config,
		staging.Kubernetes.APIServer.AnonymousAuth, prod.Kubernetes.APIServer.AnonymousAuth,
	}
	expected := []any{
		"shop", "shop", "default", "1.30.0", "1.36.3", "api.shop-staging.example.net", "api.shop-prod.example.net",
		[]string{"control-plane"},
		map[string]any{"maxPods": int64(250), "podPidsLimit": int64(1000)},
		map[string]any{"maxPods": int64(250)},
		"all", "health",
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Error(diff)
	}
	for path, want := range map[string]string{
		"hosts.cp1.address":                "shop/shop-staging/cluster.cue:3:45",
		"hosts.cp1.roles":                  "fleet.cue:13:20",
		"hosts.cp1.interface":              "shop/shop-staging/cluster.cue:3:40",
		"site":                             "shop/shop.cue:3:10",
		"kubernetes.version":               "shop/shop-staging/cluster.cue:3:78",
		"kubernetes.networking":            "fleet.cue:6:3",
		"kubernetes.networking.podCIDRs.0": "fleet.cue:6:26",
		"kubernetes.apiServer.port":        "shop/shop-staging/cluster.cue:3:66",
		"vip":                              "shop/shop-staging/cluster.cue:3:1",
	} {
		got := staging.Position(strings.Split(path, ".")...).String()
		if rel, err := filepath.Rel(root, got); err != nil || rel != want {
			t.Errorf("%s stands at %s, want %s", path, rel, want)
		}
	}
	if !staging.Wrote("site") || staging.Wrote("platform") || !staging.Wrote("hosts", "cp1", "address") || staging.Wrote("hosts", "cp1", "zone") {
		t.Error("Wrote is wrong")
	}
}

// TestAnonymousAuth is the default that depends on the version; what the user says wins.
func TestAnonymousAuth(t *testing.T) {
	for _, c := range []struct{ version, written, want string }{
		{"1.28.0", "", "all"},
		{"1.31.14", "", "all"},
		{"1.32.0", "", "health"},
		{"1.37.1", "", "health"},
		{"1.28.0", "none", "none"},
		{"1.37.1", "all", "all"},
		{"1.37.1", "none", "none"},
	} {
		more := ""
		if c.written != "" {
			more = "apiServer: anonymousAuth: \"" + c.written + "\""
		}
		root := overlays(t, map[string]string{
			"fleet.cue":     fleetBase,
			"a/cluster.cue": "package fleet\n\ncluster: {name: \"a\", hosts: cp1: address: \"10.0.0.1\", kubernetes: {version: \"" + c.version + "\", " + more + "}}\n",
		})
		if got := mustLoad(t, filepath.Join(root, "a")).Kubernetes.APIServer.AnonymousAuth; got != c.want {
			t.Errorf("%s, written %q: %q, want %q", c.version, c.written, got, c.want)
		}
	}
}

// TestEnvironment sees to it that nothing around the files decides: no tags, no registry, no working directory.
func TestEnvironment(t *testing.T) {
	root := overlays(t, map[string]string{
		"fleet.cue":     fleetBase,
		"a/cluster.cue": "package fleet\n\ncluster: {name: \"a\", hosts: cp1: address: \"10.0.0.1\", site: *\"here\" | string @tag(site,var=hostname)}\n",
		"a/x_tool.cue":  "package fleet\n\ncluster: site: \"tool\"\n",
		"a/x_test.cue":  "package fleet\n\ncluster: site: \"test\"\n",
	})
	t.Setenv("CUE_REGISTRY", "registry.invalid")
	t.Setenv("CUE_CACHE_DIR", "/nonexistent")
	t.Setenv("HOME", "/nonexistent")
	if c := mustLoad(t, filepath.Join(root, "a")); c.Site != "here" {
		t.Errorf("site is %q", c.Site)
	}
}
