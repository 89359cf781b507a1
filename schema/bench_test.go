package schema

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// writeCluster makes a module with one cluster of n hosts and gives the cluster's folder.
func writeCluster(tb testing.TB, n int) string {
	tb.Helper()
	var b strings.Builder
	b.WriteString(`package fleet

cluster: {
	name: "big"
	kubernetes: {version: "1.36.3", networking: podCIDRs: ["10.128.0.0/9"]}
	endpoint: {host: "api.example.net", port: 8443}
	vip: {address: "10.0.0.1", prefix: 16, keepalived: virtualRouterID: 7}
	loadBalancer: placement: "control-plane"
	etcd: topology: "stacked"
	machine: os: "debian-12"
	hosts: {
		[=~"^cp"]: {roles: ["control-plane"], interface: "eth0"}
		[=~"^w"]: {roles: ["worker"], labels: pool: "general"}
`)
	for i := range n {
		name := fmt.Sprintf("w%d", i)
		if i < 3 {
			name = fmt.Sprintf("cp%d", i)
		}
		fmt.Fprintf(&b, "\t\t%s: {address: \"10.0.%d.%d\", zone: \"z%d\"}\n", name, (i+2)/250, (i+2)%250+1, i%3)
	}
	b.WriteString("\t}\n}\n")
	root := tb.TempDir()
	writeFile(tb, filepath.Join(root, "cue.mod", "module.cue"), "module: \"fleet.example\"\nlanguage: version: \"v0.9.0\"\n")
	writeFile(tb, filepath.Join(root, "big", "cluster.cue"), b.String())
	return filepath.Join(root, "big")
}

func writeFile(tb testing.TB, path, content string) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkLoad shows that cost is linear in hosts, and what a cluster holds once it is loaded.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{5, 20, 200, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := writeCluster(b, n)
			var c *Cluster
			before := heap()
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if c, err = Load(dir); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/host")
			b.ReportMetric(float64(heap()-before)/float64(n), "B-held/host")
			runtime.KeepAlive(c)
		})
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkPosition is the first position of a cluster, which evaluates it again.
func BenchmarkPosition(b *testing.B) {
	c, err := Load(writeCluster(b, 5000))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c.source = &source{folder: c.source.folder}
		c.Position("hosts", "cp1", "address")
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		compile()
	}
}
