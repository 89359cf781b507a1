package balancers

import (
	"syscall"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/lab"
)

// slack is by how much a machine that is busy with other things may miss a bound.
const slack = 3

// TestNginxPair has two hosts of their own balance with nginx, and takes from the one that has the address whatever it needs.
func TestNginxPair(t *testing.T) {
	need(t)
	p := deliver(t, "binary-nginx")
	p.ask(t)
	for _, c := range []struct {
		name  string
		bound time.Duration // of the longest time in which no client gets an answer
		do    func(*lab.Host) error
		undo  func(*lab.Host) error
	}{
		{
			"keepalived is stopped", 2 * time.Second,
			func(h *lab.Host) error { return h.Stop(t.Context(), "keepalived.service") },
			func(h *lab.Host) error { return h.StartUnit(t.Context(), "keepalived.service") },
		},
		{
			"nginx is stopped", 6 * time.Second,
			func(h *lab.Host) error { return h.Stop(t.Context(), "nginx.service") },
			func(h *lab.Host) error { return h.StartUnit(t.Context(), "nginx.service") },
		},
		{
			"nginx is killed", 6 * time.Second,
			func(h *lab.Host) error { return h.Signal("nginx", syscall.SIGKILL) },
			func(h *lab.Host) error { return h.StartUnit(t.Context(), "nginx.service") },
		},
		{"the host's cable is cut", 6 * time.Second, (*lab.Host).Unplug, (*lab.Host).Mend},
		{
			"the host crashes", 6 * time.Second, (*lab.Host).Crash,
			func(h *lab.Host) error { return h.Boot(t.Context()) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			holder := p.well(t, "before")
			watch := p.Watch(p.vip)
			began := time.Now()
			if err := c.do(holder); err != nil {
				t.Fatal(err)
			}
			time.Sleep(c.bound + 2*time.Second)
			p.well(t, "after "+c.name)
			p.expect(t, "when "+c.name, began, c.bound)
			began = time.Now()
			if err := c.undo(holder); err != nil {
				t.Fatal(err)
			}
			time.Sleep(c.bound)
			p.well(t, "after all is back")
			p.expect(t, "when it is back", began, c.bound)
			held, err := watch.Stop()
			if err != nil {
				t.Error(err)
			}
			t.Logf("the address: %v", held)
			if nobody := held.Longest(0); nobody > slack*c.bound {
				t.Errorf("nobody had the address for %v", nobody)
			}
		})
	}
}

// expect holds the longest gap of clients to a bound. The machine's own stalls, which the probe felt too, are not counted.
func (p *pair) expect(t *testing.T, what string, since time.Time, bound time.Duration) {
	t.Helper()
	fared, stall := p.probe.Summary(since), p.probe.Stall()
	t.Logf("%s: %v (the machine stalled for %v)", what, fared, stall.Round(time.Millisecond))
	if fared.Gap > slack*bound+stall {
		t.Errorf("%s: clients had no answer for %v, promised are %v", what, fared.Gap, bound)
	}
}
