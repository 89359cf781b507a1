package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// fleet is a repository to be built: clusters of one size, of two kinds in turn, at sites of fifty clusters each.
type fleet struct {
	clusters, hosts int // hosts of all clusters together
	rounds          int // of measuring
}

const (
	clustersASite = 50 // each has a VRRP id of its own
	controlPlanes = 3
	moduleFile    = "module: \"fleet.example\"\nlanguage: version: \"v0.17.0\"\n"
)

// Last part of the address of the host that moves.
const (
	here  = 250
	there = 251
)

// write makes overlays/ in dir.
func (f fleet) write(dir string) error {
	if err := writeFile(filepath.Join(dir, "overlays/cue.mod/module.cue"), moduleFile); err != nil {
		return err
	}
	for i := range f.clusters {
		if err := writeFile(f.file(dir, i), f.definition(i, here)); err != nil {
			return err
		}
	}
	return nil
}

// move gives one host of one cluster another address.
func (f fleet) move(dir string, address int) error {
	i := f.clusters / 2
	return writeFile(f.file(dir, i), f.definition(i, address))
}

func (f fleet) file(dir string, cluster int) string {
	return filepath.Join(dir, "overlays", name(cluster), "cluster.cue")
}

func name(cluster int) string { return fmt.Sprintf("cluster-%03d", cluster+1) }

// definition gives the text of one cluster.cue: balancers as services and as static pods in turn, like the reference
// clusters kubespray-haproxy and static-pods. The last host is the one that moves.
func (f fleet) definition(cluster, last int) string {
	site, number := cluster/clustersASite, cluster%clustersASite
	hosts := f.hosts / f.clusters
	network := fmt.Sprintf("10.%d.%d", site, number)
	prefix := 24
	if hosts > 200 {
		prefix = 16
	}
	var b strings.Builder
	fmt.Fprintf(&b, head, name(cluster), site, site, number*(prefix/24), prefix)
	if cluster%2 == 0 {
		fmt.Fprintf(&b, services, network, prefix, number+1)
	} else {
		fmt.Fprintf(&b, staticPods, number, network, prefix, number+1)
	}
	b.WriteString("\n\thosts: {\n")
	for i := range hosts {
		host, address := fmt.Sprintf("node%d", i), fmt.Sprintf("10.%d.%d.%d", site, number+i/200, 10+i%200)
		if i < controlPlanes {
			host = fmt.Sprintf("master%d", i)
		}
		if i == hosts-1 {
			address = fmt.Sprintf("%s.%d", network, last)
		}
		fmt.Fprintf(&b, "\t\t%s: {address: %q, zone: \"rack-%d\"}\n", host, address, i%3)
	}
	b.WriteString(patterns)
	return b.String()
}

const head = `package fleet

cluster: {
	name: %q
	site: "site-%d"
	hostNetworks: ["10.%d.%d.0/%d"]
	bootstrapHost: "master0"
	availability: tolerate: hosts: 1
	kubernetes: {
		version: "1.36.3"
		install: "kubeadm"
		networking: {podCIDRs: ["10.128.0.0/9"], serviceCIDRs: ["10.112.0.0/16"]}
		apiServer: extraArgs: "max-requests-inflight": "800"
		kubelet: config: maxPods: 200
	}
	etcd: topology: "stacked"
	machine: {
		os: "debian-12"
		etcHosts: {endpoint: true, members: true}
		sysctls: "net.core.somaxconn": 4096
		timeServers: ["ntp1.example.net", "ntp2.example.net"]
	}
`

const services = `
	endpoint: {host: "%[1]s.240", port: 8443}
	vip: {
		address: "%[1]s.240", prefix: %[2]d
		provider: "keepalived"
		keepalived: virtualRouterID: %[3]d
	}
	loadBalancer: {
		placement: "control-plane"
		proxy:     "haproxy"
		balance:   "source"
		healthCheck: {interval: "2s", fall: 2, rise: 2}
		timeouts: idle: "10m"
		maxConnections: 40000
		stats: {enabled: true, user: "admin", passwordSecret: "haproxy_stats"}
	}
`

const staticPods = `
	endpoint: {host: "api-%[1]d.example.net", port: 8443}
	vip: {
		address: "%[2]s.240", prefix: %[3]d
		provider: "keepalived"
		keepalived: {
			runtime: "static-pod", image: "registry.example.net/keepalived:2.2.8"
			virtualRouterID: %[4]d
		}
	}
	loadBalancer: {
		placement: "control-plane"
		runtime:   "static-pod", proxy: "haproxy", image: "docker.io/library/haproxy:3.2.19-alpine"
		balance:   "roundrobin"
	}
`

const patterns = `		[=~"^master"]: {roles: ["control-plane"], interface: "eth0"}
		[=~"^node"]: {roles: ["worker"], labels: pool: "general"}
	}
}
`

func writeFile(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
