package adopt

// Stubs, until the readers of these files are there.

// Kubeadm reads a ClusterConfiguration.
func Kubeadm(*Draft, string, []byte) error { return nil }

// HAProxy reads a haproxy.cfg.
func HAProxy(*Draft, string, []byte) error { return nil }

// Keepalived reads a keepalived.conf.
func Keepalived(*Draft, string, []byte) error { return nil }
