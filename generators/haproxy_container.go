package generators

import (
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

func newHAProxyContainer(c *topology.Cluster) HostFiles {
	lb := c.Spec.LoadBalancer
	if lb.Proxy != "haproxy" || lb.Runtime != topology.RuntimeContainer {
		return none
	}
	render := func() ([]byte, error) { return renderHAProxy(c, "") }
	return onBalancers(render, func(h *topology.Host, config []byte) ([]tree.File, error) {
		unit, err := haproxyContainer(c).file(h)
		if err != nil {
			return nil, err
		}
		changed := reload(c.BalancerUnit())
		files := []tree.File{
			{
				Path: haproxyFolder + "/haproxy.cfg", Kind: tree.KindFile, Mode: 0o644, Content: config,
				Phase: tree.PhaseLoadBalancer, Notify: changed,
			},
			unit,
		}
		return append(files, haproxyPasswords(c, changed)...), nil
	})
}

// haproxyContainer runs haproxy as the image does, but for its entrypoint, which only adds these flags.
func haproxyContainer(c *topology.Cluster) systemdContainer {
	s := balancerContainer(c)
	s.Folder, s.MountPath = haproxyFolder, haproxyMountPath
	if c.Spec.LoadBalancer.HealthCheck.VerifyCA {
		s.File = c.PKIFile("ca.crt")
	}
	s.User, s.Capabilities = haproxyImageUser, haproxyCapabilities(c)
	if needsRoot(c) {
		s.User = 0
	}
	files := haproxyFileFlags(c)
	s.Program, s.Args = "haproxy", append([]string{"-W", "-db"}, files...)
	s.Test = strings.Join(append([]string{"haproxy", "-c"}, files...), " ")
	s.StopSignal, s.ReloadSignal = "SIGUSR1", "USR2"
	return s
}
