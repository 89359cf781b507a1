package native

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
	"github.com/khagen/khagen/internal/pki"
)

// externalCAJudge is the kubeadm of the case's version.
var externalCAJudge = toolFolder + judges[1].name

// TestKubeadmExternalCA: where no host has an authority's key, kubeadm begins a cluster with what khagen pki issued, makes
// nothing itself, switches signing in the cluster off, and lets kubelets keep what they were given.
func TestKubeadmExternalCA(t *testing.T) {
	tree := externalCA(t)
	if accepted.Already(t, t.Name(), tree.Cluster.Spec, kubeadmOf(t, tree, "cp1", "cp3")) {
		return
	}
	issued := issue(t, tree)
	for _, name := range []string{"cp1", "cp3"} { // a running cluster's phases run on any
		t.Run(name, func(t *testing.T) {
			s := externalCASite(t, tree.Host(name), filepath.Join(issued, name, "rootfs"))
			for _, step := range []struct{ phase, says string }{
				{"certs all", `Using existing etcd/peer certificate and key on disk`},
				{"kubeconfig all", "External CA mode: Using user provided super-admin.conf"},
				{"control-plane all", ""},
				{"kubelet-start", ""},
			} {
				output := s.phase(t, step.phase)
				if !strings.Contains(output, step.says) || strings.Contains(output, "Generating") || strings.Contains(output, "Writing \"") {
					t.Errorf("%s: want %q, and nothing made; got:\n%s", step.phase, step.says, output)
				}
			}
			s.has(t, "/etc/kubernetes/manifests/kube-controller-manager.yaml", "--cluster-signing-key-file=\n")
			s.has(t, "/etc/kubernetes/manifests/kube-apiserver.yaml", "path: /run/kms\n")
			s.has(t, "/var/lib/kubelet/config.yaml", "rotateCertificates: false\n")
		})
	}
}

// TestKubeadmExternalCAIncomplete: kubeadm misses each of these, so that the test above can fail.
func TestKubeadmExternalCAIncomplete(t *testing.T) {
	tree := externalCA(t)
	if accepted.Already(t, t.Name(), tree.Cluster.Spec, kubeadmOf(t, tree, "cp1")) {
		return
	}
	s := externalCASite(t, tree.Host("cp1"), filepath.Join(issue(t, tree), "cp1/rootfs"))
	s.phase(t, "certs all") // undamaged
	for _, name := range []string{"kubelet.conf", "super-admin.conf", "scheduler.conf", "pki/apiserver.crt", "pki/front-proxy-client.key", "pki/etcd/peer.crt"} {
		file := "/etc/kubernetes/" + name
		output, err := s.run("sh", "-c", `mv "$1" /away; "$0" init phase certs all --config /etc/kubernetes/kubeadm/config.yaml; code=$?; mv /away "$1"; exit $code`,
			externalCAJudge, file)
		_, why, _ := strings.Cut(output, "error: ")
		base := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		if err == nil || !strings.Contains(why, base) {
			t.Errorf("kubeadm doesn't miss %s: %v; it says:\n%s", file, err, output)
		}
	}
}

// externalCA is the case's tree.
func externalCA(t *testing.T) *rendered.Tree {
	t.Helper()
	if err := sandbox.Available(); err != nil {
		missing(t, err)
	}
	need(t, check{needs: kubeadms})
	tree, err := rendered.RenderTree(unpack(t, filepath.Join(repository(t), "generators/testdata/kubeadm-external-ca.txtar")))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// kubeadmOf is what kubeadm's behaviour on some hosts depends on, but for what they are issued, which the definition says.
func kubeadmOf(t *testing.T, tree *rendered.Tree, hosts ...string) (keys []string) {
	t.Helper()
	for _, name := range hosts {
		keys = append(keys, check{name: "kubeadm", needs: kubeadms}.whole(t, tree.Host(name)))
	}
	return keys
}

// issue gives the folder of what khagen pki issued for the tree's hosts.
func issue(t *testing.T, tree *rendered.Tree) string {
	t.Helper()
	issued := pki.Folder{Root: filepath.Join(t.TempDir(), "pki"), Cluster: tree.Cluster, Now: time.Now()}
	if _, err := issued.Init(context.Background()); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(issued.Dir(), "hosts")
}

// externalCASite is a host with its files and what khagen pki issued for it, and nothing of the cluster's besides.
func externalCASite(t *testing.T, h *rendered.Host, issued string) *site {
	t.Helper()
	var files []sandbox.File
	for i := range h.Files {
		f := &h.Files[i]
		files = append(files, sandbox.File{Path: f.Path, Mode: f.Mode, Content: rendered.Delivered(f)})
	}
	err := filepath.WalkDir(issued, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files = append(files, sandbox.File{Path: strings.TrimPrefix(path, issued), Mode: 0o600, Content: content})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.Start(sandbox.Spec{Name: h.Name, Files: files, Binds: toolBinds(t), Interfaces: interfaces(h)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	return &site{h, box}
}

// phase runs a phase of kubeadm init with the host's configuration.
func (s *site) phase(t *testing.T, phase string) string {
	t.Helper()
	args := append([]string{externalCAJudge, "init", "phase"}, strings.Fields(phase)...)
	output, err := s.run(append(args, "--config", "/etc/kubernetes/kubeadm/config.yaml")...)
	if err != nil {
		t.Fatal(err)
	}
	return output
}

func (s *site) has(t *testing.T, file, text string) {
	t.Helper()
	content, err := s.run("cat", file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(content+"\n", text) {
		t.Errorf("%s lacks %q:\n%s", file, text, content)
	}
}
