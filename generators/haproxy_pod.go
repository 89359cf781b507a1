package generators

import (
	"fmt"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

const (
	haproxyFolder     = "/etc/haproxy"
	haproxyPodFolder  = "/usr/local/etc/haproxy" // where the official image looks
	haproxyImageGroup = "99"                     // the user and group that the official image runs as
	haproxyUserlist   = "userlist.cfg"
)

func newHAProxyPod(c *topology.Cluster) HostFiles {
	lb := c.Spec.LoadBalancer
	if lb.Proxy != "haproxy" || lb.Runtime != topology.RuntimeStaticPod {
		return none
	}
	return sameOn((*topology.Host).IsLoadBalancer, func() ([]tree.File, error) {
		config, err := renderHAProxy(c)
		if err != nil {
			return nil, err
		}
		manifest, err := podFile(c, haproxyPod(c, config))
		if err != nil {
			return nil, err
		}
		files := []tree.File{manifest, {
			Path: haproxyFolder + "/haproxy.cfg", Kind: tree.KindFile, Mode: 0o644, Content: config, Phase: tree.PhaseLoadBalancer,
		}}
		if stats := lb.Stats; stats.Enabled && stats.PasswordSecret != "" {
			files = append(files, tree.File{
				Path: haproxyFolder + "/" + haproxyUserlist, Kind: tree.KindSecret, Mode: 0o640, Owner: "root:" + haproxyImageGroup,
				Content: fmt.Appendf(nil, "userlist stats\n    user %s insecure-password '%s'\n", stats.User, tree.Secret(stats.PasswordSecret)),
				Phase:   tree.PhaseLoadBalancer, Notify: restart("haproxy"),
			})
		}
		return files, nil
	})
}

func haproxyPod(c *topology.Cluster, config []byte) pod {
	lb := c.Spec.LoadBalancer
	haproxy := container{
		Name: "haproxy", Image: lb.Image,
		Command:      []string{"haproxy", "-W", "-db", "-f", haproxyPodFolder + "/haproxy.cfg"},
		Resources:    resources{Requests: map[string]string{"cpu": "100m", "memory": "64Mi"}},
		VolumeMounts: []volumeMount{{Name: "config", ReadOnly: true, MountPath: haproxyPodFolder}},
		LivenessProbe: &probe{
			HTTPGet:       httpGet{Path: "/healthz", Port: haproxyHealthPort, Host: c.Loopback().String()},
			PeriodSeconds: 10, FailureThreshold: 3,
		},
		SecurityContext: securityContext{Capabilities: capabilities{Drop: []string{"ALL"}}, ReadOnlyRootFilesystem: true},
	}
	if lb.Stats.Enabled && lb.Stats.PasswordSecret != "" {
		haproxy.Command = append(haproxy.Command, "-f", haproxyPodFolder+"/"+haproxyUserlist)
	}
	volumes := []podVolume{folder("config", haproxyFolder)}
	if lb.HealthCheck.VerifyCA {
		ca := c.PKIFile("ca.crt")
		volumes = append(volumes, podVolume{Name: "ca", HostPath: &hostPath{ca, "File"}})
		haproxy.VolumeMounts = append(haproxy.VolumeMounts, volumeMount{"ca", true, ca})
	}
	if c.LoadBalancerPort < 1024 { // the image's own user may not bind it
		root := 0
		haproxy.SecurityContext.RunAsUser = &root
		haproxy.SecurityContext.Capabilities.Add = []string{"NET_BIND_SERVICE"}
	}
	// The listener closes when the pod is told to stop: there is nothing to wait for.
	return newPod("haproxy", podSpec{Volumes: volumes, Containers: []container{haproxy}, TerminationGracePeriodSeconds: 2}, configHash(config))
}
