package main

import (
	"testing"

	"github.com/khagen/khagen/schema"
)

func TestIsOlder(t *testing.T) {
	for _, c := range []struct {
		own, wanted string
		want        bool
	}{
		{"v1.2.0", "", false},
		{"v1.2.0", "1.2", false},
		{"v1.2.0", "1.2.1", true},
		{"v1.9.0", "1.10", true},
		{"v1.10.0", "1.9.9", false},
		{"v2.0.0", "1.10", false},
		{"(devel)", "9.0", false},
		{"v0.0.0-20251121031953-0ffb46b5d1e2+dirty", "9.0", false},
	} {
		if got := isOlder(c.own, c.wanted); got != c.want {
			t.Errorf("isOlder(%q, %q) = %v, want %v", c.own, c.wanted, got, c.want)
		}
	}
}

func TestTooOld(t *testing.T) {
	spec := &schema.Cluster{Dir: "overlays/shop", KhagenVersion: "1.3"}
	if err := tooOld(spec, "v1.3.0"); err != nil {
		t.Error(err)
	}
	const want = "overlays/shop/cluster.cue: khagenVersion: want khagen 1.3 or newer, this is v1.2.9\n  update khagen"
	if err := tooOld(spec, "v1.2.9"); err == nil || err.Error() != want {
		t.Errorf("gives %v, want %s", err, want)
	}
}
