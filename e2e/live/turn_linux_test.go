package live

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
)

// An API server that stops while connections come in once waited for the goroutine that accepted one of them, and that
// one for it.
func TestAPIServerTurns(t *testing.T) {
	need(t, "ip", "nsenter") // not beside tests that measure time: it keeps the processors busy
	if accepted.Already(t, t.Name()) {
		return
	}
	id := newIdentity(t)
	box := start(t, &rendered.Host{Name: "turns"}, id, sandbox.Interface{
		Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")},
	})
	s := startAPIServer(t, box, backend{"cp1", "192.0.2.1:6443"}, id)
	hung := time.AfterFunc(time.Minute, func() { panic("an API server does not turn") }) // shows all stacks
	defer hung.Stop()
	ctx, cancel := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() { callUntil(ctx, box, s.address) })
	}
	callers.Go(func() { // processes that start have copies of listeners for a moment
		for ctx.Err() == nil {
			_ = box.Command(ctx, "true").Run()
		}
	})
	for range 50 {
		s.turn(t, refusing)
		s.turn(t, hanging)
		s.turn(t, refusing)
		s.turn(t, ready)
		time.Sleep(time.Millisecond)
	}
	cancel()
	callers.Wait()
}

// callUntil connects again and again until ctx is done.
func callUntil(ctx context.Context, box *sandbox.Host, address string) {
	for ctx.Err() == nil {
		_ = box.Do(func() error {
			for range 100 {
				if conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address); err == nil {
					conn.Close()
				}
			}
			return nil
		})
	}
}
