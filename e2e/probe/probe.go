// Package probe asks the same again and again, as many clients do, and tells how they fared while something was done to
// those who answer: how many requests failed, and how long nobody got an answer.
package probe

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Answer is what came of one request.
type Answer struct {
	Asked, Answered time.Time
	Server          string // the one that answered, as Ask tells it
	Err             error
}

// Good tells whether the request succeeded.
func (a Answer) Good() bool { return a.Err == nil }

// Probe asks at fixed times, without waiting for an answer.
type Probe struct {
	Ask     func(ctx context.Context, n int) (server string, err error) // n counts the requests
	Every   time.Duration                                               // from one request to the next
	Timeout time.Duration                                               // of a request

	mu      sync.Mutex
	answers []Answer // as they came
	stalls  []stall  // of requests that started late
	stop    chan struct{}
	running sync.WaitGroup
}

// stall is by how much a request started late, and when.
type stall struct {
	at time.Time
	by time.Duration
}

// Start begins to ask.
func (p *Probe) Start() {
	p.stop = make(chan struct{})
	p.running.Go(p.loop)
}

// Stop ends it, and waits for the last answer.
func (p *Probe) Stop() {
	close(p.stop)
	p.running.Wait()
}

func (p *Probe) loop() {
	next := time.Now()
	for n := 0; ; n++ {
		select {
		case <-p.stop:
			return
		case <-time.After(time.Until(next)):
		}
		if late := time.Since(next); late > time.Millisecond {
			p.mu.Lock()
			p.stalls = append(p.stalls, stall{time.Now(), late})
			p.mu.Unlock()
		}
		p.running.Go(func() {
			a := p.ask(n)
			p.mu.Lock()
			defer p.mu.Unlock()
			p.answers = append(p.answers, a)
		})
		if next = next.Add(p.Every); time.Since(next) > 0 {
			next = time.Now()
		}
	}
}

func (p *Probe) ask(n int) (a Answer) {
	ctx, cancel := context.WithTimeout(context.Background(), p.Timeout)
	defer cancel()
	a.Asked = time.Now()
	a.Server, a.Err = p.Ask(ctx, n)
	a.Answered = time.Now()
	return a
}

// Since gives the answers to what was asked from a moment on, as they came.
func (p *Probe) Since(start time.Time) []Answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.answers), func(a Answer) bool { return a.Asked.Before(start) })
}

// Stall is the longest time that the probe itself had to wait for the processor, between two moments: how busy this machine was.
func (p *Probe) Stall(since, until time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	var longest time.Duration
	for _, s := range p.stalls {
		if s.at.After(since) && s.at.Add(-s.by).Before(until) {
			longest = max(longest, s.by)
		}
	}
	return longest
}

// Summary is how a probe fared from a moment on.
type Summary struct {
	Asked, Failed int
	Gap           time.Duration // the longest time between two good answers; the first can be of before
	Slowest       time.Duration // the longest wait for a good answer
}

// Summary tells how the probe fared from a moment on. A gap that hasn't ended isn't in it.
func (p *Probe) Summary(start time.Time) Summary {
	p.mu.Lock()
	defer p.mu.Unlock()
	var s Summary
	var last time.Time
	for _, a := range p.answers {
		if a.Good() {
			if a.Answered.After(start) && !last.IsZero() {
				s.Gap = max(s.Gap, a.Answered.Sub(last))
			}
			last = a.Answered
		}
		if a.Asked.Before(start) {
			continue
		}
		s.Asked++
		if a.Good() {
			s.Slowest = max(s.Slowest, a.Answered.Sub(a.Asked))
		} else {
			s.Failed++
		}
	}
	return s
}

// String says it for a log.
func (s Summary) String() string {
	round := func(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
	return fmt.Sprintf("%d requests, %d failed, longest gap %v, slowest answer %v", s.Asked, s.Failed, round(s.Gap), round(s.Slowest))
}
