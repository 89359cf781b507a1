package failures

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync"
	"testing"
	"time"
)

// store is an API server that keeps objects as told: what becomes of the nth write.
type store struct {
	mu    sync.Mutex
	asked int
	names []string
	write func(n int, w http.ResponseWriter) (keep bool)
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path != "/api/v1/namespaces/lab/configmaps" {
		http.NotFound(w, r)
		return
	}
	if r.Method == http.MethodPost {
		var object struct{ Metadata struct{ Name string } }
		if err := json.NewDecoder(r.Body).Decode(&object); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.asked++
		if s.write(s.asked, w) {
			s.names = append(s.names, object.Metadata.Name)
		}
		return
	}
	// Pages of two, whatever is asked for.
	first := 0
	_, _ = fmt.Sscan(r.URL.Query().Get("continue"), &first)
	list := map[string]any{}
	var items []any
	for _, name := range s.names[first:min(first+2, len(s.names))] {
		items = append(items, map[string]any{"metadata": map[string]string{"name": name}})
	}
	list["items"] = items
	if first+2 < len(s.names) {
		list["metadata"] = map[string]string{"continue": fmt.Sprint(first + 2)}
	}
	_ = json.NewEncoder(w).Encode(list)
}

// writer begins to write to a store, until the end of the test.
func writer(t *testing.T, s *store) *Writer {
	t.Helper()
	server := httptest.NewTLSServer(s)
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return &Writer{
		Client:    Client{Address: server.Listener.Addr().String(), TLS: &tls.Config{RootCAs: pool, ServerName: "example.com"}},
		Namespace: "lab", Prefix: "w", Every: time.Millisecond, Timeout: 200 * time.Millisecond,
	}
}

// await waits until as many writes have come to something, and ends writing.
func await(t *testing.T, w *Writer, n int) []Write {
	t.Helper()
	w.Start()
	for deadline := time.Now().Add(20 * time.Second); len(w.Writes(time.Time{})) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("there are only %d writes", len(w.Writes(time.Time{})))
		}
	}
	w.Stop()
	return w.Writes(time.Time{})
}

// A write that was acknowledged and is gone is found, whatever else went wrong beside it.
func TestLostWrite(t *testing.T) {
	w := writer(t, &store{write: func(n int, w http.ResponseWriter) bool {
		switch n {
		case 3: // acknowledged and lost
			w.WriteHeader(http.StatusCreated)
			return false
		case 4: // kept, and nobody says so
			time.Sleep(300 * time.Millisecond)
			return true
		case 5:
			w.WriteHeader(http.StatusForbidden)
			return false
		case 6: // etcd's silence: kept all the same
			w.WriteHeader(http.StatusInternalServerError)
			return true
		}
		w.WriteHeader(http.StatusCreated)
		return true
	}})
	writes := await(t, w, 10)
	more := len(writes) - 10 // that came before the writer had ended
	for _, tt := range []struct {
		since time.Time
		want  Sums
	}{
		{writes[0].Asked, Sums{Acknowledged: 7 + more, Refused: 1, Unknown: 2, Found: 6 + more, Lost: 1}},
		{writes[5].Asked, Sums{Acknowledged: 4 + more, Unknown: 1, Found: 4 + more, Lost: 1}}, // what was before may be lost now
	} {
		sums, lost, err := w.Compare(t.Context(), tt.since)
		if err != nil {
			t.Fatal(err)
		}
		if sums != tt.want {
			t.Errorf("got %+v, want %+v", sums, tt.want)
		}
		if want := []string{"w-000003"}; !reflect.DeepEqual(lost, want) {
			t.Errorf("lost are %v, want %v", lost, want)
		}
	}
	if gap := w.Gap(writes[0].Asked, time.Now()); gap < 200*time.Millisecond {
		t.Errorf("the longest gap is %v, and one write hung", gap)
	}
}

// Who reaches nobody has written nothing.
func TestRefusedWrite(t *testing.T) {
	w := writer(t, &store{})
	w.Client.Address = "127.0.0.1:1"
	for _, write := range await(t, w, 2) {
		if write.Outcome != Refused {
			t.Errorf("%s: got %v, %v", write.Name, write.Outcome, write.Err)
		}
	}
}

// A gap is told while it lasts; what was before doesn't count.
func TestGap(t *testing.T) {
	at := func(seconds float64) time.Time { return time.Now().Add(time.Duration(seconds * float64(time.Second))) }
	start := at(-10)
	w := &Writer{writes: []Write{
		{Ended: at(-18)},
		{Ended: at(-11)},
		{Ended: at(-9), Outcome: Unknown},
		{Ended: at(-7)},
		{Ended: at(-6.5)},
		{Ended: at(-4)},
		{Ended: at(-2)},
		{Ended: at(-0.01)},
	}}
	if got, want := w.Gap(start, time.Now()).Round(100*time.Millisecond), 3*time.Second; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	w.writes = append(w.writes[:5], Write{Ended: at(-0.01), Outcome: Refused})
	if got, want := w.Gap(start, time.Now()).Round(100*time.Millisecond), 6500*time.Millisecond; got != want {
		t.Errorf("while a gap lasts: got %v, want %v", got, want)
	}
}
