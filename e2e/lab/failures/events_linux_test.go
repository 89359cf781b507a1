package failures

import (
	"errors"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/probe"
)

// TestReadGap: a gap begins with the last good answer, or the moment itself, and ends with the next, or hasn't.
func TestReadGap(t *testing.T) {
	start := time.Now()
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	good := func(seconds int) probe.Answer { return probe.Answer{Asked: at(seconds), Answered: at(seconds)} }
	bad := probe.Answer{Asked: at(5), Answered: at(5), Err: errors.New("no")}
	for _, tt := range []struct {
		answers             []probe.Answer
		since, until        int
		wantFrom, wantUntil int
	}{
		{nil, 2, 6, 2, 6},
		{[]probe.Answer{good(1), good(3), bad, good(7), good(8)}, 2, 9, 3, 7},
		{[]probe.Answer{good(1), good(3), bad, good(7)}, 2, 20, 7, 20},
		{[]probe.Answer{good(8)}, 2, 9, 2, 8},
	} {
		from, to := gap(tt.answers, at(tt.since), at(tt.until))
		if from != at(tt.wantFrom) || to != at(tt.wantUntil) {
			t.Errorf("got %v to %v, want %d s to %d s", from.Sub(start), to.Sub(start), tt.wantFrom, tt.wantUntil)
		}
	}
}
