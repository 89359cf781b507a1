package tree

import (
	"cmp"
	"io/fs"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// workersFor says how many workers n hosts are worth. Few hosts are done before a second worker has started; more than
// a few workers wait for the same disk.
func workersFor(n int) int {
	if n < 16 {
		return 1
	}
	return min(runtime.GOMAXPROCS(0), 4)
}

// parallel calls do once for each i below n, from several workers.
func parallel(workers, n int, do func(worker, i int)) {
	var next atomic.Int64
	work := func(worker int) {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			do(worker, i)
		}
	}
	var wait sync.WaitGroup
	for worker := 1; worker < workers; worker++ {
		wait.Go(func() { work(worker) })
	}
	work(0)
	wait.Wait()
}

func sortEntries(entries []fs.DirEntry) {
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
}
