package main

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
)

// errInterrupted says that a signal ended the run.
var errInterrupted = errors.New("interrupted, nothing was changed")

const (
	maxWorkers        = 4 // each holds a rendered cluster in memory
	clustersPerWorker = 4 // fewer are done before another worker has started
)

// each calls do for every index below n, from several goroutines where there are many. After an error or a signal it
// begins no more. A panic comes back as an error that words it for people.
func each(ctx context.Context, n int, do func(i int) error) error {
	workers := max(1, min(n/clustersPerWorker, runtime.GOMAXPROCS(0), maxWorkers))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					cancel(bug(r))
				}
			}()
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					cancel(err)
				}
			}
		})
	}
	wait.Wait()
	if ctx.Err() == nil {
		return nil
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return errInterrupted
}
