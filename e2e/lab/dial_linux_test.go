package lab

import (
	"bufio"
	"strings"
	"testing"
)

// What the test dials from a host goes out there: to the host's own loopback, and to others from its own address.
func TestDial(t *testing.T) {
	if known(t) {
		return
	}
	l := start(t, hosts())
	a := l.Host("a")
	for address, from := range map[string]string{"127.0.0.1:22": "127.0.0.1:", "10.77.0.12:22": "10.77.0.11:"} {
		conn, err := a.Dial(t.Context(), address)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := conn.LocalAddr().String(); !strings.HasPrefix(got, from) {
			t.Errorf("to %s: from %s, want %s", address, got, from)
		}
		if hello, err := bufio.NewReader(conn).ReadString('\n'); !strings.HasPrefix(hello, "SSH-2.0-") {
			t.Errorf("%s says %q, %v", address, hello, err)
		}
		conn.Close()
	}
	if err := a.Crash(); err != nil {
		t.Fatal(err)
	}
	if conn, err := a.Dial(t.Context(), "127.0.0.1:22"); err == nil {
		conn.Close()
		t.Error("a host without power dials")
	}
}
