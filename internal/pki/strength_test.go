package pki

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/schema"
)

// TestWeakKeys: an authority with a key that is too weak is none, and a certificate for one has to be issued again.
func TestWeakKeys(t *testing.T) {
	keys := map[string]crypto.Signer{
		"an RSA key of 1024 bits, which is too weak: at least 2048": must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 1024)),
		"an ECDSA key of 224 bits, which is too weak: at least 256": must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)),
	}
	const kubelet = "hosts/node5/rootfs/etc/kubernetes/pki/kubelet"
	for want, key := range keys {
		f := folderOf(t, containerNginx)
		content := must[[]byte](t)(issueAuthority("company", key, today, 1000*24*time.Hour))
		f.put(t, "ca.crt", content)
		f.put(t, "ca.key", must[[]byte](t)(encodeKey(key)))
		f.refused(t, `ca.crt: "CN=company" has `+want, f.initError)

		f = folderOf(t, containerNginx)
		f.init(t)
		f.remove(t, kubelet+".crt")
		f.put(t, kubelet+".key", must[[]byte](t)(encodeKey(key)))
		f.refused(t, "kubelet.crt: can't be issued: has "+want, f.initError)
		d := must[*draft](t)(f.draft())
		if err := d.makeMissing(context.Background()); err != nil {
			t.Fatal(err)
		}
		if _, err := d.write(); err != nil {
			t.Fatal(err)
		}
		line := kubelet + ".crt: has " + want + ": khagen pki renew node5 --cluster container-nginx"
		if found := f.check(t); !slices.Equal(found, []string{line}) {
			t.Errorf("%q", found)
		}
		f.renew(t, Renewal{Hosts: []string{"node5"}})
		if found := f.check(t); len(found) > 0 {
			t.Errorf("after renew: %q", found)
		}
	}
}

// TestOtherAlgorithm: keys of another algorithm than the definition's are told, a line for each host, and do no harm.
func TestOtherAlgorithm(t *testing.T) {
	hosts := withHosts("nginx", "master0", "node5")
	f := folderOf(t, containerNginx, hosts)
	f.init(t)
	f.define(t, containerNginx, hosts, ofAlgorithm("ECDSA-P384"))
	want := []string{
		"(admin.kubeconfig: has a key that is not ECDSA-P384: khagen pki renew --admin --cluster container-nginx)",
		"(super-admin.kubeconfig: has a key that is not ECDSA-P384: khagen pki renew --admin --cluster container-nginx)",
		"(hosts/master0: 9 certificates have keys that are not ECDSA-P384: khagen pki renew master0 --cluster container-nginx)",
		"(hosts/node5: 3 certificates have keys that are not ECDSA-P384: khagen pki renew node5 --cluster container-nginx)",
	}
	if diff := cmp.Diff(want, f.check(t)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	f.renew(t, Renewal{Hosts: []string{"node5"}, Admin: true, KeepKeys: true})
	f.renew(t, Renewal{Hosts: []string{"master0", "node5"}, Admin: true})
	if found := f.check(t); len(found) > 0 {
		t.Errorf("after renew: %q", found)
	}
	f.define(t, containerNginx, hosts, func(c *schema.Cluster) { c.Kubernetes.Certificates.Algorithm = "" })
	if found := f.check(t); len(found) > 0 {
		t.Errorf("where the definition names none: %q", strings.Join(found, "\n"))
	}
}
