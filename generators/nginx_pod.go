package generators

import (
	"strconv"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// nginxImageUser is the id of the user and the group "nginx" in the official images.
const nginxImageUser = 101

// contain changes what is different in a container: stream is built into the image, all but /tmp is read-only, and
// standard output is the log.
func (d *nginxData) contain(c *topology.Cluster) {
	lb := c.Spec.LoadBalancer
	d.Contained, d.Modules, d.PID, d.ErrorLog = true, "", "/tmp/nginx.pid", "stderr"
	if !needsRoot(c) {
		d.User = "" // it is that user already
	}
	if d.AccessLog != "" {
		d.AccessLog = "/dev/stdout"
	}
	if lb.Runtime == topology.RuntimeStaticPod {
		d.Health = topology.HostPort(c.Loopback(), topology.BalancerHealthPort)
	}
	if c.PublishesPorts() && d.Stats != nil {
		d.Stats.Listen = strconv.Itoa(lb.Stats.Port) // the container's own network; it is published at the address
	}
}

// nginxCapabilities are those that nginx needs in its container: none but for what takes root. Its workers never are.
func nginxCapabilities(c *topology.Cluster) []string {
	if needsRoot(c) {
		return []string{"CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID"}
	}
	return nil
}

func nginxContainerUser(c *topology.Cluster) int {
	if needsRoot(c) {
		return 0
	}
	return nginxImageUser
}

func newNginxPod(c *topology.Cluster) HostFiles {
	lb := c.Spec.LoadBalancer
	if lb.Proxy != "nginx" || lb.Runtime != topology.RuntimeStaticPod {
		return none
	}
	render := func() ([]byte, error) { return renderNginx(c, "") }
	return onBalancers(render, func(h *topology.Host, config []byte) ([]tree.File, error) {
		manifest, err := podFile(c, unconfined(h, nginxPod(c, config)))
		if err != nil {
			return nil, err
		}
		files := []tree.File{manifest, {
			Path: nginxConf, Kind: tree.KindFile, Mode: 0o644, Content: config, Phase: tree.PhaseLoadBalancer,
		}}
		return append(files, nginxPasswords(c, strconv.Itoa(nginxImageUser))...), nil
	})
}

func nginxPod(c *topology.Cluster, config []byte) pod {
	user := nginxContainerUser(c)
	nginx := container{
		Name: "nginx", Image: c.Spec.LoadBalancer.Image,
		Command:      []string{"nginx"}, // not the image's entrypoint, which wants to write below /etc/nginx
		Resources:    resources{Requests: map[string]string{"cpu": "100m", "memory": "64Mi"}},
		VolumeMounts: []volumeMount{{Name: "config", ReadOnly: true, MountPath: nginxFolder}, {Name: "tmp", MountPath: "/tmp"}},
		LivenessProbe: &probe{
			HTTPGet:       httpGet{Path: "/healthz", Port: topology.BalancerHealthPort, Host: c.Loopback().String()},
			PeriodSeconds: 10, FailureThreshold: 3,
		},
		SecurityContext: securityContext{
			Capabilities: capabilities{Add: nginxCapabilities(c), Drop: []string{"ALL"}},
			RunAsUser:    &user, ReadOnlyRootFilesystem: true,
		},
	}
	// The listener closes when the pod is told to stop: there is nothing to wait for.
	return newPod("nginx", podSpec{
		Volumes:    []podVolume{folder("config", nginxFolder), memory("tmp")},
		Containers: []container{nginx}, TerminationGracePeriodSeconds: 2,
	}, configHash(config))
}
