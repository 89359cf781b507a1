package pki

import (
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/topology"
)

// openssl runs it at the time of the tests and gives what it says.
func openssl(t *testing.T, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	out, err := exec.Command("openssl", args...).CombinedOutput()
	return string(out), err
}

// verification are the arguments by which openssl verifies a certificate at the time of the tests, strictly.
func (f *Folder) verification(authority, certificate string, more ...string) []string {
	args := []string{
		"verify", "-x509_strict", "-attime", strconv.FormatInt(f.Now.Unix(), 10), "-no-CApath", "-no-CAstore",
		"-CAfile", f.name(authority + ".crt"),
	}
	return append(append(args, more...), f.name(certificate+".crt"))
}

// TestOpenSSL has another implementation verify every certificate of both clusters of binaries: for its usages and each of
// its names, and for nothing else.
func TestOpenSSL(t *testing.T) {
	for _, cluster := range []string{binaryNginx, containerNginx} {
		t.Run(cluster, func(t *testing.T) {
			f := folderOf(t, cluster)
			f.init(t)
			seen := 0
			for _, h := range f.Cluster.Hosts {
				for _, c := range h.Certificates() {
					seen++
					verifyByOpenSSL(t, f, c, onHost(h, c.Path))
				}
			}
			if seen < 20 {
				t.Errorf("only %d certificates seen", seen)
			}
		})
	}
}

func verifyByOpenSSL(t *testing.T, f *Folder, c topology.Certificate, path string) {
	t.Helper()
	verify := func(good bool, more ...string) {
		t.Helper()
		if out, err := openssl(t, f.verification(c.Authority, path, more...)...); (err == nil) != good {
			t.Errorf("%s %q: accepted: %t, want %t\n%s", path, more, err == nil, good, out)
		}
	}
	verify(c.Server, "-purpose", "sslserver")
	verify(c.Client, "-purpose", "sslclient")
	for _, name := range c.DNSNames {
		verify(true, "-verify_hostname", name)
	}
	for _, addr := range c.Addresses {
		verify(true, "-verify_ip", addr.String())
	}
	if c.Server {
		verify(false, "-verify_hostname", "www.example.org")
		verify(false, "-verify_ip", "203.0.113.9")
	}
	other := topology.EtcdCA
	if c.Authority == topology.EtcdCA {
		other = topology.ClusterCA
	}
	if out, err := openssl(t, f.verification(other, path)...); err == nil {
		t.Errorf("%s: verified below %s\n%s", path, other, out)
	}
	if host, _, err := net.SplitHostPort(f.Cluster.Endpoint); strings.HasSuffix(path, "/apiserver") {
		if err != nil {
			t.Fatal(err)
		}
		verify(true, "-verify_ip", host)
	}
}

// TestOpenSSLReadsKeys: files are in a form that others read.
func TestOpenSSLReadsKeys(t *testing.T) {
	for _, algorithm := range []string{"ECDSA-P256", "ECDSA-P384", "RSA-2048"} {
		t.Run(algorithm, func(t *testing.T) {
			f := folderOf(t, containerNginx, ofAlgorithm(algorithm), withHosts("master0"))
			f.init(t)
			if out, err := openssl(t, "pkey", "-in", f.name("ca.key"), "-noout", "-text"); err != nil || !strings.Contains(out, algorithm[len(algorithm)-3:]) {
				t.Errorf("ca.key: %v\n%s", err, out)
			}
			if out, err := openssl(t, "pkey", "-pubin", "-in", f.name("sa.pub"), "-noout"); err != nil {
				t.Errorf("sa.pub: %v\n%s", err, out)
			}
			const apiserver = "hosts/master0/rootfs/etc/kubernetes/pki/apiserver"
			if out, err := openssl(t, f.verification("ca", apiserver, "-purpose", "sslserver")...); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestOpenSSLWithCompany: below an authority of one's own, the host's file and the root alone make a chain.
func TestOpenSSLWithCompany(t *testing.T) {
	f := folderOf(t, containerNginx)
	root := newCompany(t, "company root", "RSA-2048", nil, nil)
	between := newCompany(t, "company between", "ECDSA-P256", root, nil)
	issuing := newCompany(t, "company kubernetes", "ECDSA-P384", between, nil)
	f.put(t, "ca.crt", append(append(append([]byte{}, issuing.pem...), between.pem...), root.pem...))
	f.put(t, "ca.key", issuing.keyPEM(t))
	f.put(t, "root.crt", root.pem)
	f.init(t)
	const apiserver = "hosts/master0/rootfs/etc/kubernetes/pki/apiserver"
	for _, args := range [][]string{
		f.verification("ca", apiserver),
		f.verification("root", apiserver, "-untrusted", f.name(apiserver+".crt")),
	} {
		if out, err := openssl(t, args...); err != nil {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
	}
	if found := f.check(t); len(found) > 0 {
		t.Errorf("check: %q", found)
	}
}
