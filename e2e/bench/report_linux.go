package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"
)

// report prints the table of every fleet, then what was to be reached.
func report(w io.Writer, results []*result) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	for _, r := range results {
		r.table(t)
	}
	fmt.Fprintln(t, "target\tof\tto reach\tmeasured\t\t")
	for _, r := range results {
		for _, target := range r.targets() {
			target.row(t)
		}
	}
	linear(t, results)
	return t.Flush()
}

// table has a row for each step: medians, and the median of its ratios to a copy.
func (r *result) table(w io.Writer) {
	clusters := fmt.Sprintf("%d clusters", r.clusters)
	if r.clusters == 1 {
		clusters = "1 cluster"
	}
	fmt.Fprintf(w, "%s hosts, %s, %s files\twall\tCPU\tmemory\twall/cp\tCPU/cp\twall/cp+sync\tCPU/host\t\n", thousands(r.hosts), clusters, thousands(r.files))
	for _, step := range []struct {
		name string
		series
	}{
		{"build, no out/", r.cold},
		{"build, nothing changed", r.unchanged},
		{"build, one address changed", r.oneHost},
		{"cp -r out", r.copied},
		{"cp -r out, sync", r.synced},
		{"cue vet", r.vetted},
	} {
		if len(step.series) == 0 {
			continue
		}
		wall, cpu := step.against(r.copied)
		toSynced, _ := step.against(r.synced)
		fmt.Fprintf(w, "%s\t%s\t%s\t%d MB\t%.2f\t%.2f\t%.2f\t%s\t\n", step.name, milliseconds(step.wall()), milliseconds(step.cpu()), step.memory()>>20,
			wall, cpu, toSynced, microseconds(step.cpu()/time.Duration(r.hosts)))
	}
	fmt.Fprintln(w, "\t\t\t\t\t\t\t\t")
}

// target is a figure that has to be reached.
type target struct {
	what           string
	hosts          int
	most, measured float64
	unit           string
}

func (t target) row(w io.Writer) {
	verdict := "met"
	if t.measured > t.most {
		verdict = "missed"
	}
	fmt.Fprintf(w, "%s\t%s hosts\t≤ %.4g%s\t%.4g%s\t%s\t\n", t.what, thousands(t.hosts), t.most, t.unit, t.measured, t.unit, verdict)
}

// targets are those that a fleet of this size has.
func (r *result) targets() []target {
	var list []target
	if r.vetted != nil {
		wall, cpu := r.cold.against(r.vetted)
		unsynced, _ := r.withoutSync().against(r.vetted)
		list = append(list,
			target{"no out/: wall against cue vet", r.hosts, 1.5, wall, ""},
			target{"no out/: wall less what a sync takes, against cue vet", r.hosts, 1.5, unsynced, ""},
			target{"no out/: CPU against cue vet", r.hosts, 1.5, cpu, ""})
	}
	wall, _ := r.cold.against(r.copied)
	if r.hosts == 10_000 {
		list = append(list,
			target{"no out/: wall against cp -r", r.hosts, 1.5, wall, ""},
			target{"no out/: memory", r.hosts, 600, float64(r.cold.memory() >> 20), " MB"})
	}
	wall, _ = r.unchanged.against(r.copied)
	return append(list, target{"nothing changed: wall against cp -r", r.hosts, 1, wall, ""})
}

// withoutSync is the build less what syncing the copy took: cue vet writes nothing that would have to be synced.
func (r *result) withoutSync() series {
	builds := slices.Clone(r.cold)
	for i := range builds {
		builds[i].wall -= r.synced[i].wall - r.copied[i].wall
	}
	return builds
}

// linear compares what a host costs in large fleets with what it costs in the smallest that isn't mostly the start of the
// program. New files are dearer to the kernel the more there are, so a build that makes them is put beside the copy.
func linear(w io.Writer, results []*result) {
	var base *result
	for _, r := range results {
		switch {
		case r.hosts < 100:
		case base == nil:
			base = r
		default:
			const most = 1.2
			_, cold := r.cold.against(r.copied)
			_, coldBase := base.cold.against(base.copied)
			unchanged := float64(r.unchanged.cpu()) / float64(base.unchanged.cpu()) * float64(base.hosts) / float64(r.hosts)
			target{"no out/: CPU/cp against that of " + thousands(base.hosts) + " hosts", r.hosts, most, cold / coldBase, ""}.row(w)
			target{"nothing changed: CPU/host against that of " + thousands(base.hosts) + " hosts", r.hosts, most, unchanged, ""}.row(w)
		}
	}
}

func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

func milliseconds(d time.Duration) string {
	return thousands(int(d.Round(time.Millisecond).Milliseconds())) + " ms"
}

func microseconds(d time.Duration) string { return thousands(int(d.Microseconds())) + " µs" }
