package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// TestPKIPage follows docs/pki.md: nothing is left to be mended then.
func TestPKIPage(t *testing.T) {
	dir := newRepository(t)
	if ran := follow(t, "../../docs/pki.md", dir); ran < 8 {
		t.Errorf("only %d commands", ran)
	}
	if output, _, err := shell(dir, "khagen pki check"); output != "" || err != nil {
		t.Errorf("khagen pki check: %v\n%s", err, output)
	}
	if _, err := os.Stat(filepath.Join(dir, "pki/kubeadm-stacked/admin.kubeconfig")); err != nil {
		t.Error(err)
	}
}

// TestPKITable: the table of certificates in docs/pki.md says of each what topology does.
func TestPKITable(t *testing.T) {
	page, err := os.ReadFile("../../docs/pki.md")
	if err != nil {
		t.Fatal(err)
	}
	promised := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z/-]+)` \\| (.*) \\|$").FindAllStringSubmatch(string(page), -1) {
		if columns := strings.Split(m[2], "|"); len(columns) == 5 {
			for i := range columns {
				columns[i] = strings.TrimSpace(columns[i])
			}
			promised[m[1]] = strings.Join(columns[:4], "|")
		}
	}
	issued := map[string]string{}
	for _, dir := range []string{"../../overlays/binary-nginx", "../../overlays/container-nginx", "testdata/leaves/overlays/units"} {
		spec, err := schema.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		c, err := topology.New(spec)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range c.Hosts {
			for _, one := range h.Certificates() {
				name := strings.TrimPrefix(strings.TrimPrefix(one.Path, c.EtcdPKIFile("")+"/"), c.PKIFile("")+"/")
				issued[name] = strings.Join([]string{
					strings.Replace(one.CommonName, h.NodeName, "NODE", 1), one.Organization, usageWords(one), one.Authority,
				}, "|")
			}
		}
	}
	if diff := cmp.Diff(promised, issued); diff != "" {
		t.Errorf("certificates (-docs/pki.md +topology):\n%s", diff)
	}
}

func usageWords(c topology.Certificate) string {
	var words []string
	if c.Server {
		words = append(words, "server")
	}
	if c.Client {
		words = append(words, "client")
	}
	return strings.Join(words, ", ")
}
