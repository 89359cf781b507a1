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

Not checked: flags that no version ever had, and the names of fields in the free-form ` + "`config`" + ` of kubelet, kube-proxy and
scheduler. ` + "`kubeadm config validate`" + ` on the rendered file finds unknown fields of the cluster's kubelet and kube-proxy. A wrong
flag, a wrong field of the scheduler or of one host's kubelet shows only when the program starts.

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
		case "KH005":
			unsupportedDocs(&b)
		case "KH006":
			unusedDocs(&b)
		case "KH101":
			flagDocs(&b)
		case "KH102":
			keyDocs(&b)
		}
	}
	return b.Bytes()
}

func unsupportedDocs(b *bytes.Buffer) {
	row := func(at field, what, instead string) {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", at, cell(strings.TrimSuffix(what, ",")), cell(instead))
	}
	b.WriteString("\n| field | what is not supported yet | what to do |\n|---|---|---|\n")
	for _, u := range unsupportedFields {
		row(u.at, u.what, u.instead)
	}
	for _, u := range unsupportedMachineFields {
		row(slices.Concat(field{"machine"}, u.at), u.what, u.instead)
	}
	for _, u := range unsupportedHostFields {
		row(slices.Concat(field{"hosts", "NAME"}, u.at), u.what, u.instead)
	}
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
	b.WriteString("\n| component | flag | what to do |\n|---|---|---|\n")
	for _, component := range slices.Sorted(maps.Keys(ownedFlags)) {
		flags := ownedFlags[component]
		for _, name := range slices.Sorted(maps.Keys(flags)) {
			fmt.Fprintf(b, "| %s | `%s` | %s |\n", component, name, cell(useInstead(flags[name])))
		}
	}
}

func keyDocs(b *bytes.Buffer) {
	b.WriteString("\n| configuration | key | what to do |\n|---|---|---|\n")
	for _, t := range []struct {
		kind string
		keys map[string]string
	}{
		{"KubeletConfiguration", ownedKubeletKeys},
		{"KubeProxyConfiguration", ownedProxyKeys},
		{"KubeSchedulerConfiguration", ownedSchedulerKeys},
	} {
		for _, key := range slices.Sorted(maps.Keys(t.keys)) {
			fmt.Fprintf(b, "| %s | `%s` | %s |\n", t.kind, key, cell(useInstead(t.keys[key])))
		}
	}
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
