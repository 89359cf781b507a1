package upstream

import "fmt"

// Download is where a project publishes a program. {arch} stands for the machine's architecture as Go names it: amd64,
// arm64.
type Download struct {
	URL      string
	Member   string // path in the archive at URL; empty where URL is the program itself
	Checksum string // SHA-256 of what is at URL, as sha256sum prints it or the bare sum
}

// CNIPlugins is the release of the plugins that CNIs build on. Source: https://github.com/containernetworking/plugins/releases.
const CNIPlugins = "1.9.1"

// KubernetesDownload is a program of Kubernetes. Source: https://kubernetes.io/releases/download/#binaries.
func KubernetesDownload(program string, v Version) Download {
	url := fmt.Sprintf("https://dl.k8s.io/v%s/bin/linux/{arch}/%s", v, program)
	return Download{URL: url, Checksum: url + ".sha256"}
}

// EtcdDownload is a program of etcd. Source: https://github.com/etcd-io/etcd/releases.
func EtcdDownload(program string, v Version) Download {
	folder := fmt.Sprintf("etcd-v%s-linux-{arch}", v)
	base := fmt.Sprintf("https://github.com/etcd-io/etcd/releases/download/v%s/", v)
	return Download{base + folder + ".tar.gz", folder + "/" + program, base + "SHA256SUMS"}
}

// CNIDownload is a CNI plugin of CNIPlugins. Its archive is made of a folder's dot, and tar wants the name as it is in there.
// Source: scripts/release.sh of containernetworking/plugins.
func CNIDownload(plugin string) Download {
	url := fmt.Sprintf("https://github.com/containernetworking/plugins/releases/download/v%[1]s/cni-plugins-linux-{arch}-v%[1]s.tgz", CNIPlugins)
	return Download{url, "./" + plugin, url + ".sha256"}
}

// CRITools is the release of crictl, which speaks to any runtime with version 1 of CRI. Source: https://github.com/kubernetes-sigs/cri-tools/releases.
const CRITools = "1.36.0"

// CrictlDownload is crictl.
func CrictlDownload() Download {
	url := fmt.Sprintf("https://github.com/kubernetes-sigs/cri-tools/releases/download/v%[1]s/crictl-v%[1]s-linux-{arch}.tar.gz", CRITools)
	return Download{url, "crictl", url + ".sha256"}
}
