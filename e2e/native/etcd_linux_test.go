package native

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
)

// TestEtcdDisks lets kubeadm write the static pod of an etcd with disks of its own.
func TestEtcdDisks(t *testing.T) {
	if err := sandbox.Available(); err != nil {
		missing(t, err)
	}
	i := slices.IndexFunc(checks, func(c check) bool { return c.name == "kubeadm-init" })
	need(t, checks[i])
	hosts, err := rendered.Render(unpack(t, filepath.Join(repository(t), "generators/testdata/kubeadm-etcd-disks.txtar")))
	if err != nil {
		t.Fatal(err)
	}
	h := hosts[slices.IndexFunc(hosts, func(h *rendered.Host) bool { return h.Name == "cp2" })]
	s := newSite(t, h, interfaces(h), toolBinds(t))
	if err := checks[i].run(s, checks[i].of(h)); err != nil {
		t.Fatal(err)
	}
	pod, err := s.run("cat", "/etc/kubernetes/manifests/etcd.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"- --data-dir=/var/lib/etcd\n", "- --wal-dir=/wal/wal\n",
		"- mountPath: /var/lib/etcd\n      name: etcd-data\n", "- mountPath: /wal\n      name: etcd-wal\n",
		"- hostPath:\n      path: /data/etcd\n      type: DirectoryOrCreate\n    name: etcd-data\n",
		"- hostPath:\n      path: /wal\n      type: DirectoryOrCreate\n    name: etcd-wal\n",
	} {
		if strings.Count(pod, want) != 1 {
			t.Errorf("etcd.yaml lacks %q:\n%s", want, pod)
		}
	}
	for _, b := range []breakage{
		{"kubeadm-init", "a place that the pod lacks", `/spec/containers/0/command/-`, "/spec/containers/1/command/-", "/spec/containers/1/command"},
		{"kubeadm-init", "a path that is no text", `path: /data/etcd`, "path: [/data/etcd]", "cannot unmarshal array"},
	} {
		t.Run(b.what, func(t *testing.T) { b.prove(t, s, b.fileOf(h, checks[i])) })
	}
}
