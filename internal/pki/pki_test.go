package pki

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"io/fs"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// Clusters of the repository: of binaries with etcd on hosts of mixed roles, with etcd on control planes; of kubeadm.
const (
	binaryNginx    = "binary-nginx"
	containerNginx = "container-nginx"
	kubeadmStacked = "kubeadm-stacked"
)

// today is when tests happen.
var today = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// folderOf gives an empty folder for a cluster of the repository, changed as a test wants it.
func folderOf(t *testing.T, cluster string, changes ...func(*schema.Cluster)) *Folder {
	t.Helper()
	f := &Folder{Root: filepath.Join(t.TempDir(), "pki"), Now: today}
	f.define(t, cluster, changes...)
	return f
}

// define gives the folder a definition.
func (f *Folder) define(t *testing.T, cluster string, changes ...func(*schema.Cluster)) {
	t.Helper()
	spec, err := schema.Load("../../overlays/" + cluster)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		change(spec)
	}
	if f.Cluster, err = topology.New(spec); err != nil {
		t.Fatal(err)
	}
}

func (f *Folder) init(t *testing.T) *Result {
	t.Helper()
	result, err := f.Init(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func (f *Folder) renew(t *testing.T, r Renewal) *Result {
	t.Helper()
	result, err := f.Renew(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// check gives what is found, a line each, without the folder in front.
func (f *Folder) check(t *testing.T) []string {
	t.Helper()
	findings, err := f.Check(30 * 24 * time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, one := range findings {
		line := strings.ReplaceAll(one.Text(), f.Dir()+"/", "")
		if !one.Must {
			line = "(" + line + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

func (f *Folder) read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(f.name(path))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// put writes a file as a user would, and as private as it has to be.
func (f *Folder) put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(f.name(path)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.name(path), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (f *Folder) remove(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.Remove(f.name(path)); err != nil {
			t.Fatal(err)
		}
	}
}

func (f *Folder) certificate(t *testing.T, path string) *x509.Certificate {
	t.Helper()
	all, err := parseCertificates(f.read(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

// state is every path below the root with its mode and content.
func (f *Folder) state(t *testing.T) map[string]string {
	t.Helper()
	state := map[string]string{}
	err := filepath.WalkDir(f.Root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			if name == f.Root && os.IsNotExist(err) {
				return nil
			}
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		state[name] = info.Mode().String()
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(name)
			state[name] += string(content)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// refused wants an error with a text, and nothing written.
func (f *Folder) refused(t *testing.T, want string, do func() error) {
	t.Helper()
	before := f.state(t)
	err := do()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v\nwant %q", err, want)
	}
	if !maps.Equal(before, f.state(t)) {
		t.Error("something was written")
	}
}

func (f *Folder) initError() error {
	_, err := f.Init(context.Background())
	return err
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// company is a CA that isn't khagen's.
type company struct {
	certificate *x509.Certificate
	pem         []byte
	key         crypto.Signer
}

// newCompany makes a CA below another, or a root; change changes its certificate before it is signed.
func newCompany(t *testing.T, name, algorithm string, above *company, change func(*x509.Certificate)) *company {
	t.Helper()
	key := must[crypto.Signer](t)(newKey(algorithm))
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, SerialNumber: big.NewInt(7),
		NotBefore: today.AddDate(-1, 0, 0), NotAfter: today.AddDate(20, 0, 0),
		KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true, SubjectKeyId: []byte(name),
	}
	if change != nil {
		change(template)
	}
	if above == nil {
		above = &company{template, nil, key}
	}
	der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, template, above.certificate, key.Public(), above.key))
	return &company{must[*x509.Certificate](t)(x509.ParseCertificate(der)), encode(pemCertificate, der), key}
}

func (c *company) keyPEM(t *testing.T) []byte {
	t.Helper()
	return must[[]byte](t)(encodeKey(c.key))
}
