package native

import (
	"path/filepath"
	"testing"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
)

// TestJudges proves that the kubeadm of each golden case's version refuses what its version doesn't know. out/ has clusters
// of one version alone, so that breakages prove the others' kubeadms nothing.
func TestJudges(t *testing.T) {
	if err := sandbox.Available(); err != nil {
		missing(t, err)
	}
	const config, join = "/etc/kubernetes/kubeadm/config.yaml", "/etc/kubernetes/kubeadm/join.yaml"
	for _, test := range []struct {
		golden, file string
		breakage
	}{
		{"kubeadm-1.28", config, breakage{"kubeadm", "a field of v1beta4", `(?m)^clusterName: .*`, "$0\nencryptionAlgorithm: RSA-2048", "encryptionAlgorithm"}},
		{"kubeadm-1.28", config, breakage{"kubeadm", "a gate that it lacks", "PublicKeysECDSA", "NodeLocalCRISocket", "NodeLocalCRISocket"}},
		{"kubeadm-1.28", join, breakage{"kubeadm", "the other API", "v1beta3", "v1beta4", "v1beta4"}},
		{"kubeadm-1.30", config, breakage{"kubeadm", "flags as a list", `(?m)^    event-ttl: 2h`, "    - name: event-ttl", "did not find expected key"}},
		{"kubeadm-1.30", config, breakage{"kubeadm", "an unknown field of kube-proxy", `(?m)^mode: `, "modes: ", "modes"}},
		{"kubeadm-1.30", config, breakage{"kubeadm-init", "a folder of patches that isn't there", `directory: \S+`, "directory: /none", "/none"}},
		{"kubeadm-1.37", config, breakage{"kubeadm", "a gate that it lost", "RootlessControlPlane", "PublicKeysECDSA", "PublicKeysECDSA"}},
		{"kubeadm-1.37", join, breakage{"kubeadm", "the API that it lost", "v1beta4", "v1beta3", "v1beta3"}},
	} {
		t.Run(test.golden+"/"+test.what, func(t *testing.T) {
			hosts, err := rendered.Render(unpack(t, filepath.Join(repository(t), "generators/testdata", test.golden+".txtar")))
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range hosts {
				if f := h.File(test.file); f != nil {
					s := newSite(t, h, interfaces(h), toolBinds(t))
					if test.checkOf(t).passes(t, s); !t.Failed() {
						test.prove(t, s, f)
					}
					return
				}
			}
			t.Fatalf("no host has %s", test.file)
		})
	}
}
