package failures

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Figures are what a run measured of one system.
type Figures struct {
	System   string            `json:"system"`            // as the folder of overlays/ is called
	Variant  string            `json:"variant,omitempty"` // empty for what khagen renders of it as it is
	Date     string            `json:"date"`              // of the run, as 2026-01-31
	Versions map[string]string `json:"versions"`          // of what ran, by program; kernel is the machine's
	Notes    []string          `json:"notes,omitempty"`   // what a reader has to know of how it ran
	Broken   []Broken          `json:"broken,omitempty"`  // what didn't start, or doesn't do what it is for
	Faults   []Figure          `json:"faults"`
}

// What can be beside a system as khagen renders it.
const (
	Published = "published" // its document's own configuration
	Tuned     = "tuned"     // rendered of the same without the document's intervals: it has to keep all bounds
)

// Broken is a program that refuses its configuration, or one that doesn't do what it is for.
type Broken struct {
	What string `json:"what"`
	Says string `json:"says"` // the program's own words
}

// Figure is what one fault did.
type Figure struct {
	Fault   string       `json:"fault"`
	Hosts   []string     `json:"hosts"` // that it was done to
	Bound   Milliseconds `json:"bound"` // of gaps of reads, as promised of every system; 0: none
	Tuning  Milliseconds `json:"tuning,omitempty"`
	Outage  bool         `json:"outage,omitempty"` // nothing can answer while it lasts
	Happens Event        `json:"happens"`
	Back    Event        `json:"back"`

	Holders [3]string    `json:"holders"` // of the virtual address: before, after it happened, after all was back
	Nobody  Milliseconds `json:"nobody"`  // the longest time without a holder
	Two     Milliseconds `json:"two"`     // all time with more than one
	Writes  Sums         `json:"writes"`
	Trouble string       `json:"trouble,omitempty"` // why it could not be measured to its end

	held string // who had the address, for a log
}

// Event is how clients fared from a moment on, at which something was done or undone.
type Event struct {
	Reads  Milliseconds `json:"reads"`           // the longest time in which no read was answered
	Writes Milliseconds `json:"writes"`          // the longest time in which no write was acknowledged
	Asked  int          `json:"asked"`           // reads
	Failed int          `json:"failed"`          // reads
	Stall  Milliseconds `json:"stall"`           // the longest time in that of reads in which the machine had no processor for the probe
	Took   Milliseconds `json:"took,omitempty"`  // all of it
	Lasts  bool         `json:"lasts,omitempty"` // it hadn't ended when it was undone
}

// String says it for a log.
func (e Event) String() string {
	text := fmt.Sprintf("no read for %v, no write for %v of %v, %d of %d reads failed", e.Reads, e.Writes, e.Took, e.Failed, e.Asked)
	if e.Stall > 0 {
		text += fmt.Sprintf(", the machine stalled for %v", e.Stall)
	}
	return text
}

// Met says whether reads kept the bound both when it happened and when all was back. The machine's own stalls are not
// counted.
func (f *Figure) Met() bool { return f.within(f.Bound) }

// Kept says the same of the bound or, where that is slower, of the definition's own tuning.
func (f *Figure) Kept() bool { return f.within(max(f.Bound, f.Tuning)) }

// within says whether reads kept a limit, where anything is promised.
func (f *Figure) within(limit Milliseconds) bool {
	if f.Trouble != "" {
		return false
	}
	if f.Bound == 0 {
		return true
	}
	for _, e := range f.events() {
		if e.Reads > limit+e.Stall {
			return false
		}
	}
	return f.Nobody <= limit+max(f.Happens.Stall, f.Back.Stall)
}

func (f *Figure) events() []Event {
	if f.Outage {
		return nil
	}
	return []Event{f.Happens, f.Back}
}

// Milliseconds is a time as figures have it.
type Milliseconds int64

func milliseconds(d time.Duration) Milliseconds {
	return Milliseconds(d.Round(time.Millisecond) / time.Millisecond)
}

// Duration gives it as Go has times.
func (m Milliseconds) Duration() time.Duration { return time.Duration(m) * time.Millisecond }

// String says it for a log or a table.
func (m Milliseconds) String() string { return fmt.Sprintf("%.1f s", m.Duration().Seconds()) }

// Name is what the figures' file is called, without its ending.
func (f *Figures) Name() string {
	if f.Variant == "" {
		return f.System
	}
	return f.System + "-" + f.Variant
}

// Fault gives what a fault did; nil where it wasn't done.
func (f *Figures) Fault(name string) *Figure {
	for i := range f.Faults {
		if f.Faults[i].Fault == name {
			return &f.Faults[i]
		}
	}
	return nil
}

// Write writes figures into a file of a folder, which it makes.
func (f *Figures) Write(folder string) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(f); err != nil {
		return err
	}
	return f.put(folder, ".json", text.Bytes())
}

// summarize leaves a line for each fault in a text file of a folder, which it makes.
func (f *Figures) summarize(folder string) error {
	var text bytes.Buffer
	for i := range f.Faults {
		fault := &f.Faults[i]
		fmt.Fprintf(&text, "%s: %s: %v", f.Name(), fault.Fault, fault.Happens)
		if fault.Back != (Event{}) {
			fmt.Fprintf(&text, "; when all was back %v", fault.Back)
		}
		if fault.Bound > 0 && !fault.Outage {
			fmt.Fprintf(&text, "; %v promised", fault.Bound)
		}
		fmt.Fprintf(&text, "; nobody had the address for %v, two for %v; %d writes acknowledged, %d lost\n",
			fault.Nobody, fault.Two, fault.Writes.Acknowledged, fault.Writes.Lost)
	}
	return f.put(folder, ".txt", text.Bytes())
}

func (f *Figures) put(folder, ending string, text []byte) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, f.Name()+ending), text, 0o644)
}

// Read reads a file of figures.
func Read(path string) (*Figures, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := new(Figures)
	if err := json.Unmarshal(text, f); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return f, nil
}
