package registry

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/rendered"
)

func TestMain(m *testing.M) { os.Exit(lab.Run(m.Run)) }

const (
	haproxyName    = "docker.io/library/haproxy:3.2.19-alpine"
	keepalivedName = "registry.example.net/keepalived:2.2.8"
	nginxName      = "docker.io/library/nginx:1.30.1-alpine"
)

// need skips where there is no lab or no program for it, or fails in CI.
func need(t *testing.T) (bin string) {
	t.Helper()
	err := lab.Available()
	if err == nil {
		bin, err = lab.Programs("")
	}
	for _, program := range []string{"containerd-2.3/containerd", "cri-tools-1.36/crictl", "etcd-3.6/etcdutl", "k8s-1.36/kube-proxy", "pause-3.10/pause"} {
		if err == nil {
			_, err = os.Stat(filepath.Join(bin, program))
		}
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return bin
}

// Whoever runs the test may not be allowed to protect processes from the kernel when memory is short.
const containerdConfig = `version = 3
[plugins.'io.containerd.cri.v1.runtime']
restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.images'.registry]
config_path = '/etc/containerd/certs.d'
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = '%s'
`

// pod is one in the host's network.
const pod = `{"metadata": {"name": "lab", "uid": "lab", "namespace": "lab"}, "dns_config": {"servers": ["10.78.0.1"]},
"linux": {"security_context": {"namespace_options": {"network": 2}}}}`

// node starts a host whose containerd finds all registries at the test's, and has what was rendered in /srv.
func node(t *testing.T, bin, mirror, pause string) *lab.Host {
	t.Helper()
	repository, err := rendered.Repository()
	if err != nil {
		t.Fatal(err)
	}
	prefix := func(text string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(text)} }
	l, err := lab.Start(t.Context(), lab.Spec{Addresses: prefix("10.78.0.1/24"), Hosts: []lab.HostSpec{{
		Name: "node", Addresses: prefix("10.78.0.11/24"),
		Binds: map[string]string{
			"/opt/lab/containerd": filepath.Join(bin, "containerd-2.3"),
			"/opt/lab/cri-tools":  filepath.Join(bin, "cri-tools-1.36"),
			"/srv":                filepath.Join(repository, "out"),
		},
		Files: []lab.File{
			{Path: "/etc/crictl.yaml", Content: []byte("runtime-endpoint: unix:///run/containerd/containerd.sock\nimage-endpoint: unix:///run/containerd/containerd.sock\ntimeout: 60\n")},
			{Path: "/etc/pod.json", Content: []byte(pod)},
			{Path: "/etc/containerd/config.toml", Content: fmt.Appendf(nil, containerdConfig, pause)},
			{Path: "/etc/containerd/certs.d/_default/hosts.toml", Content: fmt.Appendf(nil, "[host.'http://%s']\ncapabilities = ['pull', 'resolve']\n", mirror)},
			{Path: "/etc/systemd/system/containerd.service.d/lab.conf", Content: []byte("[Service]\nExecStartPre=\nExecStart=\nExecStart=/opt/lab/containerd/containerd\nEnvironment=PATH=/opt/lab/containerd:/usr/sbin:/usr/bin\n")},
		},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	h := l.Host("node")
	t.Cleanup(func() { // before the lab is closed
		if t.Failed() {
			said, err := h.Run(context.WithoutCancel(t.Context()), "journalctl", "--unit=containerd", "--output=cat", "--no-pager", "--lines=200")
			t.Log(said, err)
		}
	})
	if _, err := h.Run(t.Context(), "systemctl", "start", "containerd"); err != nil {
		t.Fatal(err)
	}
	return h
}

// parts are what a node has, what it pulls and what containers find in /srv.
func parts(t *testing.T, bin string, images *Images) (states []string) {
	t.Helper()
	packages, err := lab.ImagePackages()
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{packages, filepath.Join(bin, "cri-tools-1.36/crictl")}
	for _, name := range []string{"containerd", "containerd-shim-runc-v2", "ctr"} {
		paths = append(paths, filepath.Join(bin, "containerd-2.3", name))
	}
	for _, path := range paths {
		state, err := accepted.Program(path)
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, state)
	}
	repository, err := rendered.Repository()
	if err != nil {
		t.Fatal(err)
	}
	for _, cluster := range []string{"container-nginx", "static-pods"} {
		state, err := accepted.Folder(filepath.Join(repository, "out", cluster))
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, state)
	}
	for _, name := range images.Names() {
		states = append(states, name, images.Digest(name))
	}
	return states
}

// TestPull has a real containerd pull images by the names that clusters use, and runs in them what clusters do.
func TestPull(t *testing.T) {
	bin := need(t)
	images, err := Make(t.Context(), Versions{Kubernetes: "k8s-1.36", HAProxy: haproxyName, Keepalived: keepalivedName, Nginx: nginxName})
	if err != nil {
		t.Fatal(err)
	}
	if accepted.Already(t, t.Name(), parts(t, bin, images)) {
		return
	}
	find := func(repository string) string {
		at := slices.IndexFunc(images.Names(), func(name string) bool { return strings.Contains(name, "/"+repository+":") })
		return images.Names()[at]
	}
	const mirror = "10.78.0.1:5000"
	h := node(t, bin, mirror, find("pause"))
	listener, err := net.Listen("tcp", mirror)
	if err != nil {
		t.Fatal(err)
	}
	server, err := Serve(listener, images)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	mount := func(from, to string) string {
		return "--mount=type=bind,src=/srv/" + from + ",dst=" + to + ",options=rbind:ro"
	}
	const static = "static-pods/hosts/bfs-k8s-master1.solarfs.k8s/rootfs/etc/"
	proxy := find("kube-proxy")
	pulled := map[string]bool{}
	for _, c := range []struct {
		image   string
		options []string
		command string
		want    string
	}{
		{find("pause"), nil, "/pause -v", "pause 3.10.2"},
		{find("etcd"), nil, "etcdctl version", "etcdctl version: 3.6."},
		{find("kube-apiserver"), nil, "kube-apiserver --version", "Kubernetes v1.36."},
		{proxy, nil, "/usr/local/bin/kube-proxy --version", "Kubernetes v1.36."},
		{proxy, nil, "conntrack --version", "conntrack v"},
		{proxy, []string{"--cap-add=CAP_NET_ADMIN"}, "nft list ruleset", ""},
		{proxy, []string{"--cap-add=CAP_NET_ADMIN"}, "iptables -t nat -A OUTPUT -m comment --comment lab -m addrtype --dst-type LOCAL -j RETURN", ""},
		{proxy, []string{"--cap-add=CAP_NET_ADMIN"}, "ip6tables-save", ""},
		{haproxyName, []string{"--read-only", mount(static+"haproxy", "/usr/local/etc/haproxy")}, "haproxy -V -c -f /usr/local/etc/haproxy/haproxy.cfg", "Configuration file is valid"},
		{keepalivedName, []string{"--with-ns=network:/proc/1/ns/net", mount(static+"keepalived", "/etc/keepalived")}, "keepalived --config-test --use-file=/etc/keepalived/keepalived.conf", ""},
		{keepalivedName, nil, "/bin/sh -c /usr/bin/curl\t--version", "curl "},
		{
			nginxName,
			[]string{"--user=101:101", "--read-only", "--mount=type=tmpfs,dst=/tmp,options=mode=1777", mount("container-nginx/hosts/nginx/rootfs/etc/nginx", "/etc/nginx")},
			"nginx -t", "test is successful",
		},
	} {
		if !pulled[c.image] {
			pulled[c.image] = true
			if _, err := h.Run(t.Context(), "/opt/lab/cri-tools/crictl", "pull", c.image); err != nil {
				t.Fatal(err)
			}
		}
		if got := contain(t, h, c.image, c.options, c.command); !strings.Contains(got, c.want) || strings.HasPrefix(got, "error:") {
			t.Errorf("%s: %s\n got %q\nwant %q", c.image, c.command, got, c.want)
		}
	}
	if output, err := h.Run(t.Context(), "/opt/lab/cri-tools/crictl", "runp", "/etc/pod.json"); err != nil {
		t.Error(err)
	} else if ready, err := h.Run(t.Context(), "/opt/lab/cri-tools/crictl", "pods", "--state=ready", "--quiet", "--no-trunc"); err != nil || ready == "" || !strings.HasSuffix(output, ready) {
		t.Errorf("starting a pod said %s, ready is %q: %v", output, ready, err)
	}
	if missed := server.Missed(); len(missed) > 0 {
		t.Errorf("containerd asked for what there isn't: %v", missed)
	}
}

// contain gives what a command in a container says, or how it failed. Words are split at spaces.
func contain(t *testing.T, h *lab.Host, name string, options []string, command string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	args := slices.Concat([]string{"--namespace=k8s.io", "run", "--rm"}, options, []string{name, "trial"}, strings.Split(command, " "))
	output, err := h.Run(ctx, "/opt/lab/containerd/ctr", args...)
	if err != nil {
		return "error: " + err.Error()
	}
	return output
}
