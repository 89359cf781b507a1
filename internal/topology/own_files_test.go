package topology

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/schema"
)

// TestHasOwnPatches asks each host after a patch for kubeadm at each level; a file beside the folder is none.
func TestHasOwnPatches(t *testing.T) {
	const patch = KubeadmPatches + "/kube-apiserver-x+json.yaml"
	for _, test := range []struct {
		name    string
		install string
		file    schema.OwnFile
		want    []string
	}{
		{"all", InstallKubeadm, schema.OwnFile{Path: patch}, []string{"cp1", "cp2", "w1"}},
		{"role", InstallKubeadm, schema.OwnFile{Path: patch, Role: RoleControlPlane}, []string{"cp1", "cp2"}},
		{"host", InstallKubeadm, schema.OwnFile{Path: patch, Host: "cp2"}, []string{"cp2"}},
		{"another folder", InstallKubeadm, schema.OwnFile{Path: KubeadmPatches + "-old/x.yaml"}, nil},
		{"no kubeadm", "binaries", schema.OwnFile{Path: patch}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			spec := peers(2, nil)
			spec.Kubernetes.Install = test.install
			spec.Hosts["w1"] = &schema.Host{Roles: []string{RoleWorker}}
			spec.Hosts["lb1"] = &schema.Host{Roles: []string{RoleLoadBalancer}}
			spec.OwnFiles = []schema.OwnFile{test.file}
			c, err := New(spec)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, h := range c.Hosts {
				if h.HasOwnPatches() {
					got = append(got, h.Name)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
