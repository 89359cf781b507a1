package live

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// dialer opens a client's connections; n counts them.
type dialer func(ctx context.Context, n int) (net.Conn, error)

// answer is one request of a client, on a connection of its own.
type answer struct {
	asked, answered time.Time
	server          string // the name of the one that answered
	err             error
}

// client asks /readyz again and again, without waiting for an answer.
type client struct {
	dial     dialer
	tls      *tls.Config
	interval time.Duration // from one request to the next
	timeout  time.Duration // of a request

	mu      sync.Mutex
	answers []answer      // as they came
	stalled time.Duration // the longest that a request started late: how busy this machine is
	stop    chan struct{}
	running sync.WaitGroup
}

// startClient runs a client until the end of the test.
func startClient(t *testing.T, id identity, c *client) *client {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(id.authority)
	// The name in the certificate proves that nothing between here and the API server ends TLS.
	c.tls = &tls.Config{RootCAs: pool, ServerName: "kubernetes"}
	c.stop = make(chan struct{})
	c.running.Go(c.loop)
	t.Cleanup(func() { close(c.stop); c.running.Wait() })
	return c
}

func (c *client) loop() {
	next := time.Now()
	for n := 0; ; n++ {
		select {
		case <-c.stop:
			return
		case <-time.After(time.Until(next)):
		}
		c.mu.Lock()
		c.stalled = max(c.stalled, time.Since(next))
		c.mu.Unlock()
		c.running.Go(func() {
			a := c.ask(n)
			c.mu.Lock()
			defer c.mu.Unlock()
			c.answers = append(c.answers, a)
		})
		if next = next.Add(c.interval); time.Since(next) > 0 {
			next = time.Now()
		}
	}
}

func (c *client) ask(n int) (a answer) {
	a.asked = time.Now()
	defer func() { a.answered = time.Now() }()
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	transport := &http.Transport{DisableKeepAlives: true, DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := c.dial(ctx, n)
		if err != nil {
			return nil, err
		}
		secured := tls.Client(conn, c.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, err
		}
		return secured, nil
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://kubernetes/readyz", nil)
	if err != nil {
		a.err = err
		return a
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		a.err = err
		return a
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", response.StatusCode)
	}
	a.server, a.err = string(body), err
	return a
}

// since gives the answers to what was asked from a moment on, as they came.
func (c *client) since(start time.Time) []answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.answers), func(a answer) bool { return a.asked.Before(start) })
}

// stall is the longest time that the client had to wait for the processor.
func (c *client) stall() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stalled
}

// row is a number of answers, one after the other, that are good, each by itself and all together.
type row struct {
	n     int
	good  func(answer) bool
	whole func([]answer) bool // any will do where it is nil
}

// waitFor waits for such a row of answers to what is asked from now on.
func (c *client) waitFor(t *testing.T, what string, limit time.Duration, want row) {
	t.Helper()
	start := time.Now()
	for time.Since(start) < limit {
		inRow := 0
		answers := c.since(start)
		for i, a := range answers {
			if !want.good(a) {
				inRow = 0
				continue
			}
			inRow++
			if last := answers[i+1-min(inRow, want.n) : i+1]; len(last) == want.n && (want.whole == nil || want.whole(last)) {
				return
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	answers := c.since(start)
	last := "none"
	if len(answers) > 0 {
		a := answers[len(answers)-1]
		last = fmt.Sprintf("%q, %v", a.server, a.err)
	}
	t.Fatalf("%s: not within %v; the last of %d answers: %s", what, limit, len(answers), last)
}

// summary is how a client fared from a moment on.
type summary struct {
	asked, failed int
	gap           time.Duration // the longest time between two good answers; the first can be of before
	slowest       time.Duration // the longest wait for a good answer
}

func (c *client) summary(start time.Time) summary {
	c.mu.Lock()
	defer c.mu.Unlock()
	var s summary
	var last time.Time
	for _, a := range c.answers {
		if a.err == nil {
			if a.answered.After(start) && !last.IsZero() {
				s.gap = max(s.gap, a.answered.Sub(last))
			}
			last = a.answered
		}
		if a.asked.Before(start) {
			continue
		}
		s.asked++
		if a.err != nil {
			s.failed++
		} else {
			s.slowest = max(s.slowest, a.answered.Sub(a.asked))
		}
	}
	return s
}

func (s summary) String() string {
	round := func(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
	return fmt.Sprintf("%d requests, %d failed, longest gap %v, slowest answer %v", s.asked, s.failed, round(s.gap), round(s.slowest))
}

func good(a answer) bool { return a.err == nil }
