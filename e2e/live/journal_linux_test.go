package live

import (
	"sync"
	"testing"
	"time"
)

// journal keeps what a program says for the case that the test fails; its last lines then show.
type journal struct {
	t      *testing.T
	prefix string

	mu    sync.Mutex
	lines []string
}

func (l *journal) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, time.Now().Format("15:04:05.000 ")+line)
}

func (l *journal) dump() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.t.Failed() {
		return
	}
	const most = 80
	for _, line := range l.lines[max(0, len(l.lines)-most):] {
		l.t.Logf("%s: %s", l.prefix, line)
	}
}
