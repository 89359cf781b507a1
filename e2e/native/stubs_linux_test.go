package native

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/khagen/khagen/e2e/authority"
	"github.com/khagen/khagen/e2e/sandbox"
)

// packageStubs stand for what packages install on a host and this machine may lack: programs, and the units to which
// rendered drop-ins belong.
func packageStubs() []sandbox.File {
	files := []sandbox.File{{Path: "/etc/host.conf", Content: []byte("multi on\n")}}
	for _, path := range []string{
		"/usr/bin/kubelet", "/usr/bin/kubeadm", "/usr/bin/containerd", "/usr/bin/crio", "/usr/sbin/chronyd", "/usr/sbin/haproxy", "/usr/sbin/keepalived",
		"/usr/sbin/nginx", "/usr/bin/podman", "/usr/bin/docker",
	} {
		if _, err := os.Stat(path); err != nil {
			files = append(files, sandbox.File{Path: path, Mode: 0o755, Content: []byte("#!/bin/sh\n")})
		}
	}
	units := map[string]string{
		"kubelet.service":    "[Service]\nExecStart=/usr/bin/kubelet\nRestart=always\n",
		"containerd.service": "[Service]\nType=notify\nExecStart=/usr/bin/containerd\n",
		"crio.service":       "[Service]\nType=notify\nExecStart=/usr/bin/crio\n",
		"docker.service":     "[Service]\nType=notify\nExecStart=/usr/bin/docker\n",
		"chrony.service":     "[Service]\nType=forking\nExecStart=/usr/sbin/chronyd\n",
	}
	for name, text := range units {
		if installed, _ := filepath.Glob("/usr/lib/systemd/system/" + name); len(installed) == 0 {
			files = append(files, sandbox.File{Path: "/run/systemd/system/" + name, Content: []byte(text)})
		}
	}
	return files
}

// clusterStubs stand for what kubeadm and the playbook put on a host.
func clusterStubs(t *testing.T) []sandbox.File {
	t.Helper()
	issuer, err := authority.New()
	if err != nil {
		t.Fatal(err)
	}
	ca := issuer.PEM()
	discovery := fmt.Sprintf(`apiVersion: v1
kind: Config
clusters:
  - name: ""
    cluster:
      server: https://127.0.0.1:6443
      certificate-authority-data: %s
`, base64.StdEncoding.EncodeToString(ca))
	return []sandbox.File{
		{Path: "/etc/kubernetes/pki/ca.crt", Content: ca},
		{Path: "/etc/kubernetes/pki/etcd/ca.crt", Content: ca},
		{Path: "/etc/kubernetes/discovery.conf", Mode: 0o600, Content: []byte(discovery)},
	}
}
