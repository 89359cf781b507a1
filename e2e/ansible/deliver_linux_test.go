package ansible

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/khagen/khagen/e2e/playbook"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

var clusters = []string{"binary-nginx", "container-nginx", "kubeadm-stacked", "kubespray-haproxy", "static-pods"}

// TestDeliver delivers each reference cluster to new hosts, twice.
func TestDeliver(t *testing.T) {
	need(t, "ansible-playbook", "nsenter", "haproxy", "nginx", "keepalived")
	for _, name := range clusters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := render(t, name)
			if !f.known(t) {
				f.deliver(t)
			}
		})
	}
}

// deliver has hosts get all that is theirs, and nothing more the second time.
func (f *fleet) deliver(t *testing.T) {
	t.Helper()
	f.boot(t)
	secrets := f.secrets(t)
	if r := f.play(t, "site.yml", secrets...); r.code != 0 {
		t.Fatal(r.output)
	}
	f.compare(t)
	f.order(t)
	f.forget(t)
	r := f.play(t, "site.yml", secrets...)
	for host, was := range r.recap {
		if was != (playbook.Recap{}) {
			t.Errorf("the second time, %s has %+v", host, was)
		}
	}
	if r.code != 0 || len(r.recap) != len(f.hosts) || t.Failed() {
		t.Error(r.output)
	}
	for _, e := range f.events(t) {
		// A member is asked whether it is well itself, and not about others where nothing is due.
		if !strings.HasPrefix(e.text, "etcdctl ") || !strings.Contains(e.text, f.member(e.host)) {
			t.Errorf("the second time, %s has to %s", e.host, e.text)
		}
	}
	f.changed(t, secrets)
}

// member is the URL of a host's member of etcd.
func (f *fleet) member(host string) string {
	at := slices.IndexFunc(f.cluster.Hosts, func(h *topology.Host) bool { return h.Name == host })
	return "https://" + topology.HostPort(f.cluster.Hosts[at].EtcdAddress(), 2379)
}

// changed writes over a file of one host by hand: check.yml finds that, and nothing else.
func (f *fleet) changed(t *testing.T, secrets []string) {
	t.Helper()
	host := f.cluster.Hosts[0].Name
	files := f.manifest(t, host).Files
	at := slices.IndexFunc(files, func(x tree.ManifestFile) bool { return x.Kind == tree.KindFile })
	f.put(t, host, files[at].Path, "changed by hand\n")
	r := f.play(t, "check.yml", secrets...)
	for name, was := range r.recap {
		if (was.Failed == 1) != (name == host) || was.Changed != 0 {
			t.Errorf("check.yml: %s has %+v", name, was)
		}
	}
	if want := `"` + host + ": " + files[at].Path + `: content"`; r.code == 0 || len(r.recap) != len(f.hosts) || !strings.Contains(r.output, want) {
		t.Errorf("check.yml doesn't say %s:\n%s", want, r.output)
	}
}

// compare holds all files of all hosts to the manifests.
func (f *fleet) compare(t *testing.T) {
	t.Helper()
	for i := range f.files {
		file := &f.files[i]
		if file.Host == "" || file.Kind == tree.KindManifest {
			continue
		}
		want := rendered.Delivered(file)
		if file.Kind == tree.KindBlock {
			want = append([]byte("127.0.0.1 localhost\n::1 localhost ip6-localhost\n"), want...)
		}
		m := f.manifest(t, file.Host)
		at := slices.IndexFunc(m.Files, func(x tree.ManifestFile) bool { return x.Path == file.Path })
		f.compareFile(t, file.Host, file.Path, m.Files[at].Mode, m.Files[at].Owner, want)
	}
	for _, h := range f.cluster.Hosts {
		for _, p := range f.manifest(t, h.Name).PKI {
			want, err := os.ReadFile(filepath.Join(f.dir, "pki", f.cluster.Spec.Name, "hosts", h.Name, "rootfs", p.Path))
			if err != nil {
				t.Fatal(err)
			}
			f.compareFile(t, h.Name, p.Path, p.Mode, p.Owner, want)
		}
	}
}

func (f *fleet) compareFile(t *testing.T, host, path, mode, owner string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(f.root(host) + path)
	if err != nil {
		t.Error(err)
		return
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %s has\n%s\nwant\n%s", host, path, got, want)
	}
	info, err := os.Lstat(f.root(host) + path)
	if err != nil {
		t.Fatal(err)
	}
	stat := info.Sys().(*syscall.Stat_t)
	user, group := f.id(t, host, "passwd", stat.Uid), f.id(t, host, "group", stat.Gid)
	if is := fmt.Sprintf("%04o %s:%s", info.Mode().Perm(), user, group); is != mode+" "+owner {
		t.Errorf("%s: %s is %s, want %s %s", host, path, is, mode, owner)
	}
}

// id gives the name of a user or group on a host.
func (f *fleet) id(t *testing.T, host, database string, id uint32) string {
	t.Helper()
	text, err := os.ReadFile(f.root(host) + "/etc/" + database)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(line, ":"); len(fields) > 2 && fields[2] == strconv.Itoa(int(id)) {
			return fields[0]
		}
	}
	return strconv.Itoa(int(id))
}
