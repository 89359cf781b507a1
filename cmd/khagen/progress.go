package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// A build that is done within progressDelay shows no progress.
const (
	progressDelay = time.Second
	progressEvery = 200 * time.Millisecond
)

// progress is a line on a terminal that says how far a long build is. The zero value, as that of a stderr that is no
// terminal, shows nothing.
type progress struct {
	out  io.Writer
	stop chan struct{}
	gone sync.WaitGroup

	mu   sync.Mutex
	step string
}

// startProgress shows the line on out once the build takes long. Done ends it.
func startProgress(out io.Writer) *progress {
	p := &progress{out: out, stop: make(chan struct{})}
	p.gone.Go(p.show)
	return p
}

// set says what is going on: "render shop-prod (12 of 500)".
func (p *progress) set(format string, args ...any) {
	if p.out == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step = fmt.Sprintf(format, args...)
}

// done takes the line away.
func (p *progress) done() {
	if p.out == nil {
		return
	}
	close(p.stop)
	p.gone.Wait()
}

func (p *progress) show() {
	const clearLine = "\r\x1b[K"
	shown := false
	wait := progressDelay
	for {
		select {
		case <-p.stop:
			if shown {
				fmt.Fprint(p.out, clearLine)
			}
			return
		case <-time.After(wait):
		}
		p.mu.Lock()
		step := p.step
		p.mu.Unlock()
		fmt.Fprint(p.out, clearLine, step)
		shown, wait = true, progressEvery
	}
}
