package schema_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/schema"
)

func TestWrite(t *testing.T) {
	got, err := schema.Write([]string{"Three hosts."}, []schema.Entry{
		{Path: []string{"name"}, Value: "shop"},
		{Path: []string{"endpoint", "host"}, Value: "api.example.com"},
		{Path: []string{"endpoint", "port"}, Value: 6443, Note: "a guess"},
		{Path: []string{"etcd", "topology"}, Value: "stacked"},
		{Path: []string{"kubernetes", "networking", "podCIDRs"}, Value: []string{"10.0.0.0/16"}},
		{Path: []string{"machine"}, Doc: []string{"No place for: nbproc\nname: \"evil\""}},
		{Path: []string{"machine", "sysctls"}, Value: map[string]any{"net.core.somaxconn": 4096, "a": true}},
		{Path: []string{"hosts", "cp1.example.com", "address"}, Value: "10.0.0.1"},
		{Path: []string{"hosts", "cp1.example.com", "roles"}, Value: []string{"control-plane"}},
		{Path: []string{"vip", "keepalived", "virtualRouterID"}, Value: 51, Note: "a guess, too"},
		{Path: []string{"hosts", "_x", "address"}, Value: "a \"quoted\" \\(text)"},
		{Path: []string{"name"}, Value: "store", Doc: []string{"Said again."}},
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `// Three hosts.
package fleet

cluster: {
	// Said again.
	name: "store"
	endpoint: {
		host: "api.example.com"
		port: 6443 // a guess
	}
	etcd: topology: "stacked"
	kubernetes: networking: podCIDRs: ["10.0.0.0/16"]
	machine: {
		// No place for: nbproc name: "evil"
		sysctls: {a: true, "net.core.somaxconn": 4096}
	}
	hosts: {
		"cp1.example.com": {address: "10.0.0.1", roles: ["control-plane"]}
		"_x": address: "a \"quoted\" \\(text)"
	}
	vip: keepalived: virtualRouterID: 51 // a guess, too
}
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
