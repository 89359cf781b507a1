package schema

import (
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
)

// TestDefaults holds the defaults against the contract. Anything else in Go reads them from the schema.
func TestDefaults(t *testing.T) {
	want := map[string]string{
		"site": `"default"`, "platform": `"on-premises"`, "hostNetworks": `[]`,
		"kubernetes.imageRepository":                   `"registry.k8s.io"`,
		"kubernetes.networking.serviceCIDRs":           `["10.96.0.0/12"]`,
		"kubernetes.networking.nodeCIDRMaskSizes.ipv4": `24`,
		"kubernetes.networking.nodeCIDRMaskSizes.ipv6": `64`,
		"kubernetes.networking.dnsDomain":              `"cluster.local"`,
		"kubernetes.apiServer.port":                    `6443`,
		"kubernetes.apiServer.bind":                    `"all"`,
		"kubernetes.apiServer.anonymousAuth":           `"all" from 1.28, "health" from 1.32`,
		"kubernetes.apiServer.audit.enabled":           `true`,
		"kubernetes.apiServer.audit.logPath":           `"/var/log/kubernetes/audit.log"`,
		"kubernetes.apiServer.audit.maxAgeDays":        `30`,
		"kubernetes.apiServer.audit.maxBackups":        `10`,
		"kubernetes.apiServer.audit.maxSizeMB":         `100`,
		"kubernetes.apiServer.extraVolumes.readOnly":   `true`,
		"kubernetes.kubeProxy.mode":                    `"iptables"`,
		"kubernetes.join.discovery":                    `"file"`,
		"kubernetes.certificates.algorithm":            ``, // kubeadm's is the contract's "RSA-2048": topology.KeyAlgorithm
		"kubernetes.certificates.validity":             `"8760h"`,
		"kubernetes.certificates.caValidity":           `"87600h"`,
		"kubernetes.certificates.caKeyOnHosts":         `true`,
		"kubernetes.paths.config":                      `"/etc/kubernetes"`,
		"kubernetes.paths.certificates":                `"/etc/kubernetes/pki"`,
		"kubernetes.paths.flags":                       `"/etc/default"`,
		"kubernetes.paths.binaries":                    `"/usr/local/bin"`,
		"vip.keepalived.virtualRouterID":               ``,
		"vip.keepalived.image":                         ``,
		"vip.keepalived.mode":                          `"unicast"`,
		"vip.keepalived.advertInterval":                `"1s"`,
		"vip.keepalived.preempt":                       `true`,
		"vip.keepalived.check.interval":                `"1s"`,
		"vip.keepalived.check.timeout":                 `"1s"`,
		"vip.keepalived.check.fall":                    `2`,
		"vip.keepalived.check.rise":                    `2`,
		"vip.keepalived.check.weight":                  ``,
		"vip.keepalived.garp.delay":                    `"1s"`,
		"vip.keepalived.garp.repeat":                   `3`,
		"vip.keepalived.garp.refresh":                  `"60s"`,
		"vip.kubeVIP.lease.duration":                   `"15s"`,
		"vip.kubeVIP.lease.renewDeadline":              `"10s"`,
		"vip.kubeVIP.lease.retryPeriod":                `"2s"`,
		"loadBalancer.placement":                       ``,
		"loadBalancer.port":                            ``,
		"loadBalancer.bind":                            `"all"`,
		"loadBalancer.balance":                         `"leastconn"`,
		"loadBalancer.healthCheck.path":                `"/readyz"`,
		"loadBalancer.healthCheck.verifyCA":            `false`,
		"loadBalancer.healthCheck.interval":            `"2s"`,
		"loadBalancer.healthCheck.timeout":             `"5s"`,
		"loadBalancer.healthCheck.fall":                `3`,
		"loadBalancer.healthCheck.rise":                `2`,
		"loadBalancer.timeouts.idle":                   `"1h"`,
		"loadBalancer.maxConnections":                  `4096`,
		"loadBalancer.accessLog.enabled":               `false`,
		"loadBalancer.stats.enabled":                   `false`,
		"loadBalancer.stats.address":                   `"127.0.0.1"`,
		"loadBalancer.stats.port":                      `10080`,
		"loadBalancer.stats.path":                      `"/status"`,
		"etcd.topology":                                ``,
		"etcd.dataDir":                                 `"/var/lib/etcd"`,
		"etcd.heartbeatInterval":                       `"100ms"`,
		"etcd.electionTimeout":                         `"1s"`,
		"etcd.quotaBackendGiB":                         `2`,
		"etcd.paths.config":                            `"/etc/etcd"`,
		"etcd.paths.certificates":                      `"/etc/etcd/pki"`,
		"etcd.paths.binaries":                          `"/usr/local/bin"`,
		"hosts.NAME.address":                           ``,
		"hosts.NAME.roles":                             ``,
		"hosts.NAME.state":                             `"active"`,
		"hosts.NAME.zone":                              `""`,
		"hosts.NAME.taints":                            ``,
		"hosts.NAME.ssh.port":                          `22`,
		"hosts.NAME.ssh.user":                          `"root"`,
		"machine.os":                                   ``,
		"machine.swap":                                 `false`,
		"machine.etcHosts.endpoint":                    `true`,
		"machine.etcHosts.members":                     `true`,
		"machine.containerRuntime.name":                `"containerd"`,
		"machine.containerRuntime.version":             ``, // the contract's "2.3" is containerd's: topology's runtime
		"machine.containerRuntime.manage":              `true`,
		"machine.timeServers":                          `[]`,
	}
	for path, value := range want {
		f, err := Explain(path)
		if err != nil {
			t.Error(err)
		} else if f.Default != value {
			t.Errorf("%s: the default is %s, the contract has %s", path, f.Default, value)
		}
	}
}

// TestDefaultsAreAllowed puts each default to the schema itself.
func TestDefaultsAreAllowed(t *testing.T) {
	eachNode(compile().root, "", func(path string, n *node) {
		if n.fallback == "" || n.kind == cue.StructKind {
			return
		}
		v := cuecontext.New().CompileString(n.fallback)
		if err := n.value.Unify(v).Validate(cue.Concrete(true)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		for _, name := range n.checks {
			var texts []string
			if v.Decode(&texts) == nil {
				for _, text := range texts {
					if problem, _ := check(name, text); problem != "" {
						t.Errorf("%s: the default: %s", path, problem)
					}
				}
			}
		}
	})
}
