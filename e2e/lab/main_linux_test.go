package lab

import (
	"context"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/accepted"
)

func TestMain(m *testing.M) { os.Exit(Run(m.Run)) }

// need skips where there can be no lab, or fails in CI.
func need(t *testing.T) {
	t.Helper()
	if err := Available(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// known tells whether a test passed before, on the same machine and with the same lab: no cluster is judged by these.
func known(t *testing.T) bool {
	t.Helper()
	packages, err := ImagePackages()
	if err != nil {
		return false
	}
	state, err := accepted.Program(packages)
	return err == nil && accepted.Already(t, t.Name(), state)
}

// hosts is a lab of a and b, which are .11 and .12 of a network in which the test is .1.
func hosts() Spec {
	prefix := func(text string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(text)} }
	return Spec{
		Addresses: prefix("10.77.0.1/24"),
		Hosts:     []HostSpec{{Name: "a", Addresses: prefix("10.77.0.11/24")}, {Name: "b.example.com", Addresses: prefix("10.77.0.12/24")}},
		Names:     map[string]netip.Addr{"api.example.com": netip.MustParseAddr("10.77.0.100")},
	}
}

// start starts a lab that is closed at the end of the test.
func start(t *testing.T, spec Spec) *Lab {
	t.Helper()
	need(t)
	began := time.Now()
	l, err := Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d hosts are up after %v", len(spec.Hosts), time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// shell gives what a script on a host says, and how it failed.
func shell(t *testing.T, h *Host, script string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	output, err := h.Run(ctx, "sh", "-c", script)
	if err != nil {
		return "error: " + err.Error()
	}
	return output
}

// over gives what a script says by ssh, and how it failed.
func over(t *testing.T, h *Host, script string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	output, err := h.SSH(ctx, script).CombinedOutput()
	if err != nil {
		return "error: " + err.Error() + ": " + string(output)
	}
	return strings.TrimSpace(string(output))
}
