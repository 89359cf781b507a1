package live

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/probe"
)

// dialer opens a client's connections; n counts them.
type dialer func(ctx context.Context, n int) (net.Conn, error)

// client asks /readyz again and again, without waiting for an answer.
type client struct{ *probe.Probe }

// startClient runs a client until the end of the test.
func startClient(t *testing.T, id identity, timeout time.Duration, dial dialer) *client {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(id.authority)
	// The name in the certificate proves that nothing between here and the API server ends TLS.
	config := &tls.Config{RootCAs: pool, ServerName: "kubernetes"}
	c := &client{&probe.Probe{Ask: probe.HTTPS(dial, config, "/readyz"), Every: 20 * time.Millisecond, Timeout: timeout}}
	c.Start()
	t.Cleanup(c.Stop)
	return c
}

// row is a number of answers, one after the other, that are good, each by itself and all together.
type row struct {
	n     int
	good  func(probe.Answer) bool
	whole func([]probe.Answer) bool // any will do where it is nil
}

// waitFor waits for such a row of answers to what is asked from now on.
func (c *client) waitFor(t *testing.T, what string, limit time.Duration, want row) {
	t.Helper()
	start := time.Now()
	for time.Since(start) < limit {
		inRow := 0
		answers := c.Since(start)
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
	answers := c.Since(start)
	last := "none"
	if len(answers) > 0 {
		a := answers[len(answers)-1]
		last = fmt.Sprintf("%q, %v", a.Server, a.Err)
	}
	t.Fatalf("%s: not within %v; the last of %d answers: %s", what, limit, len(answers), last)
}
