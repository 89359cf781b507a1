package tree

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fleet makes a cluster with 20 files a host, of about the sizes and in about the folders of a control plane's.
func fleet(name string, hosts int, edited string) []File {
	folders := []string{
		"/etc/kubernetes/manifests", "/etc/haproxy", "/etc/keepalived", "/etc/sysctl.d", "/etc/modules-load.d",
		"/etc/systemd/system/kubelet.service.d", "/etc/containerd", "/etc/kubernetes/kubeadm",
	}
	var files []File
	for h := range hosts {
		host := fmt.Sprintf("node%d", h)
		m := &Manifest{Cluster: name, Host: host}
		for i := range 19 {
			content := strings.Repeat(fmt.Sprintf("line of %s in %d\n", host, i), 10+20*(i%5))
			if host == edited {
				content += "edited\n"
			}
			f := File{Host: host, Path: fmt.Sprintf("%s/file%d", folders[i%len(folders)], i), Kind: KindFile, Mode: 0o644, Content: []byte(content)}
			m.Files = append(m.Files, ManifestFile{Path: f.Path, Kind: f.Kind, Mode: "0644", Owner: "root:root", Source: "test"})
			files = append(files, f)
		}
		files = append(files, File{Host: host, Path: manifestName, Kind: KindManifest, Content: EncodeManifest(m)})
	}
	return files
}

// BenchmarkTree measures builds of one cluster of 5,000 hosts; "copy" is cp -r of the same tree, to compare with.
func BenchmarkTree(b *testing.B) {
	const hosts = 5000
	files := fleet("fleet", hosts, "")
	edited := fleet("fleet", hosts, "node7")
	out := filepath.Join(b.TempDir(), "out")
	run := func(b *testing.B, dir string, files []File) {
		b.ReportAllocs()
		o, err := Open(dir)
		if err != nil {
			b.Fatal(err)
		}
		defer o.Close()
		p, err := o.Plan("fleet", files)
		if err != nil {
			b.Fatal(err)
		}
		if err := o.Stage(p); err != nil {
			b.Fatal(err)
		}
		if err := o.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	run(b, out, files)
	b.Run("cold", func(b *testing.B) {
		for i := range b.N {
			run(b, filepath.Join(b.TempDir(), fmt.Sprint(i)), files)
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		for range b.N {
			run(b, out, files)
		}
	})
	b.Run("one host", func(b *testing.B) {
		for i := range b.N {
			run(b, out, [][]File{edited, files}[i%2])
		}
	})
	b.Run("copy", func(b *testing.B) {
		for i := range b.N {
			if err := exec.Command("cp", "-r", out, filepath.Join(b.TempDir(), fmt.Sprint(i))).Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
