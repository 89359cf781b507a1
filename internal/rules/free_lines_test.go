package rules_test

import (
	"testing"

	"github.com/khagen/khagen/internal/rules"
)

func TestFreeLines(t *testing.T) {
	for _, tt := range []struct {
		program, section string
		lines            []string
		want             bool
	}{
		{"haproxy", "global", []string{"nbthread 4", "log 192.0.2.1:514 local0 info"}, true},
		{"haproxy", "global", []string{"maxconn 10"}, false},                                 // the definition's
		{"haproxy", "backend", []string{"maxconn 10"}, true},                                 // of another section
		{"haproxy", "defaults", []string{"backend b"}, false},                                // leaves the section
		{"haproxy", "defaults", []string{`description "open`}, false},                        // takes the next line
		{"haproxy", "global", []string{"user a insecure-password hunter2"}, false},           // a password
		{"keepalived", "instance", []string{"track_interface {", "eth1", "}"}, true},         //
		{"keepalived", "instance", []string{"track_interface {", "eth1"}, false},             // leaves it open
		{"keepalived", "instance", []string{"}", "priority 1"}, false},                       // closes another's
		{"keepalived", "instance", []string{"virtual_routes {", "priority 1", "}"}, true},    // not the instance's
		{"keepalived", "instance", []string{"virtual_ipaddress {", "192.0.2.1", "}"}, false}, // the definition's
	} {
		if got := rules.FreeLines(tt.program, tt.section, tt.lines); got != tt.want {
			t.Errorf("%s %s %q: got %v", tt.program, tt.section, tt.lines, got)
		}
	}
}
