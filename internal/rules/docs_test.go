package rules

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const docsFile = "../../docs/rules.md"

// TestDocs keeps docs/rules.md as the tables are; -update writes it.
func TestDocs(t *testing.T) {
	want := docs()
	if *update {
		if err := os.WriteFile(docsFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is not current: go test ./internal/rules -update writes it (-want +got):\n%s", docsFile, diff)
	}
}

const docsIntro = `# Rules

What no single field of a definition can tell, rules do: contradictions between fields, hosts, clusters and versions.
` + "`khagen vet`" + ` prints what they find. An error stops ` + "`khagen build`" + `. A warning can be accepted in the definition, by the rule's id
and with the reason for whoever reads it next:

` + "```cue" + `
cluster: accept: KH120: "upgrade is planned for May"
` + "```" + `

Not checked: the names of fields in the free-form ` + "`config`" + ` of kubelet, kube-proxy and scheduler, the values of most flags,
and flags of an etcd release that is newer than khagen knows. ` + "`kubeadm config validate`" + ` on kubeadm's file finds unknown
fields of the cluster's kubelet and kube-proxy. A wrong field of the scheduler, of one host's kubelet, or without kubeadm of any
kubelet and kube-proxy, shows only when the program starts.

An id never changes its meaning. This page is made from the tables in ` + "`internal/rules`" + ` and ` + "`internal/upstream`" + `.
`

func docs() []byte {
	var b bytes.Buffer
	b.WriteString(docsIntro)
	b.WriteString("\n| id | severity | what has to hold |\n|---|---|---|\n")
	for _, r := range All {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.ID, strings.ToLower(r.ID), r.Severity, cell(r.Title))
	}
	for _, r := range All {
		fmt.Fprintf(&b, "\n## %s\n\n- Severity: %s\n- What has to hold: %s.\n", r.ID, r.Severity, r.Title)
		fmt.Fprintf(&b, "- Why: %s\n- What to do: %s.\n- Source: %s\n", r.Reason, strings.TrimSuffix(r.Hint, "."), r.Source)
		switch r.ID {
		case "KH006":
			unusedDocs(&b)
		case "KH101":
			flagDocs(&b)
		case "KH102":
			keyDocs(&b)
		case "KH211":
			lineDocs(&b)
		}
	}
	return b.Bytes()
}

func unusedDocs(b *bytes.Buffer) {
	b.WriteString("\n| field | has no use where |\n|---|---|\n")
	for _, u := range unusedFields {
		fmt.Fprintf(b, "| `%s` | %s |\n", u.at, cell(u.why))
	}
	for _, u := range unusedHostFields {
		fmt.Fprintf(b, "| `%s` | %s |\n", slices.Concat(field{"hosts", "NAME"}, u.at), cell(u.why))
	}
}

func flagDocs(b *bytes.Buffer) {
	b.WriteString("\nBeside these, the flags that some definitions decide on: `authentication-config`, `shutdown-delay-duration`,\n" +
		"`encryption-provider-config`, `enable-bootstrap-token-auth` and `oidc-*` of the API server, `cluster-signing-*` of the controller\n" +
		"manager but for its duration, `profiling` of the scheduler. Others that khagen or kubeadm sets are proposals: the value in extraArgs wins.\n" +
		"\n| install | component | flag | what to do |\n|---|---|---|---|\n")
	for _, t := range []struct {
		install string
		flags   map[string]map[string]string
	}{{"any", ownedFlags}, {"kubeadm", kubeadmFlags}, {"binaries", unitFlags}} {
		for _, component := range slices.Sorted(maps.Keys(t.flags)) {
			flags := t.flags[component]
			for _, name := range slices.Sorted(maps.Keys(flags)) {
				fmt.Fprintf(b, "| %s | %s | `%s` | %s |\n", t.install, component, name, cell(useInstead(flags[name])))
			}
		}
	}
}

func keyDocs(b *bytes.Buffer) {
	b.WriteString("\n| install | configuration | key | what to do |\n|---|---|---|---|\n")
	for _, t := range []struct {
		install, kind string
		keys          map[string]string
	}{
		{"any", "KubeletConfiguration", ownedKubeletKeys},
		{"kubeadm", "KubeletConfiguration", kubeadmKubeletKeys},
		{"binaries", "KubeletConfiguration", unitKubeletKeys},
		{"any", "KubeProxyConfiguration", ownedProxyKeys},
		{"binaries", "KubeProxyConfiguration", unitProxyKeys},
		{"any", "KubeSchedulerConfiguration", ownedSchedulerKeys},
	} {
		for _, key := range slices.Sorted(maps.Keys(t.keys)) {
			fmt.Fprintf(b, "| %s | %s | `%s` | %s |\n", t.install, t.kind, key, cell(useInstead(t.keys[key])))
		}
	}
}

func lineDocs(b *bytes.Buffer) {
	b.WriteString("\nBeside these, servers that are the cluster's own API servers, listening where the balancer does, and haproxy's other checks,\n" +
		"such as `option tcp-check`. All else that khagen renders is a proposal, and gives way to a line of yours (docs/config-blocks.md).\n" +
		"\n| program | block | line begins with | what to do |\n|---|---|---|---|\n")
	for _, program := range slices.Sorted(maps.Keys(ownedLines)) {
		for _, section := range slices.Sorted(maps.Keys(ownedLines[program])) {
			lines := ownedLines[program][section]
			for _, phrase := range slices.Sorted(maps.Keys(lines)) {
				fmt.Fprintf(b, "| %s | %s | `%s` | %s |\n", program, section, phrase, cell(useInstead(lines[phrase])))
			}
		}
	}
	for _, word := range slices.Sorted(maps.Keys(ownedWords)) {
		fmt.Fprintf(b, "| haproxy | backend, defaults | `default-server … %s` | %s |\n", word, cell(useInstead(ownedWords[word])))
	}
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
