package main

import (
	"strings"
	"testing"
)

func TestFile(t *testing.T) {
	tests := []struct {
		name    string
		content string
		patch   bool
		want    []string // a part of each error, in order; none: accepted
	}{
		{name: "kubeadm", content: `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
controlPlaneEndpoint: lb.example.org:8443
apiServer:
  extraArgs:
  - name: audit-log-maxage
    value: "7"
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
`},
		{name: "read by the apiserver", content: `---
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous:
  enabled: true
  conditions:
  - path: /readyz
---
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- level: Metadata
`},
		{name: "static pod", content: `apiVersion: v1
kind: Pod
metadata: {name: haproxy, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
  - {name: haproxy, image: "haproxy:3.2.8-alpine"}
`},
		{name: "kubeconfig", content: `apiVersion: v1
kind: Config
clusters:
- name: c
  cluster: {server: "https://lb.example.org:8443"}
`},
		{
			name: "unknown field",
			content: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDrivr: systemd
`,
			want: []string{`unknown field "cgroupDrivr"`},
		},
		{
			name: "unknown field far down, and the document after it",
			content: `apiVersion: v1
kind: Pod
spec:
  containers:
  - livenessProbe: {httpGet: {prt: 8404}}
---
# nothing here
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovry: {}
`,
			want: []string{`unknown field "spec.containers[0].livenessProbe.httpGet.prt"`, `document 2: strict decoding error: unknown field "discovry"`},
		},
		{
			name: "key twice",
			content: `apiVersion: audit.k8s.io/v1
kind: Policy
rules: []
rules: []
`,
			want: []string{`key "rules" already set`},
		},
		{
			name:    "wrong type",
			content: "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: many\n",
			want:    []string{"maxPods"},
		},
		{
			name: "scheduler plugin arguments",
			content: `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- pluginConfig:
  - name: NodeResourcesFit
    args: {ignoredResource: [example.org/gpu]}
`,
			want: []string{`unknown field "ignoredResource"`},
		},
		{
			name: "static pod that the kubelet refuses",
			content: `apiVersion: v1
kind: Pod
metadata: {name: haproxy}
spec:
  containers:
  - {name: haproxy, image: haproxy, volumeMounts: [{name: cfg, mountPath: /cfg}]}
`,
			want: []string{`spec.containers[0].volumeMounts[0].name: Not found: "cfg"`},
		},
		{
			name: "static pod with a secret",
			content: `apiVersion: v1
kind: Pod
metadata: {name: haproxy}
spec:
  containers:
  - {name: haproxy, image: haproxy}
  volumes:
  - {name: s, secret: {secretName: s}}
`,
			want: []string{"a static pod may not refer to secrets"},
		},
		{name: "patch", patch: true, content: "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: kube-apiserver}]}\n"},
		{name: "patch with an unknown field", patch: true, content: "apiVersion: v1\nkind: Pod\nspec: {container: []}\n", want: []string{`"spec.container"`}},
		{name: "value that kube-proxy refuses", content: "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: fast\n", want: []string{"fast"}},
		{name: "value that the kubelet refuses", content: "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nimageGCHighThresholdPercent: 170\n", want: []string{"imageGCHighThresholdPercent"}},
		{name: "eviction signal", content: "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nevictionHard: {memory.avail: 1Gi}\n", want: []string{"memory.avail"}},
		{name: "value that the apiserver refuses", content: "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt: [{issuer: {url: \"http://id.example.org\", audiences: [a]}, claimMappings: {username: {claim: sub, prefix: \"\"}}}]\n", want: []string{"URL scheme must be https"}},
		{name: "audit level", content: "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: All}]\n", want: []string{"All"}},
		{name: "value that the scheduler refuses", content: "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nparallelism: -1\n", want: []string{"parallelism"}},
		{name: "unknown kind", content: "apiVersion: v1\nkind: Pood\n", want: []string{`no kind "Pood"`}},
		{name: "flags as kubeadm before 1.31 has them", content: "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nscheduler: {extraArgs: {v: \"2\"}}\n"},
		{name: "flags as kubeadm has them from 1.31 on", content: "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nscheduler: {extraArgs: [{name: v, value: \"2\"}]}\n", want: []string{"extraArgs"}},
		{name: "version that is gone", content: "apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n", want: []string{"v1beta2"}},
		{name: "no kind", content: "maxPods: 7\n", want: []string{"Object 'Kind' is missing"}},
		{name: "list", content: "apiVersion: v1\nkind: PodList\nitems: []\n", want: []string{"one document for each"}},
		{name: "not YAML", content: "a: [\n", want: []string{"document 1"}},
		{name: "empty", content: "# a comment\n", want: []string{"no document"}},
	}
	decode, err := newDecoder()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			errs := decode.file([]byte(test.content), test.patch)
			if len(errs) != len(test.want) {
				t.Fatalf("%d errors, want %d: %v", len(errs), len(test.want), errs)
			}
			for i, err := range errs {
				if !strings.Contains(err.Error(), test.want[i]) {
					t.Errorf("error %q does not say %q", err, test.want[i])
				}
			}
		})
	}
}
