package main

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/khagen/khagen/e2e/lab/failures"
)

var update = flag.Bool("update", false, "rewrite testdata/page.md")

// all are a system that keeps what is promised but for one bound, beside its document's, the same tuned, a document alone, and a
// system whose document nothing could happen to, and the document of one that wasn't measured anew.
func all() []*failures.Figures {
	writes := failures.Sums{Acknowledged: 200, Unknown: 1, Found: 200}
	return []*failures.Figures{
		{
			System: "one", Date: "2026-01-31", Versions: map[string]string{"nginx": "1.22.1", "Kubernetes": "1.36.3"}, Notes: []string{"On a quiet machine."},
			Faults: []failures.Figure{
				{
					Fault: "nginx is stopped", Hosts: []string{"a"}, Bound: 6000, Tuning: 9000, Holders: [3]string{"a", "b", "a"}, Writes: writes,
					Happens: failures.Event{Reads: 7100, Writes: 7400, Asked: 500, Failed: 100}, Back: failures.Event{Reads: 40, Writes: 70, Asked: 300},
					Nobody: 20, Two: 22,
				},
				{
					Fault: "API server hangs", Hosts: []string{"c"}, Bound: 3000, Holders: [3]string{"a", "a", "a"}, Writes: writes,
					Happens: failures.Event{Reads: 3400, Writes: 4000, Asked: 300, Failed: 90, Stall: 500}, Back: failures.Event{Reads: 40, Writes: 70, Asked: 300},
				},
				{
					Fault: "all hosts lose power", Hosts: []string{"a", "b"}, Outage: true, Holders: [3]string{"a", "", "b"}, Writes: writes,
					Happens: failures.Event{Reads: 8000, Writes: 9800, Took: 10000, Asked: 500, Failed: 400},
					Back:    failures.Event{Reads: 21000, Writes: 22500, Asked: 1000, Failed: 900}, Nobody: 14000,
				},
			},
		},
		{
			System: "one", Variant: failures.Published, Date: "2026-01-30", Versions: map[string]string{"nginx": "1.22.1"},
			Faults: []failures.Figure{
				{
					Fault: "nginx is stopped", Hosts: []string{"a"}, Bound: 6000, Holders: [3]string{"a", "a", "a"}, Writes: writes,
					Happens: failures.Event{Reads: 38000, Writes: 38010, Lasts: true, Asked: 1900, Failed: 1900}, Back: failures.Event{Reads: 900, Writes: 900, Asked: 300, Failed: 40},
				},
				{ // writes went on, over another server
					Fault: "API server hangs", Hosts: []string{"c"}, Bound: 3000, Holders: [3]string{"a", "a", "a"}, Writes: writes,
					Happens: failures.Event{Reads: 43000, Writes: 70, Lasts: true, Asked: 2100, Failed: 2100}, Back: failures.Event{Reads: 40, Writes: 70, Asked: 300},
				},
			},
		},
		{
			System: "one", Variant: failures.Tuned, Date: "2026-01-31", Versions: map[string]string{"nginx": "1.22.1"}, Notes: []string{"Without its intervals."},
			Faults: []failures.Figure{{
				Fault: "nginx is stopped", Hosts: []string{"a"}, Bound: 6000, Holders: [3]string{"a", "b", "a"}, Writes: writes,
				Happens: failures.Event{Reads: 5100, Writes: 5400, Asked: 500, Failed: 100}, Back: failures.Event{Reads: 40, Writes: 70, Asked: 300},
			}},
		},
		{
			System: "two", Variant: failures.Published, Date: "2026-01-30",
			Broken: []failures.Broken{{What: "haproxy does not start", Says: "[ALERT] line 9:\n'nbproc' | `gone`"}},
		},
		{
			System: "three", Date: "2026-01-31", Versions: map[string]string{"Kubernetes": "1.36.3"},
			Faults: []failures.Figure{{
				Fault: "API server is killed", Hosts: []string{"a"}, Bound: 3000, Writes: writes,
				Happens: failures.Event{Reads: 40, Writes: 70, Asked: 300}, Back: failures.Event{Reads: 40, Writes: 70, Asked: 300},
			}},
		},
		{
			System: "three", Variant: failures.Published, Date: "2026-01-30", Versions: map[string]string{"Kubernetes": "1.36.3"},
			Notes:  []string{"Nothing of it starts."},
			Broken: []failures.Broken{{What: "kubeadm does not start", Says: "error: unknown flag: --gone"}},
		},
		{System: "four", Variant: failures.Published, Date: "2026-01-30"},
	}
}

// A page keeps what stands around its tables and those of systems that there are no figures of, and the same figures give the same page.
func TestReport(t *testing.T) {
	folder := t.TempDir()
	for _, f := range all() {
		if err := f.Write(folder); err != nil {
			t.Fatal(err)
		}
	}
	page := filepath.Join(folder, "page.md")
	if err := os.WriteFile(page, []byte("# Before\n\n"+begin+"old\n\n### one\n\n2026-01-01.\n\n### one-more\n\n2026-01-01. Kept.\n"+
		"\n### four\n\n2026-01-01. Kept, since it tells of more.\nAs published: 2026-01-01.\n"+end+"\nAfter.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		missed, err := report(folder, page)
		if err != nil {
			t.Fatal(err)
		}
		if len(missed) > 0 {
			t.Errorf("missed are %v", missed)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/page.md"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// What a document's own intervals don't excuse is missed, and so is a lost write; what the document itself does is not held
// against anybody.
func TestMissed(t *testing.T) {
	figures := all()
	figures[0].Faults[0].Happens.Reads = 9001
	figures[0].Faults[1].Happens.Reads = 3501
	figures[0].Faults[2].Writes.Lost = 1
	figures[2].Faults[0].Happens.Reads = 6001
	want := []string{
		"one: nginx is stopped: no read for 9.0 s, then for 0.0 s",
		"one: API server hangs: no read for 3.5 s, then for 0.0 s",
		"one: all hosts lose power: 1 acknowledged writes are lost",
		"one-tuned: nginx is stopped: no read for 6.0 s, then for 0.0 s",
	}
	if got := missed(figures); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
