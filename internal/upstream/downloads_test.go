package upstream

import "testing"

// TestDownloads holds addresses as the projects publish them.
func TestDownloads(t *testing.T) {
	kubernetes, etcd := Version{1, 36, 3}, Version{3, 6, 16}
	for name, test := range map[string]struct{ got, want Download }{
		"kubelet": {KubernetesDownload("kubelet", kubernetes), Download{
			URL:      "https://dl.k8s.io/v1.36.3/bin/linux/{arch}/kubelet",
			Checksum: "https://dl.k8s.io/v1.36.3/bin/linux/{arch}/kubelet.sha256",
		}},
		"etcdctl": {EtcdDownload("etcdctl", etcd), Download{
			URL:      "https://github.com/etcd-io/etcd/releases/download/v3.6.16/etcd-v3.6.16-linux-{arch}.tar.gz",
			Member:   "etcd-v3.6.16-linux-{arch}/etcdctl",
			Checksum: "https://github.com/etcd-io/etcd/releases/download/v3.6.16/SHA256SUMS",
		}},
		"loopback": {CNIDownload("loopback"), Download{
			URL:      "https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-{arch}-v1.9.1.tgz",
			Member:   "./loopback",
			Checksum: "https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-{arch}-v1.9.1.tgz.sha256",
		}},
		"crictl": {CrictlDownload(), Download{
			URL:      "https://github.com/kubernetes-sigs/cri-tools/releases/download/v1.36.0/crictl-v1.36.0-linux-{arch}.tar.gz",
			Member:   "crictl",
			Checksum: "https://github.com/kubernetes-sigs/cri-tools/releases/download/v1.36.0/crictl-v1.36.0-linux-{arch}.tar.gz.sha256",
		}},
	} {
		if test.got != test.want {
			t.Errorf("%s: %+v", name, test.got)
		}
	}
}

func TestCoreDNSImage(t *testing.T) {
	for _, test := range []struct {
		repository string
		minor      int
		want       string
	}{
		{"registry.k8s.io", 36, "registry.k8s.io/coredns/coredns:v1.14.2"},
		{"registry.example.com:5005/k8s", 31, "registry.example.com:5005/k8s/coredns:v1.11.3"},
	} {
		if got := CoreDNSImage(test.repository, Version{Major: 1, Minor: test.minor}); got != test.want {
			t.Errorf("%s, 1.%d: %s, want %s", test.repository, test.minor, got, test.want)
		}
	}
}
