package pki

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// TestCheck: each thing that isn't as it has to be, in the words of the finding.
func TestCheck(t *testing.T) {
	const (
		pkiDir    = "hosts/master0/rootfs/etc/kubernetes/pki/"
		apiserver = pkiDir + "apiserver"
		renew     = ": khagen pki renew master0 --cluster container-nginx"
		renew5    = ": khagen pki renew node5 --cluster container-nginx"
		node5     = "hosts/node5/rootfs/etc/kubernetes/pki/"
	)
	other := newCompany(t, "other", "ECDSA-P256", nil, nil)
	// reissue signs a certificate that differs from the definition.
	reissue := func(change func(*topology.Certificate)) func(*testing.T, *Folder) {
		return func(t *testing.T, f *Folder) {
			d := must[*draft](t)(f.draft())
			a := must[*authority](t)(d.authority("ca"))
			for _, l := range d.leaves {
				if l.path == apiserver {
					c := l.Certificate
					c.DNSNames, c.Addresses = slices.Clone(c.DNSNames), slices.Clone(c.Addresses)
					change(&c)
					key := must[[]byte](t)(os.ReadFile(f.name(apiserver + ".key")))
					signer, err := parseKey(key)
					if err != nil {
						t.Fatal(err)
					}
					content, _, err := a.issue(&c, signer.Public(), today, 1000*time.Hour)
					if err != nil {
						t.Fatal(err)
					}
					f.put(t, apiserver+".crt", content)
				}
			}
		}
	}
	tests := []struct {
		name  string
		spoil func(*testing.T, *Folder)
		want  []string
	}{
		{"nothing", func(*testing.T, *Folder) {}, nil},
		{"names", reissue(func(c *topology.Certificate) {
			c.DNSNames = append(c.DNSNames[1:], "old.example.net")
			c.Addresses = append(c.Addresses[2:], netip.MustParseAddr("10.9.9.9"), netip.MustParseAddr("fd00::9"))
		}), []string{apiserver + ".crt: lacks the name kubernetes, has the name old.example.net, which the definition lacks, " +
			"lacks the addresses 10.96.0.1, 127.0.0.1, has the addresses 10.9.9.9, fd00::9, which the definition lacks" + renew}},
		{"subject", reissue(func(c *topology.Certificate) { c.CommonName, c.Organization = "me", "system:masters" }), []string{
			apiserver + `.crt: is for "me" instead of "kube-apiserver", has the group system:masters, which the definition lacks` + renew,
		}},
		{"usage", reissue(func(c *topology.Certificate) { c.Client, c.Server = true, false }), []string{
			apiserver + ".crt: lacks the usage serverAuth, has the usage clientAuth, which the definition lacks" + renew,
		}},
		{"ends soon", func(t *testing.T, f *Folder) {
			reissue(func(*topology.Certificate) {})(t, f)
			f.Now = today.Add(700 * time.Hour)
		}, []string{apiserver + ".crt: expires on 2026-04-12, in 12 days" + renew}},
		{"ended", func(t *testing.T, f *Folder) {
			reissue(func(*topology.Certificate) {})(t, f)
			f.Now = today.Add(1060 * time.Hour)
		}, []string{apiserver + ".crt: expired on 2026-04-12, 2 days ago" + renew}},
		{"not yet valid", func(t *testing.T, f *Folder) {
			f.Now = today.Add(48 * time.Hour)
			f.renew(t, Renewal{Hosts: []string{"node5"}})
			f.Now = today
		}, []string{
			node5 + "kube-proxy.crt: is not valid before 2026-03-03 11:55 UTC: is this machine's clock right?" + renew5,
			node5 + "kubelet.crt: is not valid before 2026-03-03 11:55 UTC: is this machine's clock right?" + renew5,
			node5 + "kubelet-client.crt: is not valid before 2026-03-03 11:55 UTC: is this machine's clock right?" + renew5,
		}},
		{"another's key", func(t *testing.T, f *Folder) { f.put(t, apiserver+".key", other.keyPEM(t)) }, []string{
			apiserver + ".crt: the key beside it is another's" + renew,
		}},
		{"garbage", func(t *testing.T, f *Folder) {
			f.put(t, apiserver+".key", nil)
			f.put(t, pkiDir+"scheduler.crt", []byte("x"))
		}, []string{
			apiserver + ".crt: the key beside it holds no private key in PEM" + renew,
			pkiDir + "scheduler.crt: holds no certificate in PEM" + renew,
		}},
		{"missing", func(t *testing.T, f *Folder) {
			f.remove(t, apiserver+".key", pkiDir+"scheduler.crt", pkiDir+"sa.pub", "admin.kubeconfig")
		}, []string{
			"admin.kubeconfig: is missing: khagen pki init container-nginx",
			pkiDir + "sa.pub: is missing: khagen pki init container-nginx",
			apiserver + ".key: is missing" + renew,
			pkiDir + "scheduler.crt: is missing: khagen pki init container-nginx",
		}},
		{"other copies", func(t *testing.T, f *Folder) { f.put(t, node5+"ca.crt", other.pem) }, []string{
			node5 + "ca.crt: differs from ca.crt" + renew5,
		}},
		{"modes", func(t *testing.T, f *Folder) {
			for _, path := range []string{apiserver + ".key", "admin.kubeconfig"} {
				if err := os.Chmod(f.name(path), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}, []string{
			"admin.kubeconfig: has mode 0644, so that others can read it: chmod 600 admin.kubeconfig, and a new key if they may have done so",
			apiserver + ".key: has mode 0644, so that others can read it: chmod 600 " + apiserver + ".key, and a new key if they may have done so",
		}},
		{"another endpoint", func(t *testing.T, f *Folder) {
			f.define(t, containerNginx, func(c *schema.Cluster) { c.Endpoint.Port = 443 })
		}, []string{
			"admin.kubeconfig: names the server https://192.168.0.1:8543 instead of https://192.168.0.1:443: khagen pki renew --admin --cluster container-nginx",
			"super-admin.kubeconfig: names the server https://192.168.0.1:8543 instead of https://192.168.0.1:443: khagen pki renew --admin --cluster container-nginx",
		}},
		{"a file that nobody needs", func(t *testing.T, f *Folder) { f.put(t, node5+"sa.key", nil) }, []string{
			"(" + node5 + "sa.key: nothing of the definition asks for this file: delete it)",
		}},
		{"a host that is gone", func(t *testing.T, f *Folder) {
			f.define(t, containerNginx, func(c *schema.Cluster) { delete(c.Hosts, "node7") })
		}, []string{
			"(hosts/node7: the definition has no such host: delete the folder)",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := folderOf(t, containerNginx)
			f.init(t)
			test.spoil(t, f)
			got := f.check(t)
			slices.Sort(got)
			slices.Sort(test.want)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestCheckOfAuthorities: other authorities than those that signed, none, and their dates.
func TestCheckOfAuthorities(t *testing.T) {
	f := folderOf(t, containerNginx)
	if got := f.check(t); !slices.Equal(got, []string{f.Dir() + ": nothing is issued yet: khagen pki init container-nginx"}) {
		t.Errorf("before init: %q", got)
	}
	f.init(t)
	other := newCompany(t, "other", "ECDSA-P256", nil, nil)
	f.put(t, "front-proxy-ca.crt", other.pem)
	f.put(t, "front-proxy-ca.key", other.keyPEM(t))
	found := f.check(t)
	for _, want := range []string{
		"hosts/master1/rootfs/etc/kubernetes/pki/front-proxy-client.crt: is not signed by front-proxy-ca.crt: khagen pki renew master1 --cluster container-nginx",
		"hosts/master1/rootfs/etc/kubernetes/pki/front-proxy-ca.crt: differs from front-proxy-ca.crt: khagen pki renew master1 --cluster container-nginx",
	} {
		if !slices.Contains(found, want) {
			t.Errorf("%q\nlack %q", found, want)
		}
	}
	f.renew(t, Renewal{Hosts: []string{"master0", "master1", "master2"}})
	if found := f.check(t); len(found) > 0 {
		t.Errorf("after renew: %q", found)
	}
	f.Now = today.AddDate(9, 11, 20)
	if found := f.check(t); !slices.Contains(found, "ca.crt: expires on 2036-02-27, in 6 days: see docs/pki.md for a new one") {
		t.Errorf("%q", found)
	}
	f.Now = today.AddDate(0, 0, -2)
	if found := f.check(t); !slices.Contains(found, "ca.crt: is not valid before 2026-03-01 11:55 UTC: is this machine's clock right?") {
		t.Errorf("%q", found)
	}
	f.put(t, "ca.crt", []byte("garbage"))
	if _, err := f.Check(0); err == nil || !strings.Contains(err.Error(), "ca.crt: holds no certificate in PEM") {
		t.Errorf("%v", err)
	}
}

// TestRenew: what check finds on a host, renew mends, and other hosts keep what they have.
func TestRenew(t *testing.T) {
	f := folderOf(t, binaryNginx)
	f.init(t)
	before := f.state(t)
	f.define(t, binaryNginx, func(c *schema.Cluster) {
		c.Kubernetes.APIServer.CertSANs = []string{"api.example.net"}
	})
	want := []string{}
	for _, host := range []string{"k8s-master1", "k8s-master2"} {
		want = append(want, "hosts/"+host+"/rootfs/opt/kubernetes/ssl/apiserver.crt: lacks the name api.example.net: khagen pki renew "+host+" --cluster binary-nginx")
	}
	if diff := cmp.Diff(want, f.check(t)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if left := f.init(t).Left; len(left) != 2 {
		t.Errorf("init leaves %+v", left)
	}
	result := f.renew(t, Renewal{Hosts: []string{"k8s-master2"}})
	if len(result.Left) != 1 || len(result.Written) != 18 {
		t.Errorf("renewed %d: %q, left %+v", len(result.Written), result.Written, result.Left)
	}
	if diff := cmp.Diff(want[:1], f.check(t)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	after := f.state(t)
	for name, was := range before {
		ofHost := strings.Contains(name, "/k8s-master2/") && !strings.HasPrefix(was, "d")
		shared := strings.Contains(name, "/ca.") || strings.Contains(name, "/sa.") || strings.Contains(name, "-ca.")
		if changed := after[name] != was; changed != (ofHost && !shared) {
			t.Errorf("%s: changed: %t", name, changed)
		}
	}
}

// TestRenewCrash: a key without its certificate yet is found, and renewed away.
func TestRenewCrash(t *testing.T) {
	f := folderOf(t, containerNginx)
	f.init(t)
	d := must[*draft](t)(f.draft())
	if err := d.renew(context.Background(), Renewal{Hosts: []string{"node5"}}); err != nil {
		t.Fatal(err)
	}
	d.order = d.order[:1]
	if _, err := d.write(); err != nil {
		t.Fatal(err)
	}
	const want = "hosts/node5/rootfs/etc/kubernetes/pki/kube-proxy.crt: the key beside it is another's: khagen pki renew node5 --cluster container-nginx"
	if got := f.check(t); !slices.Equal(got, []string{want}) {
		t.Errorf("%q", got)
	}
	f.renew(t, Renewal{Hosts: []string{"node5"}, KeepKeys: true})
	if got := f.check(t); len(got) > 0 {
		t.Errorf("%q", got)
	}
}

// TestKeepKeys: new certificates for the keys that are there, with the modes that they should have.
func TestKeepKeys(t *testing.T) {
	f := folderOf(t, containerNginx)
	f.init(t)
	const kubelet = "hosts/node5/rootfs/etc/kubernetes/pki/kubelet"
	key, certificate, admin := f.read(t, kubelet+".key"), f.read(t, kubelet+".crt"), f.read(t, "admin.kubeconfig")
	if err := os.Chmod(f.name(kubelet+".key"), 0o644); err != nil {
		t.Fatal(err)
	}
	f.renew(t, Renewal{Hosts: []string{"node5"}, Admin: true, KeepKeys: true})
	if !bytes.Equal(key, f.read(t, kubelet+".key")) || bytes.Equal(certificate, f.read(t, kubelet+".crt")) {
		t.Error("another key, or the same certificate")
	}
	was := must[credentials](t)(parseKubeconfig(admin))
	is := must[credentials](t)(parseKubeconfig(f.read(t, "admin.kubeconfig")))
	if !bytes.Equal(was.key, is.key) || bytes.Equal(was.certificate, is.certificate) {
		t.Error("another key of the administrator, or the same certificate")
	}
	if got := f.check(t); len(got) > 0 {
		t.Errorf("%q", got)
	}
	f.renew(t, Renewal{Hosts: []string{"node5"}, Admin: true})
	is = must[credentials](t)(parseKubeconfig(f.read(t, "admin.kubeconfig")))
	if bytes.Equal(key, f.read(t, kubelet+".key")) || bytes.Equal(was.key, is.key) {
		t.Error("the same key")
	}
}

// TestRenewBeforeInit: there is nothing to sign with.
func TestRenewBeforeInit(t *testing.T) {
	f := folderOf(t, containerNginx)
	f.refused(t, "ca.crt: is missing: khagen pki init container-nginx makes it", func() error {
		_, err := f.Renew(context.Background(), Renewal{Hosts: []string{"node5"}})
		return err
	})
}

// TestRenewOfKubeadm: kubeadm issues certificates of its hosts itself, which is an error where there is nothing else to do.
func TestRenewOfKubeadm(t *testing.T) {
	f := folderOf(t, kubeadmStacked)
	f.init(t)
	host := func(is func(*topology.Host) bool) string {
		return f.Cluster.Hosts[slices.IndexFunc(f.Cluster.Hosts, is)].Name
	}
	control := f.Cluster.ControlPlanes[0].Name
	worker := host(func(h *topology.Host) bool { return !h.Is(topology.RoleControlPlane) })
	hint := "host " + control + ": kubeadm issues its certificates: run kubeadm certs renew all on it, and restart its static pods"
	for name, want := range map[string]string{
		control: hint,
		worker:  "host " + worker + ": kubeadm issues its certificates, and its kubelet renews its own by itself",
	} {
		f.refused(t, want, func() error {
			_, err := f.Renew(context.Background(), Renewal{Hosts: []string{name}})
			return err
		})
	}
	// Its copies of the authorities are khagen's.
	f.remove(t, "ca.crt")
	f.Now = today.AddDate(5, 0, 0)
	f.init(t)
	result := f.renew(t, Renewal{Hosts: []string{control}})
	copied := f.name("hosts/" + control + "/rootfs/etc/kubernetes/pki/ca.crt")
	if !slices.Equal(result.Written, []string{copied}) || !slices.Equal(result.Notes, []string{hint}) {
		t.Errorf("%+v", result)
	}
}

// TestRenewNothing: a host may have no certificates, which is worth a word.
func TestRenewNothing(t *testing.T) {
	f := folderOf(t, containerNginx)
	f.init(t)
	result := f.renew(t, Renewal{Hosts: []string{"nginx"}})
	if len(result.Written) > 0 || !slices.Equal(result.Notes, []string{"host nginx has no certificates of khagen pki"}) {
		t.Errorf("%+v", result)
	}
}
