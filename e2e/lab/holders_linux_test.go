package lab

import (
	"net/netip"
	"testing"
	"time"
)

func TestHolders(t *testing.T) {
	l := start(t, hosts())
	a, b := l.Host("a"), l.Host("b.example.com")
	w := l.Watch(netip.MustParseAddr("10.77.0.100"))
	const pause = 200 * time.Millisecond
	time.Sleep(pause)
	for _, step := range []func() error{
		func() error {
			_, err := a.Run(t.Context(), "ip", "address", "add", "10.77.0.100/24", "dev", "eth0")
			return err
		},
		func() error {
			_, err := b.Run(t.Context(), "ip", "address", "add", "10.77.0.100/24", "dev", "eth0")
			return err
		},
		a.Crash,
		func() error { return a.Boot(t.Context()) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(pause)
	}
	got, err := w.Stop()
	if err != nil {
		t.Error(err)
	}
	t.Log(got)
	var who []int
	for _, holding := range got.All {
		who = append(who, len(holding.Hosts))
	}
	if len(who) != 4 || who[0] != 0 || who[1] != 1 || who[2] != 2 || who[3] != 1 {
		t.Fatalf("hosts that had it: %v, want none, one, two and one", who)
	}
	if last := got.All[3].Hosts[0]; last != b.Name {
		t.Errorf("after the crash of a, %s has it", last)
	}
	for n := range 3 {
		if longest := got.Longest(n); longest < pause-50*time.Millisecond {
			t.Errorf("%d hosts had it for %v at the longest", n, longest)
		}
	}
}
