package delivery_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/delivery"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// What khagen writes of Mermaid's language, line by line; its own parser accepts all of it. A label has no character that means
// something in Mermaid, HTML or Markdown, but for those that are numbers.
var (
	mermaidLabel = `"(?:[\pL\pN .,:/_'…()\[\]-]|#[0-9]+;|<br/>)+"`
	mermaidLines = map[string]*regexp.Regexp{
		"box":      regexp.MustCompile(`^ +([A-Za-z][A-Za-z0-9_]*)(?:\[` + mermaidLabel + `\]|\(\[` + mermaidLabel + `\]\)|\{\{` + mermaidLabel + `\}\}|\[\(` + mermaidLabel + `\)\])(:::(?:joining|leaving))?$`),
		"subgraph": regexp.MustCompile(`^ +subgraph ([A-Za-z][A-Za-z0-9_]*)\[` + mermaidLabel + `\]$`),
		"end":      regexp.MustCompile(`^ +end$`),
		"edge":     regexp.MustCompile(`^  ([a-z_]+) --> ([a-z_]+)$`),
		"class":    regexp.MustCompile(`^  classDef (joining|leaving) stroke-dasharray: 5 5$`),
	}
)

// diagramOf takes the diagram out of the README and reads it: every line is one of the above, no id is used twice, frames are
// closed, edges lead somewhere.
func diagramOf(t *testing.T, readme string) string {
	t.Helper()
	_, rest, _ := strings.Cut(readme, "\n```mermaid\n")
	text, _, found := strings.Cut(rest, "\n```\n")
	lines := strings.Split(text, "\n")
	if !found || lines[0] != "flowchart LR" {
		t.Fatalf("has no diagram:\n%s", readme)
	}
	ids, classes, depth := map[string]bool{}, map[string]bool{}, 0
	for _, line := range lines[1:] {
		kind, m := "", []string(nil)
		for k, pattern := range mermaidLines {
			if m = pattern.FindStringSubmatch(line); m != nil {
				kind = k
				break
			}
		}
		switch kind {
		case "":
			t.Errorf("%q is nothing that khagen writes", line)
		case "box", "subgraph":
			if ids[m[1]] {
				t.Errorf("%q: the id is taken", line)
			}
			ids[m[1]] = true
			if kind == "box" && m[2] != "" {
				classes[strings.TrimPrefix(m[2], ":::")] = true
			}
			if kind == "subgraph" {
				depth++
			}
		case "end":
			depth--
		case "edge":
			if !ids[m[1]] || !ids[m[2]] {
				t.Errorf("%q leads nowhere", line)
			}
		case "class":
			delete(classes, m[1])
		}
	}
	if depth != 0 || len(classes) > 0 {
		t.Errorf("frames are %d deep at the end, and nothing says how to draw %v", depth, classes)
	}
	if t.Failed() {
		t.Log(text)
	}
	return text
}

// TestDiagrams: every shape of a cluster is a diagram, with the way from clients to etcd that it has.
func TestDiagrams(t *testing.T) {
	nodeLocal := strings.NewReplacer(`"external"`, `"node-local"`, "hosts: {", `hosts: {
		w1: {address: "192.0.2.21", roles: ["worker"]}`).Replace(running)
	for name, tt := range map[string]struct {
		definition string
		want       []string
	}{
		"external":     {running, []string{"endpoint{{\"api.example.net:6443<br/>someone else's load balancer\"}}", "endpoint --> api_servers"}},
		"others' etcd": {external, []string{"etcd[(\"someone else's etcd<br/>https://a.example.net:2379<br/>", "api_servers --> etcd"}},
		"hosts": {byToken, []string{
			`load_balancers["nginx as a container, port 6443"]`, `etcd_db1["db1<br/>192.0.2.31"]`, "workers --> endpoint", "endpoint --> load_balancers",
			"load_balancers --> api_servers", "api_servers --> etcd",
		}},
		"node-local": {nodeLocal, []string{"each with its own haproxy, port 6443 of the loopback", "clients --> api_servers", "workers --> api_servers"}},
		"kube-vip":   {byKubeVIP, []string{"192.0.2.100 by kube-vip, on one control plane at a time", "endpoint --> api_servers"}},
		"pods":       {contained, []string{`load_balancers_cp1["cp1<br/>192.0.2.11<br/>priority 250"]`, "API servers, port 6443, each with etcd"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := diagramOf(t, readmeOf(t, tt.definition))
			wantInOrder(t, text, tt.want...)
			if strings.Contains(text, "endpoint") == (name == "node-local") {
				t.Errorf("the endpoint is the loopback with balancers on workers, and there otherwise:\n%s", text)
			}
		})
	}
}

// TestDiagramOfManyHosts: many workers are one box, and those that come or go are seen; a host more changes one line.
func TestDiagramOfManyHosts(t *testing.T) {
	many := func(workers int) string {
		return strings.Replace(running, "hosts: {", fmt.Sprintf(`hosts: {
		for i in [%s] {"node\(i)": {address: "198.51.100.\(i)", roles: ["worker"], ssh: port: 22}}
		w1: {address: "192.0.2.21", roles: ["worker"], state: "leaving", zone: "end"}
		"w-2.end": {address: "192.0.2.22", roles: ["worker"], state: "joining", zone: "a"}
		"w-2-end": {address: "192.0.2.23", roles: ["worker"], zone: "a"}`, numbers(workers)), 1)
	}
	text := diagramOf(t, readmeOf(t, many(50)))
	wantInOrder(t, text,
		`    workers_all["50 workers<br/>node1 … node50"]`,
		`    subgraph workers_zone_a["zone a"]`, `      workers_w_2_end["w-2-end<br/>`, `      workers_w_2_end_2["w-2.end<br/>192.0.2.22<br/>joining"]:::joining`,
		`    subgraph workers_zone_end["zone end"]`, `      workers_w1["w1<br/>192.0.2.21<br/>leaving"]:::leaving`,
	)
	next := diagramOf(t, readmeOf(t, many(51)))
	if before, after := strings.Split(text, "\n"), strings.Split(next, "\n"); len(before) != len(after) {
		t.Errorf("a worker more adds lines:\n%s", next)
	}
	zones := strings.ReplaceAll(many(50), "ssh: port: 22", `zone: "z\(i)"`)
	wantInOrder(t, diagramOf(t, readmeOf(t, zones)), `    workers_all["51 workers<br/>node1 … w-2-end"]`, "leaving")
}

func numbers(n int) string {
	var all []string
	for i := 1; i <= n; i++ {
		all = append(all, fmt.Sprint(i))
	}
	return strings.Join(all, ", ")
}

// TestDiagramOfNames: what the schema refuses today breaks no diagram tomorrow.
func TestDiagramOfNames(t *testing.T) {
	const evil = "a\"]; end\n```%%{init}%%<script>`#quot;|&"
	c := load(t, running)
	c.Endpoint = evil
	c.ControlPlanes[0].Name, c.ControlPlanes[0].Spec.Zone = evil, evil
	all, err := delivery.Files(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.TreePath() == "README.md" {
			diagramOf(t, string(f.Content))
		}
	}
}

// TestDiagramsOfReference reads those of the reference clusters as they are built now.
func TestDiagramsOfReference(t *testing.T) {
	definitions, err := filepath.Glob("../../overlays/*/cluster.cue")
	if err != nil || len(definitions) < 5 {
		t.Fatalf("only %v: %v", definitions, err)
	}
	for _, d := range definitions {
		spec, err := schema.Load(filepath.Dir(d))
		if err != nil {
			t.Fatal(err)
		}
		c, err := topology.New(spec)
		if err != nil {
			t.Fatal(err)
		}
		all, err := delivery.Files(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			if f.TreePath() == "README.md" {
				diagramOf(t, string(f.Content))
			}
		}
	}
}
