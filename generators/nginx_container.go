package generators

import (
	"strconv"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

func newNginxContainer(c *topology.Cluster) HostFiles {
	lb := c.Spec.LoadBalancer
	if lb.Proxy != "nginx" || lb.Runtime != topology.RuntimeContainer {
		return none
	}
	render := func() ([]byte, error) { return renderNginx(c, "") }
	return onBalancers(render, func(h *topology.Host, config []byte) ([]tree.File, error) {
		unit, err := nginxContainer(c).file(h)
		if err != nil {
			return nil, err
		}
		files := []tree.File{
			{
				Path: nginxConf, Kind: tree.KindFile, Mode: 0o644, Content: config,
				Phase: tree.PhaseLoadBalancer, Notify: reload(c.BalancerUnit()),
			},
			unit,
		}
		return append(files, nginxPasswords(c, strconv.Itoa(nginxImageUser))...), nil
	})
}

func nginxContainer(c *topology.Cluster) systemdContainer {
	s := balancerContainer(c)
	s.Folder, s.MountPath, s.Tmpfs = nginxFolder, nginxFolder, "/tmp:mode=1777"
	s.User, s.Capabilities = nginxContainerUser(c), nginxCapabilities(c)
	s.Program, s.Test = "nginx", "nginx -t -q"
	s.StopSignal, s.ReloadSignal = "SIGQUIT", "HUP"
	return s
}
