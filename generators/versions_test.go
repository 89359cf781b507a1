package generators_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/khagen/khagen/internal/tree"
)

var typeOfDocument = regexp.MustCompile(`(?m)^apiVersion: (\S+)\nkind: (\S+)$`)

// TestAPIVersions: each version of Kubernetes gets the versions of configuration that it reads. anonymousAuth is "all" before
// 1.32, which needs no AuthenticationConfiguration.
func TestAPIVersions(t *testing.T) {
	for _, test := range []struct{ version, kubeadm, authentication string }{
		{"1.28.15", "v1beta3", ""},
		{"1.29.15", "v1beta3", ""},
		{"1.30.14", "v1beta3", ""},
		{"1.31.14", "v1beta4", ""},
		{"1.32.13", "v1beta4", "v1beta1"},
		{"1.33.13", "v1beta4", "v1beta1"},
		{"1.34.10", "v1beta4", "v1"},
		{"1.35.10", "v1beta4", "v1"},
		{"1.36.5", "v1beta4", "v1"},
		{"1.37.2", "v1beta4", "v1"},
	} {
		t.Run(test.version, func(t *testing.T) {
			want := map[string]string{
				"InitConfiguration":          "kubeadm.k8s.io/" + test.kubeadm,
				"ClusterConfiguration":       "kubeadm.k8s.io/" + test.kubeadm,
				"JoinConfiguration":          "kubeadm.k8s.io/" + test.kubeadm,
				"KubeletConfiguration":       "kubelet.config.k8s.io/v1beta1",
				"KubeProxyConfiguration":     "kubeproxy.config.k8s.io/v1alpha1",
				"KubeSchedulerConfiguration": "kubescheduler.config.k8s.io/v1",
				"Policy":                     "audit.k8s.io/v1",
			}
			if test.authentication != "" {
				want["AuthenticationConfiguration"] = "apiserver.config.k8s.io/" + test.authentication
			}
			if got := apiVersions(renderFiles(t, ofVersion(test.version))); !maps.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// apiVersions gives those of all documents by their kinds; where a kind comes in two, both.
func apiVersions(files []tree.File) map[string]string {
	versions := map[string][]string{}
	for _, f := range files {
		for _, match := range typeOfDocument.FindAllStringSubmatch(string(f.Content), -1) {
			if version, kind := match[1], match[2]; !slices.Contains(versions[kind], version) {
				versions[kind] = append(versions[kind], version)
			}
		}
	}
	joined := map[string]string{}
	for kind, all := range versions {
		joined[kind] = strings.Join(all, " ")
	}
	return joined
}

func ofVersion(version string) *txtar.Archive {
	return &txtar.Archive{Files: []txtar.File{{Name: "cluster.cue", Data: fmt.Appendf(nil, `package fleet

cluster: {
	name: "test"
	kubernetes: {
		version: %q
		networking: podCIDRs: ["10.244.0.0/16"]
		scheduler: config: parallelism: 8
	}
	endpoint: {host: "api.example.net", port: 6443}
	loadBalancer: placement: "external"
	etcd: topology: "stacked"
	machine: os: "debian-13"
	hosts: cp1: {address: "192.0.2.11", roles: ["control-plane"]}
}
`, version)}}}
}
