package pki

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/schema"
)

func ofAlgorithm(name string) func(*schema.Cluster) {
	return func(c *schema.Cluster) { c.Kubernetes.Certificates.Algorithm = name }
}

// withHosts leaves these hosts only.
func withHosts(names ...string) func(*schema.Cluster) {
	return func(c *schema.Cluster) {
		maps.DeleteFunc(c.Hosts, func(name string, _ *schema.Host) bool { return !slices.Contains(names, name) })
	}
}

// TestHostsGetWhatTheyNeed: hosts get what their manifests ask for, and nothing else.
func TestHostsGetWhatTheyNeed(t *testing.T) {
	for _, cluster := range []string{binaryNginx, containerNginx, kubeadmStacked} {
		f := folderOf(t, cluster)
		f.init(t)
		for _, h := range f.Cluster.Hosts {
			want := map[string]bool{}
			for _, s := range h.SharedFiles() {
				want[s.Path] = true
			}
			for _, c := range h.Certificates() {
				want[c.Path+".crt"], want[c.Path+".key"] = true, true
			}
			got := map[string]bool{}
			for name := range f.state(t) {
				if rest, ok := strings.CutPrefix(name, f.name(path.Join("hosts", h.Name, "rootfs"))); ok && path.Ext(rest) != "" {
					got[rest] = true
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %s (-definition +folder):\n%s", cluster, h.Name, diff)
			}
		}
	}
}

// TestKubeadm: control planes get what has to be there before they join, at kubeadm's paths, and no certificate of their own.
func TestKubeadm(t *testing.T) {
	f := folderOf(t, kubeadmStacked)
	var hosts, rest []string
	for _, name := range f.init(t).Written {
		name = strings.TrimPrefix(name, f.Dir()+"/")
		if host, ok := strings.CutPrefix(name, "hosts/"); ok {
			hosts = append(hosts, host)
		} else {
			rest = append(rest, name)
		}
	}
	want := []string{
		"ca.key", "ca.crt", "etcd-ca.key", "etcd-ca.crt", "front-proxy-ca.key", "front-proxy-ca.crt", "sa.key", "sa.pub", "admin.kubeconfig",
	}
	if diff := cmp.Diff(want, rest); diff != "" {
		t.Error(diff)
	}
	want = nil
	for _, h := range f.Cluster.ControlPlanes {
		for _, file := range []string{
			"ca.crt", "ca.key", "etcd/ca.crt", "etcd/ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.key", "sa.pub",
		} {
			want = append(want, h.Name+"/rootfs/etc/kubernetes/pki/"+file)
		}
	}
	if diff := cmp.Diff(want, hosts); diff != "" {
		t.Error(diff)
	}
	if found := f.check(t); len(found) > 0 {
		t.Errorf("check: %q", found)
	}
	if _, ok := f.certificate(t, "ca.crt").PublicKey.(*rsa.PublicKey); !ok {
		t.Error("kubeadm's default algorithm is RSA")
	}
}

// TestRunningKubeadm: a new authority for a cluster that runs is the end of it.
func TestRunningKubeadm(t *testing.T) {
	donor := folderOf(t, kubeadmStacked)
	donor.init(t)
	f := folderOf(t, kubeadmStacked, func(c *schema.Cluster) { c.BootstrapHost = "" })
	files := []string{"ca.crt", "ca.key", "etcd-ca.crt", "etcd-ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.key"}
	for _, file := range files {
		f.refused(t, "; the definition has no bootstrapHost, so the cluster runs already", f.initError)
		f.put(t, file, donor.read(t, file))
	}
	f.init(t)
}

// TestAgain: a second init does nothing, a new host gets its own, and those that were there keep theirs.
func TestAgain(t *testing.T) {
	f := folderOf(t, containerNginx, withHosts("nginx", "master0", "master1", "master2", "node5"))
	f.init(t)
	before := f.state(t)
	if again := f.init(t); len(again.Written)+len(again.Notes)+len(again.Left) > 0 {
		t.Errorf("the second init: %+v", again)
	}
	if diff := cmp.Diff(before, f.state(t)); diff != "" {
		t.Error(diff)
	}
	f.define(t, containerNginx, withHosts("nginx", "master0", "master1", "master2", "node5", "node7"))
	written := f.init(t).Written
	if len(written) != 7 || !strings.Contains(written[0], "/node7/") {
		t.Errorf("for a new host: %q", written)
	}
	after := f.state(t)
	for name, was := range before {
		if after[name] != was && !strings.HasPrefix(was, "d") {
			t.Errorf("%s changed", name)
		}
	}
}

// TestDates: certificates begin before now, and end with their authority at the latest.
func TestDates(t *testing.T) {
	f := folderOf(t, containerNginx)
	f.init(t)
	ca, leaf := f.certificate(t, "ca.crt"), f.certificate(t, "hosts/node5/rootfs/etc/kubernetes/pki/kubelet.crt")
	const day = 24 * time.Hour
	for _, c := range []struct {
		*x509.Certificate
		lives time.Duration
	}{{ca, 3650 * day}, {leaf, 365 * day}} {
		if !c.NotBefore.Equal(today.Add(-5*time.Minute)) || !c.NotAfter.Equal(today.Add(c.lives)) {
			t.Errorf("%s: from %s to %s", c.Subject, c.NotBefore, c.NotAfter)
		}
	}
	f.Now = ca.NotAfter.Add(-100 * day)
	result := f.renew(t, Renewal{Hosts: []string{"node5"}})
	leaf = f.certificate(t, "hosts/node5/rootfs/etc/kubernetes/pki/kubelet.crt")
	if !leaf.NotAfter.Equal(ca.NotAfter) {
		t.Errorf("ends %s, its authority %s", leaf.NotAfter, ca.NotAfter)
	}
	want := f.name("ca.crt") + ": ends on 2036-02-27, and what it signs with it"
	if !slices.Equal(result.Notes, []string{want}) {
		t.Errorf("notes %q, want %q", result.Notes, want)
	}
}

// TestShape holds certificates to what no name says: usages, identifiers, serial numbers.
func TestShape(t *testing.T) {
	f := folderOf(t, binaryNginx)
	f.init(t)
	const signing = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
	serials := map[string]bool{}
	for name := range f.state(t) {
		if !strings.HasSuffix(name, ".crt") {
			continue
		}
		rel := strings.TrimPrefix(name, f.Dir()+"/")
		c := f.certificate(t, rel)
		want := x509.KeyUsageDigitalSignature
		if c.IsCA {
			want = signing
		}
		if !c.BasicConstraintsValid || c.KeyUsage != want || c.Version != 3 {
			t.Errorf("%s: usage %b, basic constraints %t", rel, c.KeyUsage, c.BasicConstraintsValid)
		}
		if len(c.SubjectKeyId) != 20 || !c.IsCA && len(c.AuthorityKeyId) != 20 {
			t.Errorf("%s: key ids %x, %x", rel, c.SubjectKeyId, c.AuthorityKeyId)
		}
		if _, ok := c.PublicKey.(*ecdsa.PublicKey); !ok {
			t.Errorf("%s: %T", rel, c.PublicKey)
		}
		if !c.IsCA && (serials[c.SerialNumber.String()] || c.SerialNumber.BitLen() < 120) {
			t.Errorf("%s: serial number %x", rel, c.SerialNumber)
		}
		serials[c.SerialNumber.String()] = true
	}
}

// TestKeyWithoutCertificate: a crash between the two is healed, and a CA's certificate can be made again for its key.
func TestKeyWithoutCertificate(t *testing.T) {
	f := folderOf(t, containerNginx)
	f.init(t)
	const kubelet = "hosts/node5/rootfs/etc/kubernetes/pki/kubelet"
	keys := [][]byte{f.read(t, "ca.key"), f.read(t, kubelet+".key")}
	f.remove(t, "ca.crt", kubelet+".crt", "sa.pub")
	f.Now = today.AddDate(9, 11, 0)
	result := f.init(t)
	if !bytes.Equal(keys[0], f.read(t, "ca.key")) || !bytes.Equal(keys[1], f.read(t, kubelet+".key")) {
		t.Error("keys changed")
	}
	if want := f.name("ca.key") + ": has no certificate: made one for it"; !slices.Equal(result.Notes, []string{want}) {
		t.Errorf("notes %q, want %q", result.Notes, want)
	}
	if end := f.certificate(t, "ca.crt").NotAfter; end.Before(today.AddDate(19, 0, 0)) {
		t.Errorf("the new CA certificate ends %s", end)
	}
	if out, err := openssl(t, f.verification("ca", kubelet)...); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestTwoAtOnce: one of two inits makes everything, the other nothing.
func TestTwoAtOnce(t *testing.T) {
	for round := range 10 {
		f := folderOf(t, containerNginx)
		results, errs := make([]*Result, 4), make([]error, 4)
		var start, done sync.WaitGroup
		start.Add(1)
		for i := range results {
			done.Go(func() {
				start.Wait()
				results[i], errs[i] = f.Init(context.Background())
			})
		}
		start.Done()
		done.Wait()
		winners := 0
		for i, err := range errs {
			if err == nil && len(results[i].Written) > 0 {
				winners++
			}
			if err != nil && !strings.Contains(err.Error(), "another khagen pki is at work") {
				t.Errorf("round %d: %v", round, err)
			}
			if err != nil && results[i] != nil && len(results[i].Written) > 0 {
				t.Errorf("round %d: a loser wrote %q", round, results[i].Written)
			}
		}
		if winners != 1 {
			t.Errorf("round %d: %d winners: %v", round, winners, errs)
		}
		if found := f.check(t); len(found) > 0 {
			t.Errorf("round %d: %q", round, found)
		}
	}
}

// TestRenewTwice: a run that finds another one at work reads nothing, so that it can't write what was true before.
func TestRenewTwice(t *testing.T) {
	f := folderOf(t, containerNginx)
	f.init(t)
	unlock, err := lock(f.Dir())
	if err != nil {
		t.Fatal(err)
	}
	f.put(t, "ca.key", []byte("half a change")) // an error, for whoever reads it
	if _, err := f.Renew(context.Background(), Renewal{Hosts: []string{"master0"}}); err == nil || !strings.Contains(err.Error(), "another khagen pki is at work") {
		t.Errorf("%v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

// TestLateArrival: a file that appears after the folder was read is never overwritten.
func TestLateArrival(t *testing.T) {
	f := folderOf(t, containerNginx)
	d := must[*draft](t)(f.draft())
	if err := d.makeMissing(context.Background()); err != nil {
		t.Fatal(err)
	}
	f.put(t, "etcd-ca.key", []byte("theirs"))
	written, err := d.write()
	if err == nil || !strings.Contains(err.Error(), "etcd-ca.key: is there now, and wasn't before") || len(written) != 2 {
		t.Errorf("wrote %q: %v", written, err)
	}
	if got := string(f.read(t, "etcd-ca.key")); got != "theirs" {
		t.Errorf("etcd-ca.key: %q", got)
	}
	if _, err := os.Stat(f.name(staging)); !os.IsNotExist(err) {
		t.Errorf("staging: %v", err)
	}
}

// TestCrash: wherever an init ends, the next one completes it with what is there.
func TestCrash(t *testing.T) {
	for stop := range 12 {
		t.Run(fmt.Sprint(stop), func(t *testing.T) {
			f := folderOf(t, containerNginx, withHosts("master0", "node5"))
			d := must[*draft](t)(f.draft())
			if err := d.makeMissing(context.Background()); err != nil {
				t.Fatal(err)
			}
			d.order = d.order[:stop]
			if _, err := d.write(); err != nil {
				t.Fatal(err)
			}
			f.put(t, staging+"/0", []byte("half"))
			before := f.state(t)
			f.init(t)
			if found := f.check(t); len(found) > 0 {
				t.Errorf("%q", found)
			}
			after := f.state(t)
			for name, was := range before {
				if strings.Contains(name, staging) {
					was = ""
				}
				if after[name] != was {
					t.Errorf("%s changed", name)
				}
			}
		})
	}
}

// TestCAKeyElsewhere: hosts get no CA key where the definition says so.
func TestCAKeyElsewhere(t *testing.T) {
	f := folderOf(t, containerNginx, func(c *schema.Cluster) { c.Kubernetes.Certificates.CAKeyOnHosts = false })
	f.init(t)
	for name := range f.state(t) {
		if strings.Contains(name, "/hosts/") && strings.HasSuffix(name, "ca.key") {
			t.Errorf("%s", name)
		}
	}
	// Everything was signed: the key may go.
	f.remove(t, "ca.key", "etcd-ca.key", "front-proxy-ca.key")
	if again := f.init(t); len(again.Written)+len(again.Left) > 0 {
		t.Errorf("%+v", again)
	}
	if found := f.check(t); len(found) > 0 {
		t.Errorf("check: %q", found)
	}
}

// TestCollision: one path for two authorities is refused.
func TestCollision(t *testing.T) {
	f := folderOf(t, containerNginx, func(c *schema.Cluster) { c.Etcd.Paths.Certificates = c.Kubernetes.Paths.Certificates })
	f.refused(t, "would be both a copy of ", f.initError)
}

// TestAdministrators: kubeconfigs log in where the endpoint is, as who they say.
func TestAdministrators(t *testing.T) {
	f := folderOf(t, binaryNginx)
	f.init(t)
	for file, want := range map[string]string{
		"admin.kubeconfig":       "CN=kubernetes-admin,O=kubeadm:cluster-admins",
		"super-admin.kubeconfig": "CN=kubernetes-super-admin,O=system:masters",
	} {
		c := must[credentials](t)(parseKubeconfig(f.read(t, file)))
		all, err := parseCertificates(c.certificate)
		if err != nil || all[0].Subject.String() != want || c.server != "https://192.168.0.88:6443" || !bytes.Equal(c.ca, f.read(t, "ca.crt")) {
			t.Errorf("%s: %v, %s, %s", file, all[0].Subject, c.server, err)
		}
	}
}

// TestKeySizes: the larger ones, which take their time.
func TestKeySizes(t *testing.T) {
	for algorithm, bits := range map[string]int{"RSA-3072": 3072, "RSA-4096": 4096} {
		key, ok := must[crypto.Signer](t)(newKey(algorithm)).(*rsa.PrivateKey)
		if !ok || key.N.BitLen() != bits {
			t.Errorf("%s: another key", algorithm)
		}
	}
	if _, err := newKey("DSA-1024"); err == nil {
		t.Error("an unknown algorithm makes keys")
	}
}
