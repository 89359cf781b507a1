package upstream

import "strings"

// ResolvConf is the file with the name servers that a host really asks; empty where it is /etc/resolv.conf. Ubuntu's
// names 127.0.0.53, systemd-resolved on the host's own loopback, which no pod reaches.
// Source: https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/#known-issues.
func ResolvConf(os string) string {
	if strings.HasPrefix(os, "ubuntu-") {
		return "/run/systemd/resolve/resolv.conf"
	}
	return ""
}
