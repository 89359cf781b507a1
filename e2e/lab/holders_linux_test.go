package lab

import (
	"net/netip"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/sandbox"
)

func TestHolders(t *testing.T) {
	if known(t) {
		return
	}
	l := start(t, hosts())
	// A host of the other kind beside them changes nothing.
	box, err := sandbox.Start(sandbox.Spec{Name: "client", Interfaces: []sandbox.Interface{
		{Name: "eth0", Bridge: Bridge, Addresses: []netip.Prefix{netip.MustParsePrefix("10.77.0.50/24")}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	if output, err := box.Command(t.Context(), "bash", "-c", "exec 3<>/dev/tcp/10.77.0.11/22 && head -c 4 <&3").CombinedOutput(); err != nil || string(output) != "SSH-" {
		t.Errorf("a host of the sandbox reaches one of the lab: %s, %v", output, err)
	}
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
