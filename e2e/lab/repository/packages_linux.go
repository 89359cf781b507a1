package repository

import (
	"fmt"

	"github.com/khagen/khagen/e2e/lab"
)

// plugins are those of kubernetes-cni that definitions and clusters of the lab name; the real one has all of its project.
var plugins = []string{"bandwidth", "bridge", "firewall", "host-local", "loopback", "portmap", "tuning"}

// kubeletUnit and kubeadmDropIn say what the files of kubernetes/release do. The drop-in comes with kubeadm, not with the kubelet.
const kubeletUnit = `[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
`

const kubeadmDropIn = `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
# kubeadm init and join write it: KUBELET_KUBEADM_ARGS
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
# for people: KUBELET_EXTRA_ARGS
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`

// kubernetesPackages are those that a release of Kubernetes brings. As the real ones since 1.32 kubeadm depends on nothing, and
// the kubelet's unit is neither enabled nor started, nor started anew by an upgrade.
func kubernetesPackages(p programs) []debian {
	version := func(program string) string { return p.versions[program] + "-1.1" }
	return []debian{
		{
			Name: "kubeadm", Version: version("kubeadm"),
			Files: map[string]file{
				"/usr/bin/kubeadm": p.link("kubeadm"),
				"/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf": {Content: kubeadmDropIn},
			},
		},
		{Name: "kubectl", Version: version("kubectl"), Files: map[string]file{"/usr/bin/kubectl": p.link("kubectl")}},
		{
			Name: "kubelet", Version: version("kubelet"),
			Relations: "Depends: kubernetes-cni (>= 1.2.0), mount, util-linux\nRecommends: iptables (>= 1.8.4)\n",
			Files: map[string]file{
				"/usr/bin/kubelet":                        p.link("kubelet"),
				"/usr/lib/systemd/system/kubelet.service": {Content: kubeletUnit},
				"/etc/default/kubelet":                    {Content: "KUBELET_EXTRA_ARGS=\n"},
				// so that the folders are there
				"/etc/kubernetes/manifests/.kubelet-keep": {},
				"/var/lib/kubelet/.kubelet-keep":          {},
			},
			Configuration: []string{"/etc/default/kubelet"},
		},
	}
}

func crictlPackage(p programs) debian {
	return debian{
		Name: "cri-tools", Version: p.versions["crictl"] + "-1.1",
		Files: map[string]file{"/usr/bin/crictl": p.link("crictl")},
	}
}

func pluginsPackage(p programs) debian {
	d := debian{Name: "kubernetes-cni", Version: p.versions["loopback"] + "-1.1", Files: map[string]file{}}
	for _, name := range plugins {
		d.Files["/opt/cni/bin/"+name] = p.link(name)
	}
	return d
}

const containerdUnit = `[Unit]
Description=containerd container runtime
Documentation=https://containerd.io
After=network.target local-fs.target

[Service]
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=5
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
`

// What debhelper writes for a service that an upgrade starts anew.
const (
	// The image has Debian's containerd at rest, and a unit that an administrator disabled stays so. Elsewhere it never was there.
	containerdBefore = `#!/bin/sh
set -e
if [ "$1" = install ]; then deb-systemd-helper purge containerd.service >/dev/null || true; fi
`
	containerdAfter = `#!/bin/sh
set -e
[ "$1" = configure ] || exit 0
deb-systemd-helper unmask containerd.service >/dev/null || true
if deb-systemd-helper --quiet was-enabled containerd.service; then
	deb-systemd-helper enable containerd.service >/dev/null || true
else
	deb-systemd-helper update-state containerd.service >/dev/null || true
fi
if [ -d /run/systemd/system ]; then
	systemctl --system daemon-reload >/dev/null || true
	deb-systemd-invoke restart containerd.service >/dev/null || true
fi
`
	containerdGoes = `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then deb-systemd-invoke stop containerd.service >/dev/null || true; fi
`
)

// containerdPackage starts with a configuration that kubelets have no use for: whoever wants more has to write one.
func containerdPackage(p programs, r lab.Release) debian {
	d := debian{
		Name: "containerd.io", Version: fmt.Sprintf("%s-1~%s.%s~%s", p.versions["containerd"], r.ID, r.Version, r.Codename),
		Relations: "Depends: runc\nProvides: containerd\nConflicts: containerd\nReplaces: containerd\n",
		Files: map[string]file{
			"/usr/lib/systemd/system/containerd.service": {Content: containerdUnit},
			"/etc/containerd/config.toml":                {Content: "disabled_plugins = [\"cri\"]\n"},
		},
		Configuration: []string{"/etc/containerd/config.toml"},
		Scripts:       map[string]string{"preinst": containerdBefore, "postinst": containerdAfter, "prerm": containerdGoes},
	}
	for _, name := range []string{"containerd", "containerd-shim-runc-v2", "ctr"} {
		d.Files["/usr/bin/"+name] = p.link(name)
	}
	return d
}
