package native

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/internal/pki"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// TestKubeadmTakesPKI: kubeadm uses what khagen pki puts on a control plane before it joins, and issues the rest below it.
func TestKubeadmTakesPKI(t *testing.T) {
	spec, err := schema.Load(filepath.Join(repository(t), "overlays", "kubeadm-stacked"))
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := topology.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	program, err := judgeOf(cluster.Version).find(repository(t))
	if err != nil {
		missing(t, err)
	}
	dir := t.TempDir()
	f := pki.Folder{Root: filepath.Join(dir, "pki"), Cluster: cluster, Now: time.Now()}
	if _, err := f.Init(context.Background()); err != nil {
		t.Fatal(err)
	}
	h := cluster.ControlPlanes[1]
	given := filepath.Join(f.Dir(), "hosts", h.Name, "rootfs/etc/kubernetes/pki")
	host := filepath.Join(dir, "host")
	if err := os.CopyFS(host, os.DirFS(given)); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, "init", "phase", "certs", "all", "--cert-dir", host, "--kubernetes-version", "v"+cluster.Version.String(),
		"--apiserver-advertise-address", h.Spec.Address.String()).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"Using existing ca certificate authority", "Using existing etcd/ca certificate authority",
		"Using existing front-proxy-ca certificate authority", `Using the existing "sa" key`, `Generating "apiserver" certificate and key`,
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("kubeadm didn't say %q:\n%s", want, out)
		}
	}
	if generated := regexp.MustCompile(`Generating "(ca|sa|etcd/ca|front-proxy-ca)"`).Find(out); generated != nil {
		t.Errorf("kubeadm made its own: %s", generated)
	}
	err = fs.WalkDir(os.DirFS(given), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		was, err := os.ReadFile(filepath.Join(given, path))
		if err != nil {
			return err
		}
		if is, err := os.ReadFile(filepath.Join(host, path)); err != nil || !bytes.Equal(was, is) {
			t.Errorf("%s changed: %v", path, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
