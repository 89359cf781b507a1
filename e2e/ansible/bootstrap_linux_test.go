package ansible

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/sandbox"
	"github.com/khagen/khagen/internal/topology"
)

var (
	//go:embed testdata/kubeadm.sh
	kubeadm []byte
	//go:embed testdata/kubectl.sh
	kubectl []byte
	//go:embed testdata/server.py
	server []byte
)

// TestKubeadm brings a cluster of kubeadm up through failures: of the balancer, for want of which nobody joins, of a key that control
// planes share, of a control plane, which stops the rest, then of a worker, which stops no other. What was left half done is reset where
// that is asked for, and left alone where it isn't.
func TestKubeadm(t *testing.T) {
	need(t, "ansible-playbook", "nsenter", "ip")
	t.Parallel()
	f := render(t, "../e2e/ansible/testdata/overlays/bootstrap")
	f.skip, f.bridge = "packages", "kubeadm"
	if err := sandbox.AddBridge(f.bridge); err != nil {
		t.Fatal(err)
	}
	f.more = kubeadmStubs(t, f)
	f.boot(t)

	f.put(t, "cp1", "/run/broken", "token\n")
	r := f.play(t, "site.yml")
	events := f.only(t, "begin", "end", "fails")
	want := []string{"cp1 begin init", "cp1 end init"}
	if r.code == 0 || !slices.Equal(events, want) || !strings.Contains(r.output, "the endpoint does not answer") {
		t.Fatalf("code %d, events:\n%s\n%s", r.code, strings.Join(events, "\n"), r.output)
	}

	f.forget(t)
	f.put(t, "cp1", "/run/broken", "")
	key := f.root("cp1") + "/etc/kubernetes/pki/sa.key"
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	r = f.play(t, "site.yml")
	if joins := f.only(t, "begin"); r.code == 0 || len(joins) > 0 || !strings.Contains(r.output, "sa.key: Cannot stat") {
		t.Fatalf("code %d, joins: %v\n%s", r.code, joins, r.output)
	}
	if err := os.Rename(key+".away", key); err != nil {
		t.Fatal(err)
	}

	f.forget(t)
	f.put(t, "cp2", "/run/broken", "kubeadm\n")
	r = f.play(t, "site.yml")
	events = f.only(t, "begin", "end", "fails")
	want = []string{"cp2 begin join", "cp2 join fails"}
	told := strings.Contains(r.output, "[kubelet-check] waiting") && strings.Contains(r.output, "timed out waiting for the condition")
	if r.code == 0 || !slices.Equal(events, want) || !told {
		t.Fatalf("code %d, events:\n%s\n%s", r.code, strings.Join(events, "\n"), r.output)
	}

	f.forget(t)
	f.put(t, "cp2", "/run/broken", "")
	f.put(t, "w1", "/run/broken", "kubeadm\n")
	r = f.play(t, "site.yml", "--extra-vars", "khagen_reset_failed=true", "-vvv")
	events = f.only(t, "begin", "end", "fails", "reset")
	slices.Sort(events[min(3, len(events)):]) // workers go at the same time
	want = []string{"cp2 reset", "cp2 begin join", "cp2 end join", "w1 begin join", "w1 join fails", "w2 begin join", "w2 end join"}
	if r.code == 0 || !slices.Equal(events, want) || r.recap["w1"].Failed == 0 || r.recap["w2"].Failed != 0 {
		t.Fatalf("code %d, events:\n%s\n%s", r.code, strings.Join(events, "\n"), r.output)
	}
	f.wantJoins(t)
	for _, secret := range []string{"abcdef.0123456789abcdef", "hushhush", "H4sI"} {
		if strings.Contains(r.output, secret) {
			t.Errorf("the output has %s", secret)
		}
	}
	for name := range f.hosts {
		if f.exists(name, "/etc/kubernetes/discovery.conf") {
			t.Errorf("%s keeps its discovery.conf", name)
		}
	}

	f.forget(t)
	f.put(t, "w1", "/run/broken", "")
	r = f.play(t, "site.yml")
	for host, was := range r.recap {
		if (host == "w1") != (was.Failed == 1) || was.Changed != 0 {
			t.Errorf("the last time, %s has %+v", host, was)
		}
	}
	if events := f.events(t); r.code == 0 || len(events) > 0 {
		t.Error("the last time:", events)
	}
	for _, said := range []string{"kubeadm was begun and didn't end", "2 of 4 hosts are no nodes yet (cp2, w1)", "1 of 2 nodes are not ready (w2)", "delete bootstrapHost"} {
		if !strings.Contains(r.output, said) {
			t.Errorf("nothing says %q", said)
		}
	}
	if t.Failed() {
		t.Log(r.output)
	}
}

// wantJoins holds what hosts had when they joined to what they have to have: a token in a file for root alone, and control planes
// what they share, with its modes and nothing else.
func (f *fleet) wantJoins(t *testing.T) {
	t.Helper()
	shared := "pki ca.crt=644 ca.key=600 etcd/ca.crt=644 etcd/ca.key=600 front-proxy-ca.crt=644 front-proxy-ca.key=600 sa.key=600 sa.pub=644"
	for _, e := range f.events(t) {
		plane := slices.ContainsFunc(f.cluster.ControlPlanes, func(h *topology.Host) bool { return h.Name == e.host })
		switch {
		case strings.HasPrefix(e.text, "has ") && e.text != "has 600 1":
			t.Errorf("%s joins with a discovery.conf that %s", e.host, e.text)
		case strings.HasPrefix(e.text, "pki") && plane && e.text != shared, strings.HasPrefix(e.text, "pki") && !plane && e.text != "pki":
			t.Errorf("%s joins with %s", e.host, e.text)
		}
	}
}

func (f *fleet) exists(host, path string) bool {
	_, err := os.Stat(f.root(host) + path)
	return err == nil
}

// only gives the events that have one of the words.
func (f *fleet) only(t *testing.T, words ...string) []string {
	t.Helper()
	var all []string
	for _, e := range f.events(t) {
		if slices.ContainsFunc(strings.Fields(e.text), func(w string) bool { return slices.Contains(words, w) }) {
			all = append(all, e.host+" "+e.text)
		}
	}
	return all
}

// kubeadmStubs are the programs of a host, and what its API server shows: a certificate for all hosts.
func kubeadmStubs(t *testing.T, f *fleet) []sandbox.File {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kubernetes"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range f.cluster.ControlPlanes {
		template.IPAddresses = append(template.IPAddresses, net.IP(h.Address().AsSlice()))
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return []sandbox.File{
		{Path: "/usr/bin/kubeadm", Mode: 0o755, Content: kubeadm},
		{Path: "/usr/bin/kubectl", Mode: 0o755, Content: kubectl},
		{Path: "/usr/bin/crictl", Mode: 0o755, Content: []byte("#!/bin/sh\n")},
		{Path: "/usr/lib/stub/server.py", Content: server},
		{Path: "/usr/lib/stub/ca.crt", Content: certificate},
		{Path: "/usr/lib/stub/server.pem", Mode: 0o600, Content: append(certificate, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)},
	}
}
