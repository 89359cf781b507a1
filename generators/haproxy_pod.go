package generators

import (
	"fmt"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

const (
	haproxyFolder    = "/etc/haproxy"
	haproxyMountPath = "/usr/local/etc/haproxy" // where the official image looks
	haproxyImageUser = 99                       // the user and group that the official image runs as
	haproxyUserlist  = "userlist.cfg"
)

func newHAProxyPod(c *topology.Cluster) HostFiles {
	lb := c.Spec.LoadBalancer
	if lb.Proxy != "haproxy" || lb.Runtime != topology.RuntimeStaticPod {
		return none
	}
	render := func() ([]byte, error) { return renderHAProxy(c, "") }
	return onBalancers(render, func(h *topology.Host, config []byte) ([]tree.File, error) {
		manifest, err := podFile(c, unconfined(h, haproxyPod(c, config)))
		if err != nil {
			return nil, err
		}
		files := []tree.File{manifest, {
			Path: haproxyFolder + "/haproxy.cfg", Kind: tree.KindFile, Mode: 0o644, Content: config, Phase: tree.PhaseLoadBalancer,
		}}
		return append(files, haproxyPasswords(c, restart("haproxy"))...), nil
	})
}

// asksForPassword says whether the statistics have one.
func asksForPassword(c *topology.Cluster) bool {
	stats := c.Spec.LoadBalancer.Stats
	return stats.Enabled && stats.PasswordSecret != ""
}

// haproxyPasswords is the file beside haproxy.cfg that has the password of the statistics, for a haproxy in a container.
func haproxyPasswords(c *topology.Cluster, changed []tree.Action) []tree.File {
	if !asksForPassword(c) {
		return nil
	}
	stats := c.Spec.LoadBalancer.Stats
	return []tree.File{{
		Path: haproxyFolder + "/" + haproxyUserlist, Kind: tree.KindSecret, Mode: 0o640, Owner: fmt.Sprintf("root:%d", haproxyImageUser),
		Content: fmt.Appendf(nil, "userlist stats\n    user %s insecure-password '%s'\n", stats.User, tree.Secret(stats.PasswordSecret)),
		Phase:   tree.PhaseLoadBalancer, Notify: changed,
	}}
}

// haproxyFileFlags name the files that haproxy reads in a container.
func haproxyFileFlags(c *topology.Cluster) []string {
	flags := []string{"-f", haproxyMountPath + "/haproxy.cfg"}
	if asksForPassword(c) {
		flags = append(flags, "-f", haproxyMountPath+"/"+haproxyUserlist)
	}
	return flags
}

// haproxyCapabilities are those that haproxy needs in its container: none but for a port that only root may listen on.
func haproxyCapabilities(c *topology.Cluster) []string {
	if needsRoot(c) {
		return []string{"NET_BIND_SERVICE"}
	}
	return nil
}

func haproxyPod(c *topology.Cluster, config []byte) pod {
	lb := c.Spec.LoadBalancer
	haproxy := container{
		Name: "haproxy", Image: lb.Image,
		Command:      append([]string{"haproxy", "-W", "-db"}, haproxyFileFlags(c)...),
		Resources:    resources{Requests: map[string]string{"cpu": "100m", "memory": "64Mi"}},
		VolumeMounts: []volumeMount{{Name: "config", ReadOnly: true, MountPath: haproxyMountPath}},
		LivenessProbe: &probe{
			HTTPGet:       httpGet{Path: "/healthz", Port: topology.BalancerHealthPort, Host: c.Loopback().String()},
			PeriodSeconds: 10, FailureThreshold: 3,
		},
		SecurityContext: securityContext{Capabilities: capabilities{Add: haproxyCapabilities(c), Drop: []string{"ALL"}}, ReadOnlyRootFilesystem: true},
	}
	volumes := []podVolume{folder("config", haproxyFolder)}
	if lb.HealthCheck.VerifyCA {
		ca := c.PKIFile("ca.crt")
		volumes = append(volumes, podVolume{Name: "ca", HostPath: &hostPath{ca, "File"}})
		haproxy.VolumeMounts = append(haproxy.VolumeMounts, volumeMount{"ca", true, ca})
	}
	if needsRoot(c) {
		root := 0
		haproxy.SecurityContext.RunAsUser = &root
	}
	// The listener closes when the pod is told to stop: there is nothing to wait for.
	return newPod("haproxy", podSpec{Volumes: volumes, Containers: []container{haproxy}, TerminationGracePeriodSeconds: 2}, configHash(config))
}
