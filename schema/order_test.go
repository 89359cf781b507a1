package schema_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/schema"
)

func TestInOrder(t *testing.T) {
	var entries []schema.Entry
	for _, path := range []string{
		"hosts.b.roles", "machine.sysctls.z", "hosts.a.vrrp.priority", "hosts.b.address", "machine.sysctls.a", "hosts.a.address", "name",
		"kubernetes.unknown", "machine.os", "kubernetes.version", "hosts.a", "hosts",
	} {
		entries = append(entries, schema.Entry{Path: strings.Split(path, ".")})
	}
	var got []string
	for _, e := range schema.InOrder(entries) {
		got = append(got, strings.Join(e.Path, "."))
	}
	want := []string{
		"name", "kubernetes.version", "kubernetes.unknown", "hosts", "hosts.b.address", "hosts.b.roles",
		"hosts.a", "hosts.a.address", "hosts.a.vrrp.priority", "machine.os", "machine.sysctls.z", "machine.sysctls.a",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
