package lab

import "testing"

// A second lab in the same world is refused, and the first doesn't notice.
func TestOneAtATime(t *testing.T) {
	if known(t) {
		return
	}
	spec := hosts()
	spec.Hosts = spec.Hosts[:1]
	l := start(t, spec)
	if second, err := Start(t.Context(), spec); err == nil {
		second.Close()
		t.Fatal("a second lab was started")
	}
	if got := over(t, l.Host("a"), "echo reached"); got != "reached" {
		t.Errorf("the first lab: %s", got)
	}
}
