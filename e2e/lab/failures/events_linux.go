package failures

import (
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/probe"
)

// event is how clients fared since a moment.
func (r *run) event(since time.Time) Event {
	until := time.Now()
	reads := r.probe.Summary(since)
	from, to := gap(r.probe.Since(time.Time{}), since, until)
	return Event{
		Reads: milliseconds(to.Sub(from)), Writes: milliseconds(r.writer.Gap(since, until)),
		Asked: reads.Asked, Failed: reads.Failed, Stall: milliseconds(r.probe.Stall(from, to)),
		Took: milliseconds(until.Sub(since)),
	}
}

// gap is the longest time without a good answer between two moments.
func gap(answers []probe.Answer, since, until time.Time) (from, to time.Time) {
	var good []time.Time
	for _, a := range answers {
		if a.Good() {
			good = append(good, a.Answered)
		}
	}
	return longest(good, since, until)
}

// watch watches the virtual address, where there is one, until what it gives is called.
func (r *run) watch() func(*Figure) error {
	vip := r.vip()
	if !vip.IsValid() {
		return func(*Figure) error { return nil }
	}
	w := r.Lab.Watch(vip)
	return func(f *Figure) error {
		held, err := w.Stop()
		f.Nobody = milliseconds(held.Longest(0))
		f.Two = milliseconds(held.Several())
		f.held = held.String()
		return err
	}
}

// tell says what was measured.
func (r *run) tell(t *testing.T, f Fault, figure *Figure) {
	t.Helper()
	t.Logf("%s (%s): %v", f.Name, strings.Join(figure.Hosts, ", "), figure.Happens)
	if f.change == nil {
		t.Logf("all is back: %v", figure.Back)
	}
	t.Logf("bound %v, met: %t; writes: %+v", figure.Bound, figure.Met(), figure.Writes)
	if figure.held != "" {
		t.Logf("the address: %s", figure.held)
	}
}
