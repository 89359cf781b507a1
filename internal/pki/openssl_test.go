package pki

import (
	"maps"
	"net"
	"os"
	"os/exec"
	"slices"
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
	var out, trouble strings.Builder // one file for both would have lines of one within those of the other
	cmd := exec.Command("openssl", args...)
	cmd.Stdout, cmd.Stderr = &out, &trouble
	err := cmd.Run()
	return out.String() + trouble.String(), err
}

// verification are the arguments by which openssl verifies a certificate at the time of the tests, strictly.
func (f *Folder) verification(authority, certificate string, more ...string) []string {
	return f.verifications(authority, []string{certificate}, more...)
}

func (f *Folder) verifications(authority string, certificates []string, more ...string) []string {
	args := append([]string{
		"verify", "-x509_strict", "-attime", strconv.FormatInt(f.Now.Unix(), 10), "-no-CApath", "-no-CAstore",
		"-CAfile", f.name(authority + ".crt"),
	}, more...)
	for _, c := range certificates {
		args = append(args, f.name(c+".crt"))
	}
	return args
}

// TestOpenSSL has another implementation verify every certificate of both clusters of binaries: for its usages and each of
// its names, and for nothing else.
func TestOpenSSL(t *testing.T) {
	for _, cluster := range []string{binaryNginx, containerNginx} {
		t.Run(cluster, func(t *testing.T) {
			f := folderOf(t, cluster)
			f.init(t)
			seen, asked := 0, questions{}
			for _, h := range f.Cluster.Hosts {
				for _, c := range h.Certificates() {
					seen++
					asked.about(t, f, c, onHost(h, c.Path))
				}
			}
			if seen < 20 {
				t.Errorf("only %d certificates seen", seen)
			}
			asked.answer(t, f)
		})
	}
}

// questions are what openssl is asked: below which authority and with which option, about which certificates, and whether it shall
// accept them. All certificates of a question go to one process.
type questions map[question]map[string]bool

type question struct{ authority, option, value string }

func (q questions) about(t *testing.T, f *Folder, c topology.Certificate, path string) {
	t.Helper()
	ask := func(authority, option, value string, good bool) {
		key := question{authority, option, value}
		if q[key] == nil {
			q[key] = map[string]bool{}
		}
		q[key][path] = good
	}
	ask(c.Authority, "-purpose", "sslserver", c.Server)
	ask(c.Authority, "-purpose", "sslclient", c.Client)
	for _, name := range c.DNSNames {
		ask(c.Authority, "-verify_hostname", name, true)
	}
	for _, addr := range c.Addresses {
		ask(c.Authority, "-verify_ip", addr.String(), true)
	}
	if c.Server {
		ask(c.Authority, "-verify_hostname", "www.example.org", false)
		ask(c.Authority, "-verify_ip", "203.0.113.9", false)
	}
	other := topology.EtcdCA
	if c.Authority == topology.EtcdCA {
		other = topology.ClusterCA
	}
	ask(other, "-purpose", "any", false)
	if host, _, err := net.SplitHostPort(f.Cluster.Endpoint); strings.HasSuffix(path, "/apiserver") {
		if err != nil {
			t.Fatal(err)
		}
		ask(c.Authority, "-verify_ip", host, true)
	}
}

func (q questions) answer(t *testing.T, f *Folder) {
	t.Helper()
	for key, certificates := range q {
		out, _ := openssl(t, f.verifications(key.authority, slices.Sorted(maps.Keys(certificates)), key.option, key.value)...)
		for path, good := range certificates {
			file := f.name(path + ".crt")
			if accepted, refused := strings.Contains(out, file+": OK\n"), strings.Contains(out, "error "+file+": verification failed\n"); accepted != good || refused == good {
				t.Errorf("%v of %s: accepted: %t, refused: %t, want %t\n%s", key, path, accepted, refused, good, out)
			}
		}
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
