package main

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
)

func TestEach(t *testing.T) {
	const n = 100
	var done [n]atomic.Int32
	err := each(t.Context(), n, func(i int) error {
		done[i].Add(1)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range done {
		if got := done[i].Load(); got != 1 {
			t.Errorf("%d was done %d times, want once", i, got)
		}
	}
}

func TestEachStops(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(cancel func()) error
		want string
	}{
		{"an error", func(func()) error { return errors.New("disk full") }, "disk full"},
		{"a signal", func(cancel func()) error { cancel(); return nil }, "interrupted, nothing was changed"},
		{"a panic", func(func()) error { panic("no such host") }, "a bug in github.com/khagen/khagen/cmd/khagen.TestEachStops."},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var begun atomic.Int32
			err := each(ctx, 1000, func(int) error {
				begun.Add(1)
				return c.do(cancel)
			})
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("gives %v, want %s", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "goroutine") {
				t.Errorf("%v shows a stack", err)
			}
			if got := begun.Load(); got > maxWorkers {
				t.Errorf("%d were begun, want none after the first", got)
			}
		})
	}
}
