package cluster

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// What a definition says and what the lab's hosts need of it stand side by side, and certificates are there.
func TestRender(t *testing.T) {
	c := Reference(t, "binary-nginx", Nodes)
	text, err := os.ReadFile(filepath.Join(c.out(), "hosts/k8s-node1/rootfs/opt/kubernetes/cfg/kubelet-config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"cgroupDriver: cgroupfs\n", "failCgroupV1: false\n", "podPidsLimit: 4096\n"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, path := range []string{c.Issued("k8s-master1", c.Topology.PKIFile("ca")+".crt"), c.Kubeconfig("super-admin")} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}
