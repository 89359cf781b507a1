package failures

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/probe"
	"github.com/khagen/khagen/e2e/rendered"
)

const (
	// slack is by how much a machine that is busy with other things may miss a bound. Whoever wants a report wants a quiet machine.
	slack = 3
	// patience is how long a system may take to be whole again, on a machine with much else to do.
	patience = 4 * time.Minute
	// settled is how long it may take until clients are served again while a fault lasts. After that it is undone.
	settled = 30 * time.Second
	// quiet is how long all has to be well before something is done: longer than clients wait, so that who waits is seen.
	quiet = 2 * clientTimeout
	// steady is how long an outage is kept up that nothing can end.
	steady = 5 * time.Second
	// clientTimeout is how long clients wait for an answer.
	clientTimeout = time.Second
)

// run is a system with its clients.
type run struct {
	System
	probe   *probe.Probe
	writer  *Writer
	servers map[string]string // hosts by the serial numbers of their API servers' certificates
	figures *Figures
	lost    bool // the system isn't what it was: nothing that happens to it now says anything
}

// Run does each fault to a system that is well, undoes it, and holds the system to the bounds; it writes the figures, too, where
// a report is wanted.
func Run(t *testing.T, s System, faults []Fault) *Figures {
	t.Helper()
	r := start(t, s)
	for _, f := range faults {
		t.Run(f.Name, func(t *testing.T) { r.fault(t, f) })
		if r.lost {
			t.Errorf("after %q nothing more was done to %s", f.Name, r.Name)
			break
		}
	}
	return r.figures
}

// keep writes the figures that there are so far: a run may end before its time. make e2e shows the summary.
func (r *run) keep(t *testing.T) {
	t.Helper()
	root, err := rendered.Repository()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.figures.summarize(filepath.Join(root, "e2e/.cache/figures")); err != nil {
		t.Error(err)
	}
	if folder := ReportFolder(); folder != "" {
		if err := r.figures.Write(folder); err != nil {
			t.Error(err)
		}
	}
}

// start has clients ask and write until the end of the test.
func start(t *testing.T, s System) *run {
	t.Helper()
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	r := &run{System: s}
	r.probe = &probe.Probe{
		Every: 20 * time.Millisecond, Timeout: clientTimeout,
		Ask: func(ctx context.Context, _ int) (string, error) { return s.Client.answers(ctx) },
	}
	r.probe.Start()
	t.Cleanup(r.probe.Stop)
	r.writer = &Writer{
		Client: s.Client, Namespace: s.Namespace, Prefix: fmt.Sprintf("lab-%x", time.Now().Unix()),
		Every: 50 * time.Millisecond, Timeout: clientTimeout,
	}
	r.writer.Start()
	t.Cleanup(r.writer.Stop)
	if err := r.whole(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	versions, err := s.versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.figures = &Figures{
		System: r.Name, Variant: r.Variant, Date: time.Now().UTC().Format(time.DateOnly),
		Versions: versions, Notes: r.Notes, Broken: r.Broken,
	}
	return r
}

// fault does and undoes one.
func (r *run) fault(t *testing.T, f Fault) {
	figure := Figure{Fault: f.Name, Bound: milliseconds(f.Bound), Outage: f.Outage}
	if f.Tuning > f.Bound && r.Variant != Tuned {
		figure.Tuning = milliseconds(f.Tuning)
	}
	defer func() {
		r.figures.Faults = append(r.figures.Faults, figure)
		r.keep(t)
	}()
	if err := r.measure(t.Context(), f, &figure); err != nil {
		figure.Trouble = firstLine(err.Error())
		t.Error(err)
	}
	r.tell(t, f, &figure)
	if !r.Watched {
		hold(t, &figure)
	}
}

// hold holds a figure to its bound, or to the definition's own tuning where that is slower.
func hold(t *testing.T, f *Figure) {
	t.Helper()
	limit := max(f.Bound, f.Tuning)
	if ReportFolder() == "" {
		limit = max(slack*f.Bound, f.Bound+f.Tuning)
	}
	if f.Writes.Lost > 0 {
		t.Errorf("%d writes that were acknowledged are lost", f.Writes.Lost)
	}
	if f.Trouble == "" && !f.within(limit) {
		t.Errorf("promised are %v, allowed %v: reads had no answer for %v, then for %v, and nobody had the address for %v",
			f.Bound, limit, f.Happens.Reads, f.Back.Reads, f.Nobody)
	}
}

// measure fills in a figure.
func (r *run) measure(ctx context.Context, f Fault, figure *Figure) error {
	now, err := r.well(ctx, patience, true)
	if err != nil {
		r.lost = true
		return fmt.Errorf("before: %w", err)
	}
	figure.Holders[0] = now.holder
	if f.change != nil {
		return r.bring(ctx, f, figure)
	}
	hosts := r.labHosts(f.hosts(now))
	if len(hosts) == 0 {
		return errors.New("no host of the lab can have it")
	}
	for _, h := range hosts {
		figure.Hosts = append(figure.Hosts, h.Name)
	}
	watch, began := r.watch(), time.Now()
	happened := r.happen(ctx, f, hosts, figure)
	back := r.undo(ctx, f, hosts, figure)
	return errors.Join(happened, back, watch(figure), r.compare(ctx, began, figure))
}

// bring brings a change and waits until the system is whole.
func (r *run) bring(ctx context.Context, f Fault, figure *Figure) error {
	watch, began := r.watch(), time.Now()
	brought := f.change(ctx)
	whole := r.whole(ctx, "after "+f.Name)
	now, well := r.well(ctx, patience, true)
	r.lost = brought != nil || whole != nil || well != nil
	figure.Holders[2] = now.holder
	figure.Happens = r.event(began)
	return errors.Join(brought, whole, well, watch(figure), r.compare(ctx, began, figure))
}

// happen does a fault and waits until clients are served again, as far as they can be.
func (r *run) happen(ctx context.Context, f Fault, hosts []*lab.Host, figure *Figure) error {
	began := time.Now()
	if err := onAll(ctx, hosts, f.do); err != nil {
		return fmt.Errorf("do it: %w", err)
	}
	done := time.Now()
	if f.Outage || f.Bound == 0 {
		time.Sleep(steady)
		figure.Happens = r.event(began)
		return r.silent(f, done)
	}
	if err := r.noticed(ctx, f, hosts, figure.Holders[0]); err != nil {
		return err
	}
	time.Sleep(quiet)
	now, err := r.well(ctx, settled, false)
	figure.Holders[1] = now.holder
	figure.Happens = r.event(began)
	figure.Happens.Lasts = err != nil
	return nil
}

// noticed waits until whoever should notice a fault has: for as long as that may take at most, or until the address has left a host
// that can't serve it, which then has nothing left that clients could feel later.
func (r *run) noticed(ctx context.Context, f Fault, hosts []*lab.Host, holder string) error {
	fails := func(name string) bool {
		return slices.ContainsFunc(hosts, func(h *lab.Host) bool { return h.Name == name })
	}
	most := max(f.Bound, f.Tuning)
	if f.Part != Balancer && f.Part != Address || !fails(holder) {
		time.Sleep(most)
		return nil
	}
	for deadline := time.Now().Add(most); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
		if holders, err := r.Lab.Holders(r.vip()); err != nil || len(holders) == 1 && !fails(holders[0]) {
			return err
		}
	}
	return ctx.Err()
}

// silent says which write was acknowledged from a moment on, although nobody could keep it.
func (r *run) silent(f Fault, since time.Time) error {
	for _, write := range r.writer.Writes(since) {
		if f.Outage && write.Outcome == Acknowledged {
			return fmt.Errorf("%s was acknowledged, asked %v after nobody could keep it", write.Name, write.Asked.Sub(since))
		}
	}
	return nil
}

// undo undoes a fault and waits until the system is whole.
func (r *run) undo(ctx context.Context, f Fault, hosts []*lab.Host, figure *Figure) error {
	began := time.Now()
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := onAll(limited, hosts, f.undo); err != nil {
		r.lost = true
		return fmt.Errorf("undo it: %w", err)
	}
	home := r.rightful()
	returns := home != "" && figure.Holders[1] != "" && figure.Holders[1] != home // once all is noticed, which well waits for
	if !f.Outage && !returns {
		time.Sleep(max(f.Bound, f.Tuning))
	}
	err := r.whole(ctx, "after all is back")
	now, failed := r.well(ctx, patience, true)
	if returns && failed == nil {
		time.Sleep(quiet) // what answered well so far may be who had the address until now
		now, failed = r.well(ctx, patience, true)
	}
	r.lost = err != nil || failed != nil
	figure.Holders[2] = now.holder
	figure.Back = r.event(began)
	return errors.Join(err, failed)
}

// compare holds all writes against what is there, and counts those since a moment.
func (r *run) compare(ctx context.Context, since time.Time, figure *Figure) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	sums, lost, err := r.writer.Compare(limited, since)
	figure.Writes = sums
	if len(lost) > 0 {
		err = errors.Join(err, fmt.Errorf("lost are %s", strings.Join(lost, ", ")))
	}
	return err
}

func (r *run) labHosts(names []string) []*lab.Host {
	var hosts []*lab.Host
	for _, name := range names {
		if h := r.host(name); h != nil {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// onAll calls f for all hosts at once.
func onAll(ctx context.Context, hosts []*lab.Host, f func(context.Context, *lab.Host) error) error {
	errs := make([]error, len(hosts))
	var running sync.WaitGroup
	for i, h := range hosts {
		running.Go(func() { errs[i] = f(ctx, h) })
	}
	running.Wait()
	return errors.Join(errs...)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
