package pki

import (
	"context"
	"strings"
	"testing"

	"github.com/khagen/khagen/schema"
)

// TestLost: what is gone while what came of it is there is never made anew. init, renew and check say the same in one line.
func TestLost(t *testing.T) {
	const (
		host  = "hosts/master0/rootfs/etc/kubernetes/pki/"
		etcd  = "hosts/master0/rootfs/etc/etcd/pki/ca.crt"
		admin = "admin.kubeconfig"
		super = "super-admin.kubeconfig"
	)
	hosts := func(file string) []string {
		var all []string
		for _, name := range []string{"master0", "master1", "master2"} {
			all = append(all, strings.Replace(host, "master0", name, 1)+file)
		}
		return all
	}
	tests := []struct {
		name    string
		cluster string
		gone    []string
		want    []string
	}{
		{"authority", containerNginx, []string{"ca.crt", "ca.key"}, []string{
			"ca.crt: is gone, and so is ca.key; 23 certificates were signed by them: bring them back from your backup " +
				"(copies: " + host + "ca.crt, also of master1, master2, node5, 2 more; " + host + "ca.key, also of master1, master2)",
		}},
		{"etcd's, whose key no host has", containerNginx, []string{"etcd-ca.crt", "etcd-ca.key"}, []string{
			"etcd-ca.crt: is gone, and so is etcd-ca.key; 12 certificates were signed by them: bring them back from your backup " +
				"(copies: " + etcd + ", also of master1, master2; none of etcd-ca.key)",
		}},
		{"aggregation layer's", containerNginx, []string{"front-proxy-ca.crt", "front-proxy-ca.key"}, []string{
			"front-proxy-ca.crt: is gone, and so is front-proxy-ca.key; 3 certificates were signed by them: bring them back from your backup " +
				"(copies: " + host + "front-proxy-ca.crt, also of master1, master2; none of front-proxy-ca.key)",
		}},
		{"etcd's of kubeadm, which khagen signs nothing with", kubeadmStacked, []string{"etcd-ca.crt", "etcd-ca.key"}, []string{
			"etcd-ca.crt: is gone, and so is etcd-ca.key; hosts have copies: bring them back from your backup (copies: ",
		}},
		{"service accounts' keys", containerNginx, []string{"sa.key", "sa.pub"}, []string{
			"sa.key: is gone, and so is sa.pub; the tokens of all service accounts were signed with it: bring them back from your backup " +
				"(copies: " + host + "sa.key, also of master1, master2; " + host + "sa.pub, also of master1, master2)",
		}},
		{"service accounts' private key", containerNginx, []string{"sa.key"}, []string{
			"sa.key: is gone; the tokens of all service accounts were signed with it: bring it back from your backup " +
				"(copies: " + host + "sa.key, also of master1, master2)",
		}},
		{"and all copies", containerNginx, append(hosts("sa.key"), "sa.key"), []string{
			"sa.key: is gone; the tokens of all service accounts were signed with it: bring it back from your backup",
		}},
		{"several", containerNginx, []string{"ca.crt", "ca.key", "sa.key", admin, super}, []string{
			"ca.crt: is gone, and so is ca.key; 21 certificates were signed by them: ",
			"sa.key: is gone; ",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := folderOf(t, test.cluster)
			f.init(t)
			f.remove(t, test.gone...)
			before := f.state(t)
			for what, do := range map[string]func() error{
				"init": f.initError,
				"renew": func() error {
					_, err := f.Renew(context.Background(), Renewal{Hosts: []string{f.Cluster.Hosts[0].Name}})
					return err
				},
			} {
				err := do()
				if err == nil {
					t.Errorf("%s: no error", what)
					continue
				}
				f.startWith(t, what, strings.Split(err.Error(), "\n"), test.want)
			}
			var found []string
			for _, line := range f.check(t) {
				if !strings.Contains(line, "is missing: khagen pki init") { // kubeconfigs of one test
					found = append(found, line)
				}
			}
			f.startWith(t, "check", found, test.want)
			for name, was := range f.state(t) {
				if before[name] != was {
					t.Errorf("%s was written", name)
				}
			}
		})
	}
}

// startWith wants as many lines as there are texts, each with its text in front.
func (f *Folder) startWith(t *testing.T, what string, lines, want []string) {
	t.Helper()
	if len(lines) != len(want) {
		t.Errorf("%s: %d lines: %q", what, len(lines), lines)
		return
	}
	for i, line := range lines {
		if line = strings.ReplaceAll(line, f.Dir()+"/", ""); !strings.HasPrefix(line, want[i]) {
			t.Errorf("%s: %s\nwant %s", what, line, want[i])
		}
	}
}

// TestBroughtBack: copies of hosts are as good as what was lost.
func TestBroughtBack(t *testing.T) {
	const host = "hosts/master1/rootfs/etc/kubernetes/pki/"
	f := folderOf(t, containerNginx)
	f.init(t)
	before := f.state(t)
	f.remove(t, "ca.crt", "ca.key", "sa.key", "sa.pub")
	for _, file := range []string{"ca.crt", "ca.key", "sa.key"} {
		f.put(t, file, f.read(t, host+file))
	}
	f.init(t)
	if found := f.check(t); len(found) > 0 {
		t.Errorf("%q", found)
	}
	if after := f.state(t); before[f.name("sa.pub")] != after[f.name("sa.pub")] {
		t.Error("sa.pub changed")
	}
}

// TestLostKey: an authority can do without its key, but not by mistake.
func TestLostKey(t *testing.T) {
	f := folderOf(t, containerNginx)
	f.init(t)
	f.remove(t, "ca.key", "etcd-ca.key")
	const want = "(ca.key: is missing, so that nothing can be signed: bring it back (copies: " +
		"hosts/master0/rootfs/etc/kubernetes/pki/ca.key, also of master1, master2))"
	if found := f.check(t); len(found) != 1 || found[0] != want {
		t.Errorf("%q\nwant %s", found, want)
	}
	f.define(t, containerNginx, func(c *schema.Cluster) { c.Kubernetes.Certificates.CAKeyOnHosts = false })
	f.refused(t, "ca.key: isn't there, and without it these can't be signed; bring it, or them with their keys:\n  ", func() error {
		_, err := f.Renew(context.Background(), Renewal{Hosts: []string{"node5"}})
		return err
	})
}
