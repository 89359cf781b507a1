package probe

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestSummary(t *testing.T) {
	start := time.Now()
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	broken := errors.New("broken")
	p := &Probe{answers: []Answer{
		{Asked: at(-9), Answered: at(-8)},
		{Asked: at(-2), Answered: at(-1)}, // a gap of before doesn't count
		{Asked: at(-1), Answered: at(1), Err: broken},
		{Asked: at(1), Answered: at(2), Err: broken},
		{Asked: at(3), Answered: at(3.5)}, // 4.5 s after the last good answer
		{Asked: at(4), Answered: at(5)},
	}}
	got := p.Summary(start)
	want := Summary{Asked: 3, Failed: 1, Gap: 4500 * time.Millisecond, Slowest: time.Second}
	if got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A stall counts where it overlaps, however little.
func TestStall(t *testing.T) {
	start := time.Now()
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	p := &Probe{stalls: []stall{{at(3), time.Second}, {at(20), 5 * time.Second}, {at(30), 2 * time.Second}}}
	for _, tt := range []struct{ since, until, want int }{{0, 2, 0}, {0, 3, 1}, {3, 15, 0}, {3, 16, 5}, {19, 40, 5}, {20, 40, 2}, {30, 40, 0}} {
		if got, want := p.Stall(at(tt.since), at(tt.until)), time.Duration(tt.want)*time.Second; got != want {
			t.Errorf("from %d to %d: got %v, want %v", tt.since, tt.until, got, want)
		}
	}
}

// One that hangs holds up nobody: the others are asked in time.
func TestProbeDoesNotWait(t *testing.T) {
	p := &Probe{Every: time.Millisecond, Timeout: time.Minute}
	hang := make(chan struct{})
	p.Ask = func(_ context.Context, n int) (string, error) {
		if n == 0 {
			<-hang
		}
		return "server", nil
	}
	start := time.Now()
	p.Start()
	for len(p.Since(start)) < 5 && time.Since(start) < 10*time.Second {
		time.Sleep(time.Millisecond)
	}
	if answers := p.Since(start); len(answers) < 5 || !answers[0].Good() || answers[0].Server != "server" {
		t.Errorf("while one hangs there are %v", answers)
	}
	close(hang)
	p.Stop()
}
