package generators

import (
	"maps"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// args lists flags by name; the values of a repeated one keep their order. What the user adds never repeats what
// khagen sets: a rule sees to it.
func args(own map[string]string, extra map[string]schema.Args) []arg {
	all := maps.Clone(extra)
	if all == nil {
		all = map[string]schema.Args{}
	}
	for name, value := range own {
		all[name] = schema.Args{value}
	}
	var list []arg
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, value := range all[name] {
			list = append(list, arg{name, value})
		}
	}
	return list
}

func volumes(extra []schema.Volume) []extraVolume {
	var list []extraVolume
	for _, v := range extra {
		mount := v.MountPath
		if mount == "" {
			mount = v.HostPath
		}
		list = append(list, extraVolume{Name: v.Name, HostPath: v.HostPath, MountPath: mount, ReadOnly: v.ReadOnly})
	}
	return list
}

func apiServerComponent(c *topology.Cluster) controlPlaneComponent {
	a := c.Spec.Kubernetes.APIServer
	own := map[string]string{
		"enable-admission-plugins": strings.Join(admissionPlugins(a.AdmissionPlugins), ","),
	}
	var mounts []extraVolume
	if anonymousConfig(a) {
		own["authentication-config"] = authenticationFile
	}
	if a.AnonymousAuth == "none" {
		own["anonymous-auth"] = "false"
	}
	if a.Audit.Enabled {
		own["audit-policy-file"] = auditPolicyFile
		own["audit-log-path"] = a.Audit.LogPath
		if a.Audit.LogPath != "-" {
			own["audit-log-maxage"] = strconv.Itoa(a.Audit.MaxAgeDays)
			own["audit-log-maxbackup"] = strconv.Itoa(a.Audit.MaxBackups)
			own["audit-log-maxsize"] = strconv.Itoa(a.Audit.MaxSizeMB)
			mounts = append(mounts, extraVolume{"audit-log", path.Dir(a.Audit.LogPath), path.Dir(a.Audit.LogPath), false, "DirectoryOrCreate"})
		}
	}
	if delay := shutdownDelay(c); delay > 0 {
		own["shutdown-delay-duration"] = delay.String()
	}
	if needsAPIServerFolder(a) {
		mounts = append(mounts, extraVolume{"apiserver-config", apiServerFolder, apiServerFolder, true, "Directory"})
	}
	return controlPlaneComponent{args(own, a.ExtraArgs), append(mounts, volumes(a.ExtraVolumes)...)}
}

// admissionPlugins are those of the user after the one that keeps kubelets to their own nodes.
func admissionPlugins(extra []string) []string {
	plugins := append([]string{"NodeRestriction"}, extra...)
	slices.Sort(plugins)
	return slices.Compact(plugins)
}

// shutdownDelay keeps an API server that is told to stop serving until our balancer has seen its /readyz fail: a
// planned restart then refuses nobody.
func shutdownDelay(c *topology.Cluster) time.Duration {
	if len(c.LoadBalancers) == 0 || c.Spec.LoadBalancer.Proxy != "haproxy" {
		return 0
	}
	check := c.Spec.LoadBalancer.HealthCheck
	return time.Duration(check.Fall)*check.Interval.Std() + time.Second
}

func controllerManagerArgs(c *topology.Cluster) []arg {
	own := map[string]string{
		"node-cidr-mask-size": strconv.Itoa(c.Spec.Kubernetes.Networking.NodeCIDRMaskSizes.IPv4),
	}
	return args(own, c.Spec.Kubernetes.ControllerManager.ExtraArgs)
}

func schedulerComponent(c *topology.Cluster) controlPlaneComponent {
	s := c.Spec.Kubernetes.Scheduler
	own := map[string]string{}
	list := volumes(s.ExtraVolumes)
	if len(s.Config) > 0 {
		own["config"] = schedulerFile
		list = append([]extraVolume{{"scheduler-config", schedulerFolder, schedulerFolder, true, "Directory"}}, list...)
	}
	return controlPlaneComponent{args(own, s.ExtraArgs), list}
}

// etcdArgs are in etcd's units: milliseconds and bytes.
func etcdArgs(c *topology.Cluster) []arg {
	e := c.Spec.Etcd
	token := e.Token
	if token == "" {
		token = c.Spec.Name
	}
	return args(map[string]string{
		"election-timeout":      strconv.FormatInt(e.ElectionTimeout.Std().Milliseconds(), 10),
		"heartbeat-interval":    strconv.FormatInt(e.HeartbeatInterval.Std().Milliseconds(), 10),
		"initial-cluster-token": token,
		"quota-backend-bytes":   strconv.Itoa(e.QuotaBackendGiB << 30),
	}, e.ExtraArgs)
}

func prefixes(list []netip.Prefix) string {
	var texts []string
	for _, p := range list {
		texts = append(texts, p.String())
	}
	return strings.Join(texts, ",")
}
