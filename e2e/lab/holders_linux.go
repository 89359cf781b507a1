package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Holders gives the names of the hosts that have an address on their interface. A host without power has none; one that is
// cut off may.
func (l *Lab) Holders(address netip.Addr) ([]string, error) {
	var names []string
	for _, h := range l.hosts {
		addresses, err := h.addresses()
		if err != nil {
			return nil, fmt.Errorf("ask %s for its addresses: %w", h.Name, err)
		}
		if slices.Contains(addresses, address) {
			names = append(names, h.Name)
		}
	}
	return names, nil
}

// addresses gives those of the host's interface.
func (h *Host) addresses() (addresses []netip.Addr, err error) {
	err = h.do(func() error {
		wire, err := net.InterfaceByName(h.interfaceName())
		if err != nil {
			return err
		}
		prefixes, err := wire.Addrs()
		for _, p := range prefixes {
			if prefix, err := netip.ParsePrefix(p.String()); err == nil {
				addresses = append(addresses, prefix.Addr())
			}
		}
		return err
	})
	// A network that is just being made is a file that nothing is mounted on yet.
	if missing := (*net.OpError)(nil); errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.EINVAL) || errors.As(err, &missing) {
		return nil, nil // its power comes or goes this moment
	}
	return addresses, err
}

// do calls f on a thread in the host's network. What f opens stays there; goroutines that f starts do not.
func (h *Host) do(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		network, err := os.Open("/run/netns/" + h.port)
		if err != nil {
			done <- err
			return
		}
		defer network.Close()
		if err := unix.Setns(int(network.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- fmt.Errorf("enter the network of %s: %w", h.Name, err)
			return
		}
		done <- f()
	}()
	return <-done
}

// Watch writes down who has an address, from 20 ms to 20 ms.
type Watch struct {
	lab     *Lab
	address netip.Addr

	mu      sync.Mutex
	seen    []Holding
	err     error
	stop    chan struct{}
	running sync.WaitGroup
}

// Holding is a time in which the same hosts had an address.
type Holding struct {
	From  time.Time
	Hosts []string // none, one or too many
}

// Watch begins to watch an address.
func (l *Lab) Watch(address netip.Addr) *Watch {
	w := &Watch{lab: l, address: address, stop: make(chan struct{})}
	w.running.Go(func() {
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			w.look()
			select {
			case <-w.stop:
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	})
	return w
}

func (w *Watch) look() {
	now := time.Now()
	hosts, err := w.lab.Holders(w.address)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.err = err
		return
	}
	if last := len(w.seen) - 1; last < 0 || !slices.Equal(w.seen[last].Hosts, hosts) {
		w.seen = append(w.seen, Holding{now, hosts})
	}
}

// Stop ends the watch and gives what was seen, in order.
func (w *Watch) Stop() (Holdings, error) {
	close(w.stop)
	w.running.Wait()
	return Holdings{w.seen, time.Now()}, w.err
}

// Holdings are what a watch saw, until it ended.
type Holdings struct {
	All   []Holding
	Until time.Time
}

// lasted is how long the ith holding was so.
func (h Holdings) lasted(i int) time.Duration {
	until := h.Until
	if i+1 < len(h.All) {
		until = h.All[i+1].From
	}
	return until.Sub(h.All[i].From)
}

// Longest gives the longest time that any number of hosts had the address: of none, n is 0.
func (h Holdings) Longest(n int) time.Duration {
	var longest time.Duration
	for i, holding := range h.All {
		if len(holding.Hosts) == n {
			longest = max(longest, h.lasted(i))
		}
	}
	return longest
}

// Several gives all the time that more than one host had the address.
func (h Holdings) Several() time.Duration {
	var all time.Duration
	for i, holding := range h.All {
		if len(holding.Hosts) > 1 {
			all += h.lasted(i)
		}
	}
	return all
}

// String tells who had the address, and for how long.
func (h Holdings) String() string {
	var lines []string
	for i, holding := range h.All {
		who := strings.Join(holding.Hosts, " and ")
		if who == "" {
			who = "nobody"
		}
		lines = append(lines, fmt.Sprintf("%s for %v", who, h.lasted(i).Round(time.Millisecond)))
	}
	return strings.Join(lines, ", then ")
}
