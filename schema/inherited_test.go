package schema

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestInherited(t *testing.T) {
	overlays := t.TempDir()
	for name, text := range map[string]string{
		moduleFile:         ModuleFile,
		"common.cue":       "package fleet\n\ncluster: {machine: {os: *\"debian-12\" | string, swap: bool}, hosts: [=~\"^cp\"]: roles: [\"control-plane\"]}\n",
		"shop/common.cue":  "package fleet\n\ncluster: {kubernetes: networking: podCIDRs: [\"10.0.0.0/16\"], endpoint: port: 8443}\n",
		"shop/cluster.cue": "package fleet\n\ncluster: {name: _, hosts: cp1: {}}\n",
	} {
		writeFile(t, filepath.Join(overlays, name), text)
	}
	got, err := Inherited(filepath.Join(overlays, "shop"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"machine.os":                     `"debian-12"`,
		"kubernetes.networking.podCIDRs": `["10.0.0.0/16"]`,
		"endpoint.port":                  "8443",
		"hosts.cp1.roles":                `["control-plane"]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	writeFile(t, filepath.Join(overlays, "common.cue"), "package other\n")
	if _, err := Inherited(filepath.Join(overlays, "shop")); err == nil {
		t.Error("no error of a file of another package")
	}
}
