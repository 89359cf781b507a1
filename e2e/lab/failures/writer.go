package failures

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"
)

// Outcome is what a client knows of a write.
type Outcome int

// What a write can come to.
const (
	Acknowledged Outcome = iota // it is there, and has to stay
	Refused                     // it isn't there: nobody was reached, or whoever was said no
	Unknown                     // it may be there or not: no answer came, or one that leaves it open
)

// Write is one object that a client tried to create.
type Write struct {
	Name         string
	Asked, Ended time.Time
	Outcome      Outcome
	Err          error // nil where it was acknowledged
}

// Writer creates one ConfigMap after the other, on a connection that it keeps as long as it can, and remembers what was
// answered.
type Writer struct {
	Client    Client
	Namespace string        // has to be there
	Prefix    string        // of the objects' names, which end in a number
	Every     time.Duration // from one write to the next, unless that one takes longer
	Timeout   time.Duration // of a write

	transport *http.Transport
	mu        sync.Mutex
	writes    []Write
	stop      chan struct{}
	running   sync.WaitGroup
}

// Start begins to write.
func (w *Writer) Start() {
	w.transport = w.Client.transport(true)
	w.stop = make(chan struct{})
	w.running.Go(func() {
		for n := 1; ; n++ {
			next := time.Now().Add(w.Every)
			write := w.write(n)
			w.mu.Lock()
			w.writes = append(w.writes, write)
			w.mu.Unlock()
			select {
			case <-w.stop:
				return
			case <-time.After(time.Until(next)):
			}
		}
	})
}

// Stop ends it, and waits for the last write.
func (w *Writer) Stop() {
	close(w.stop)
	w.running.Wait()
	w.transport.CloseIdleConnections()
}

func (w *Writer) write(n int) Write {
	ctx, cancel := context.WithTimeout(context.Background(), w.Timeout)
	defer cancel()
	write := Write{Name: fmt.Sprintf("%s-%06d", w.Prefix, n), Asked: time.Now()}
	write.Outcome, write.Err = w.create(ctx, write.Name)
	write.Ended = time.Now()
	return write
}

func (w *Writer) collection() string { return "/api/v1/namespaces/" + w.Namespace + "/configmaps" }

func (w *Writer) create(ctx context.Context, name string) (Outcome, error) {
	object, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]string{"name": name, "namespace": w.Namespace},
	})
	if err != nil {
		return Refused, err
	}
	connected := false // before that, nobody can have read a byte
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = true }})
	request, err := w.Client.request(ctx, http.MethodPost, w.collection(), bytes.NewReader(object))
	if err != nil {
		return Refused, err
	}
	response, err := w.transport.RoundTrip(request)
	switch {
	case err != nil && !connected:
		return Refused, err
	case err != nil:
		return Unknown, err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return Unknown, err
	}
	switch code := response.StatusCode; {
	case code == http.StatusCreated:
		return Acknowledged, nil
	case code >= 400 && code < 500 && code != http.StatusConflict: // a conflict is with what an earlier try left
		return Refused, fmt.Errorf("status %d", code)
	default: // a server's own trouble, such as etcd's silence, leaves open what became of it
		return Unknown, fmt.Errorf("status %d", code)
	}
}

// Writes gives those that were asked from a moment on, in order.
func (w *Writer) Writes(since time.Time) []Write {
	w.mu.Lock()
	defer w.mu.Unlock()
	var writes []Write
	for _, write := range w.writes {
		if !write.Asked.Before(since) {
			writes = append(writes, write)
		}
	}
	return writes
}

// Gap gives the longest time without an acknowledged write between two moments.
func (w *Writer) Gap(since, until time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var acknowledged []time.Time
	for _, write := range w.writes {
		if write.Outcome == Acknowledged {
			acknowledged = append(acknowledged, write.Ended)
		}
	}
	from, to := longest(acknowledged, since, until)
	return to.Sub(from)
}

// Sums says what became of writes.
type Sums struct {
	Acknowledged int `json:"acknowledged"`
	Refused      int `json:"refused"`
	Unknown      int `json:"unknown"`
	Found        int `json:"found"` // of those that were acknowledged
	Lost         int `json:"lost"`  // acknowledged at any time, and not there
}

// Compare lists all objects that are there and holds all writes against them: what was acknowledged long ago has to be there, too.
// It counts those since a moment. lost are the names of acknowledged ones that aren't there.
func (w *Writer) Compare(ctx context.Context, since time.Time) (sums Sums, lost []string, err error) {
	writes := w.Writes(time.Time{})
	there, err := w.list(ctx)
	if err != nil {
		return Sums{}, nil, fmt.Errorf("list what was written: %w", err)
	}
	for _, write := range writes {
		if write.Outcome == Acknowledged && !there[write.Name] {
			lost = append(lost, write.Name)
		}
		if write.Asked.Before(since) {
			continue
		}
		switch write.Outcome {
		case Refused:
			sums.Refused++
		case Unknown:
			sums.Unknown++
		case Acknowledged:
			sums.Acknowledged++
			if there[write.Name] {
				sums.Found++
			}
		}
	}
	sums.Lost = len(lost)
	return sums, lost, nil
}

// pageSize is how many objects are asked for at once.
const pageSize = 500

// list gives the names of all objects of the namespace. Without a resource version each first page is read by quorum.
func (w *Writer) list(ctx context.Context) (map[string]bool, error) {
	names := map[string]bool{}
	for next := ""; ; {
		query := url.Values{"limit": {fmt.Sprint(pageSize)}}
		if next != "" {
			query.Set("continue", next)
		}
		var page struct {
			Metadata struct{ Continue string }
			Items    []struct {
				Metadata struct{ Name string }
			}
		}
		if err := w.Client.get(ctx, w.collection()+"?"+query.Encode(), &page); err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			names[item.Metadata.Name] = true
		}
		if next = page.Metadata.Continue; next == "" {
			return names, nil
		}
	}
}
