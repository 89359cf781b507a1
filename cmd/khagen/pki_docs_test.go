package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// TestPKIPage runs the commands of docs/pki.md over the clusters that it names.
func TestPKIPage(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/page",
		Setup: func(env *testscript.Env) error {
			return os.CopyFS(env.WorkDir+"/overlays", os.DirFS("../../overlays"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"commands": func(ts *testscript.TestScript, _ bool, args []string) {
				page, err := os.ReadFile("../../docs/pki.md")
				ts.Check(err)
				run := 0
				for _, block := range fence.FindAllStringSubmatch(string(page), -1) {
					for line := range strings.Lines(block[2]) {
						line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
						if block[1] == "sh" && strings.HasPrefix(line, "khagen ") {
							words := strings.Fields(line)
							ts.Check(ts.Exec(words[0], words[1:]...))
							run++
						}
					}
				}
				if run < 6 {
					ts.Fatalf("only %d commands on the page", run)
				}
			},
		},
	})
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
