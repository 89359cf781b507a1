package pki

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/schema"
)

// TestBadAuthority: what can't be used is told with its file, and nothing is written beside it.
func TestBadAuthority(t *testing.T) {
	good := newCompany(t, "company", "ECDSA-P256", nil, nil)
	other := newCompany(t, "other", "ECDSA-P256", nil, nil)
	leaf := newCompany(t, "server", "ECDSA-P256", good, func(c *x509.Certificate) { c.IsCA = false })
	early := newCompany(t, "early", "ECDSA-P256", nil, func(c *x509.Certificate) { c.NotBefore = today.AddDate(0, 0, 1) })
	late := newCompany(t, "late", "ECDSA-P256", nil, func(c *x509.Certificate) { c.NotAfter = today.AddDate(0, 0, -1) })
	mute := newCompany(t, "mute", "ECDSA-P256", nil, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature })
	abroad := newCompany(t, "abroad", "ECDSA-P256", nil, func(c *x509.Certificate) {
		c.PermittedDNSDomains, c.PermittedDNSDomainsCritical = []string{"example.org"}, true
	})
	desert := newCompany(t, "desert", "ECDSA-P256", nil, func(c *x509.Certificate) {
		c.ExcludedIPRanges = []*net.IPNet{{IP: net.IP{192, 168, 0, 0}, Mask: net.CIDRMask(16, 32)}}
	})
	client := newCompany(t, "client", "ECDSA-P256", nil, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })
	encrypted := pem.EncodeToMemory(&pem.Block{Type: pemEncrypted, Bytes: []byte{1}})
	tests := []struct {
		name     string
		crt, key []byte
		want     string
	}{
		{"no PEM", []byte("garbage"), good.keyPEM(t), "ca.crt: holds no certificate in PEM"},
		{"empty", []byte{}, good.keyPEM(t), "ca.crt: holds no certificate in PEM"},
		{"broken PEM", encode(pemCertificate, []byte("garbage")), nil, "ca.crt: holds a broken certificate: "},
		{"a key in its place", good.keyPEM(t), good.keyPEM(t), "ca.crt: holds no certificate in PEM"},
		{"no CA", leaf.pem, leaf.keyPEM(t), `ca.crt: "CN=server" is no CA`},
		{"may not sign", mute.pem, mute.keyPEM(t), `ca.crt: "CN=mute" is a CA that may not sign certificates`},
		{"another's chain", append(bytes.Clone(good.pem), other.pem...), good.keyPEM(t), `"CN=company" is not signed by "CN=other", which follows it`},
		{"another's key", good.pem, other.keyPEM(t), `ca.key: is not the key of ca.crt ("CN=company")`},
		{"garbage for a key", good.pem, []byte("garbage"), "ca.key: holds no private key in PEM"},
		{"broken key", good.pem, encode(pemEC, []byte("garbage")), "ca.key: holds a broken private key: "},
		{"encrypted key", good.pem, encrypted, "ca.key: is encrypted, and khagen asks for no passphrase"},
		{"not yet valid", early.pem, early.keyPEM(t), "ca.crt: is not valid before 2026-03-02 12:00 UTC, and this machine's clock says 2026-03-01 12:00 UTC: is it right?"},
		{"ended", late.pem, late.keyPEM(t), "ca.crt: ended on 2026-02-28, and this machine's clock says 2026-03-01 12:00 UTC"},
		{"no key", good.pem, nil, "ca.key: isn't there, and without it these can't be signed; bring it, or them with their keys:\n  "},
		{"names of others only", abroad.pem, abroad.keyPEM(t), "kubelet.crt: can't be issued: is refused below "},
		{"our addresses excluded", desert.pem, desert.keyPEM(t), "apiserver.crt: can't be issued: is refused below "},
		{"for clients only", client.pem, client.keyPEM(t), "apiserver.crt: can't be issued: is refused below "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := folderOf(t, containerNginx)
			f.put(t, "ca.crt", test.crt)
			if test.key != nil {
				f.put(t, "ca.key", test.key)
			}
			f.refused(t, test.want, f.initError)
		})
	}
}

// TestBadFiles: what is there and can't be right ends an init that would have worked.
func TestBadFiles(t *testing.T) {
	const apiserver = "hosts/master0/rootfs/etc/kubernetes/pki/apiserver"
	other := newCompany(t, "other", "ECDSA-P256", nil, nil)
	tests := []struct {
		name  string
		spoil func(t *testing.T, f *Folder)
		want  string
	}{
		{"key of another", func(t *testing.T, f *Folder) {
			f.put(t, apiserver+".key", other.keyPEM(t))
		}, "apiserver.key: is not the key of the certificate beside it: khagen pki renew master0 --cluster container-nginx"},
		{"certificate of another CA", func(t *testing.T, f *Folder) {
			f.put(t, apiserver+".crt", other.pem)
			f.put(t, apiserver+".key", other.keyPEM(t))
		}, "apiserver.crt: is not signed by "},
		{"certificate without key", func(t *testing.T, f *Folder) {
			f.remove(t, apiserver+".key")
		}, "apiserver.crt: is there without its key: bring the key, or khagen pki renew master0"},
		{"half a certificate", func(t *testing.T, f *Folder) {
			f.put(t, apiserver+".crt", f.read(t, apiserver+".crt")[:100])
		}, "apiserver.crt: holds no certificate in PEM: khagen pki renew master0"},
		{"service accounts' key of another", func(t *testing.T, f *Folder) {
			f.put(t, "sa.key", other.keyPEM(t))
		}, "sa.key: is not the key of sa.pub"},
		{"service accounts' key gone", func(t *testing.T, f *Folder) {
			f.remove(t, "sa.key")
		}, "sa.key: is gone; the tokens of all service accounts were signed with it: bring it back from your backup (copies: "},
		{"CA key that others can read", func(t *testing.T, f *Folder) {
			if err := os.Chmod(f.name("etcd-ca.key"), 0o640); err != nil {
				t.Fatal(err)
			}
		}, "etcd-ca.key: has mode 0640, so that others can read it"},
		{"a folder in a file's place", func(t *testing.T, f *Folder) {
			f.remove(t, "sa.pub")
			if err := os.Mkdir(f.name("sa.pub"), 0o755); err != nil {
				t.Fatal(err)
			}
		}, "sa.pub: is no regular file"},
		{"keys elsewhere, and a host more", func(t *testing.T, f *Folder) {
			f.remove(t, "etcd-ca.key")
			f.remove(t, "hosts/master1/rootfs/etc/etcd/pki/peer.crt")
		}, "etcd-ca.key: isn't there, and without it these can't be signed; bring it, or them with their keys:\n  "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := folderOf(t, containerNginx)
			f.init(t)
			f.remove(t, "hosts/node5/rootfs/etc/kubernetes/pki/kubelet.crt", "hosts/node5/rootfs/etc/kubernetes/pki/kubelet.key")
			test.spoil(t, f)
			f.refused(t, test.want, f.initError)
		})
	}
}

// TestOwnAuthority: keys of every form and kind are used, and nothing that was brought is touched.
func TestOwnAuthority(t *testing.T) {
	for _, algorithm := range []string{"ECDSA-P256", "RSA-2048"} {
		ca := newCompany(t, "company", algorithm, nil, nil)
		pkcs8 := encode(pemPrivate, must[[]byte](t)(x509.MarshalPKCS8PrivateKey(ca.key)))
		withParameters := append(encode("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}), ca.keyPEM(t)...)
		for form, key := range map[string][]byte{"own form": ca.keyPEM(t), "PKCS #8": pkcs8, "openssl ecparam": withParameters} {
			t.Run(algorithm+" "+form, func(t *testing.T) {
				f := folderOf(t, containerNginx)
				f.put(t, "ca.crt", ca.pem)
				f.put(t, "ca.key", key)
				written := f.init(t).Written
				if !bytes.Equal(f.read(t, "ca.crt"), ca.pem) || !bytes.Equal(f.read(t, "ca.key"), key) {
					t.Error("the authority changed")
				}
				if slices.Contains(written, f.name("ca.crt")) || slices.Contains(written, f.name("ca.key")) {
					t.Errorf("written: %q", written)
				}
				if found := f.check(t); len(found) > 0 {
					t.Errorf("check: %q", found)
				}
				if got := f.certificate(t, "hosts/node5/rootfs/etc/kubernetes/pki/kubelet.crt"); got.Issuer.CommonName != "company" {
					t.Errorf("signed by %s", got.Issuer)
				}
			})
		}
	}
}

// TestOwnCertificates: an authority without a key will do where all that it would sign is there, and told what isn't.
func TestOwnCertificates(t *testing.T) {
	noKeys := func(c *schema.Cluster) { c.Kubernetes.Certificates.CAKeyOnHosts = false }
	office := folderOf(t, containerNginx, noKeys)
	office.init(t)
	f := folderOf(t, containerNginx, noKeys)
	f.put(t, "ca.crt", office.read(t, "ca.crt"))
	var last string
	for name := range office.state(t) {
		path := strings.TrimPrefix(name, office.Dir()+"/")
		if strings.HasSuffix(path, ".kubeconfig") || strings.HasSuffix(path, "kubelet.crt") || strings.HasSuffix(path, "kubelet.key") ||
			strings.HasSuffix(path, "apiserver.crt") || strings.HasSuffix(path, "apiserver.key") ||
			strings.Contains(path, "apiserver-kubelet-client.") || strings.Contains(path, "kube-proxy.") || strings.Contains(path, "kubelet-client.") ||
			strings.Contains(path, "scheduler.") || strings.Contains(path, "controller-manager.") {
			if strings.HasSuffix(path, "/node6/rootfs/etc/kubernetes/pki/kubelet.crt") {
				last = path
				continue
			}
			f.put(t, path, office.read(t, path))
		}
	}
	f.refused(t, f.name(last), f.initError)
	f.put(t, last, office.read(t, last))
	f.init(t)
	if found := f.check(t); len(found) > 0 {
		t.Errorf("check: %q", found)
	}
	f.refused(t, "ca.key: isn't there, and without it these can't be signed", func() error {
		_, err := f.Renew(context.Background(), Renewal{Hosts: []string{"node6"}})
		return err
	})
}

// TestCAKeyMissing: hosts that have to sign need the key.
func TestCAKeyMissing(t *testing.T) {
	f := folderOf(t, containerNginx)
	f.init(t)
	f.remove(t, "ca.key", "hosts/master0/rootfs/etc/kubernetes/pki/ca.key")
	want := "ca.key: is missing, and host master0 has to have it: bring it (copies: " +
		f.name("hosts/master1/rootfs/etc/kubernetes/pki/ca.key") + ", also of master2), or set kubernetes.certificates.caKeyOnHosts to false"
	f.refused(t, want, f.initError)
}

// TestStopped: what is interrupted writes nothing.
func TestStopped(t *testing.T) {
	f := folderOf(t, containerNginx)
	f.refused(t, "context canceled", func() error {
		ctx, stop := context.WithCancel(context.Background())
		stop()
		_, err := f.Init(ctx)
		return err
	})
}
