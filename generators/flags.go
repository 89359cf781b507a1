package generators

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// arg is a flag without its dashes. kubeadm takes them as a list of this shape.
type arg struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value"`
}

// args lists flags by name; the values of a repeated one keep their order. Where both have a flag, the user's counts: a
// rule refuses those that the definition decides otherwise.
func args(own map[string]string, extra map[string]schema.Args) []arg {
	all := maps.Clone(extra)
	if all == nil {
		all = map[string]schema.Args{}
	}
	for name, value := range own {
		if _, theirs := all[name]; !theirs {
			all[name] = schema.Args{value}
		}
	}
	var list []arg
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, value := range all[name] {
			list = append(list, arg{name, value})
		}
	}
	return list
}

// apiServerFlags are those of kube-apiserver that follow from the definition, whoever installs it.
func apiServerFlags(c *topology.Cluster) map[string]string {
	a := c.Spec.Kubernetes.APIServer
	flags := map[string]string{
		"enable-admission-plugins": strings.Join(admissionPlugins(a.AdmissionPlugins), ","),
	}
	if c.AuthenticationByFile() {
		flags["authentication-config"] = authenticationFile(c)
	}
	if c.OIDCByFlags() {
		maps.Copy(flags, oidcFlags(c))
	}
	if a.AnonymousAuth == "none" {
		flags["anonymous-auth"] = "false"
	}
	if a.Audit.Enabled {
		flags["audit-policy-file"] = auditPolicyFile(c)
		flags["audit-log-path"] = a.Audit.LogPath
		flags["audit-log-maxage"] = strconv.Itoa(a.Audit.MaxAgeDays)
		flags["audit-log-maxbackup"] = strconv.Itoa(a.Audit.MaxBackups)
		flags["audit-log-maxsize"] = strconv.Itoa(a.Audit.MaxSizeMB)
	}
	if a.Encryption != nil {
		flags["encryption-provider-config"] = encryptionFile(c)
	}
	if delay := shutdownDelay(c); delay > 0 {
		flags["shutdown-delay-duration"] = delay.String()
	}
	return flags
}

// admissionPlugins are those of the user after the one that keeps kubelets to their own nodes.
func admissionPlugins(extra []string) []string {
	plugins := append([]string{"NodeRestriction"}, extra...)
	slices.Sort(plugins)
	return slices.Compact(plugins)
}

// shutdownDelay keeps an API server that is told to stop serving until our balancer, or kube-vip, has seen its /readyz fail: a
// planned restart then refuses nobody. nginx sees no /readyz: it finds that one refuses connections, and tries the next.
func shutdownDelay(c *topology.Cluster) time.Duration {
	window := c.ReadyzWindow()
	if window == 0 {
		return 0
	}
	return window + time.Second
}

// nodeMaskFlags are the sizes of nodes' parts of the pod networks, those of the cluster's families: kube-controller-manager
// refuses others. The flag without a family is for one family alone, and kubeadm doesn't look at it when it compares.
func nodeMaskFlags(c *topology.Cluster) map[string]string {
	sizes := c.Spec.Kubernetes.Networking.NodeCIDRMaskSizes
	flags := map[string]string{}
	if c.Has(topology.IPv4) {
		flags["node-cidr-mask-size-ipv4"] = strconv.Itoa(sizes.IPv4)
	}
	if c.Has(topology.IPv6) {
		flags["node-cidr-mask-size-ipv6"] = strconv.Itoa(sizes.IPv6)
	}
	return flags
}

// etcdTuning are etcd's flags that follow from the definition, whoever installs it, in its units: milliseconds and bytes.
func etcdTuning(c *topology.Cluster) map[string]string {
	e := c.Spec.Etcd
	return map[string]string{
		"election-timeout":    strconv.FormatInt(e.ElectionTimeout.Std().Milliseconds(), 10),
		"heartbeat-interval":  strconv.FormatInt(e.HeartbeatInterval.Std().Milliseconds(), 10),
		"quota-backend-bytes": strconv.Itoa(e.QuotaBackendGiB << 30),
	}
}
