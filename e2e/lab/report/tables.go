package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/e2e/lab/failures"
)

// How a section begins, and what it says of what its document published.
const (
	heading     = "\n### "
	asPublished = "As published: "
)

// tables are a section for each system, with what its document's own configuration did beside, and one for each that is tuned, by their
// names.
func tables(all []*failures.Figures) map[string]string {
	sections := map[string]string{}
	for _, f := range all {
		if f.Variant == failures.Published && slices.ContainsFunc(all, func(o *failures.Figures) bool { return o.System == f.System && o.Variant == "" }) {
			continue // beside the other
		}
		var published *failures.Figures
		for _, o := range all {
			if o.System == f.System && o.Variant == failures.Published && f.Variant != failures.Tuned {
				published = o
			}
		}
		if f.Variant == failures.Published {
			f = &failures.Figures{System: f.System}
		}
		var text strings.Builder
		section(&text, f, published)
		sections[f.Name()] = text.String()
	}
	return sections
}

// merge puts sections in the place of those that a text has of the same names. It keeps the others, those of systems that are gone too,
// and those that tell of more than what would come in their place.
func merge(text string, sections map[string]string) string {
	all := maps.Clone(sections)
	for _, section := range strings.Split(text, heading)[1:] {
		name, _, _ := strings.Cut(section, "\n")
		own, published := tells(section)
		if freshOwn, freshPublished := tells(all[name]); own && !freshOwn || published && !freshPublished {
			all[name] = heading + section
		}
	}
	var merged strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		merged.WriteString(all[name])
	}
	return merged.String()
}

// tells says whether a section is of what khagen rendered, and of what its document published.
func tells(section string) (own, published bool) {
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, asPublished) {
			published = true
		} else if len(line) > 4 && line[0] >= '0' && line[0] <= '9' && line[4] == '-' { // the date of a run
			own = true
		}
	}
	return own, published
}

func section(text *strings.Builder, f, published *failures.Figures) {
	fmt.Fprintf(text, heading+"%s\n\n", f.Name())
	about(text, "", f)
	about(text, asPublished, published)
	if published != nil && len(published.Faults) == 0 {
		published = nil // it never ran
	}
	all := faults(f, published)
	if len(all) == 0 {
		return
	}
	text.WriteString("\n| what happens | promised | no read for | no write for | when all is back: no read for | no write for | nobody has the address | two have it | writes acknowledged, lost |")
	if published != nil {
		text.WriteString(" as published: no read for | no write for | when all is back: no read for | nobody has the address | two have it |")
	}
	text.WriteString("\n|---|---|---|---|---|---|---|---|---|")
	if published != nil {
		text.WriteString("---|---|---|---|---|")
	}
	text.WriteString("\n")
	for _, name := range all {
		row(text, name, f.Fault(name), published)
	}
}

// about says what ran, and what has to be known of it.
func about(text *strings.Builder, prefix string, f *failures.Figures) {
	if f == nil || f.Date == "" {
		return
	}
	var ran []string
	for _, program := range slices.Sorted(maps.Keys(f.Versions)) {
		ran = append(ran, program+" "+f.Versions[program])
	}
	text.WriteString(prefix + f.Date)
	if len(ran) > 0 {
		text.WriteString(", with " + strings.Join(ran, ", "))
	}
	text.WriteString(".")
	for _, note := range f.Notes {
		fmt.Fprintf(text, " %s", note)
	}
	text.WriteString("\n")
	if len(f.Broken) == 0 {
		return
	}
	text.WriteString("\n")
	for _, b := range f.Broken {
		fmt.Fprintf(text, "- %s: `%s`\n", b.What, strings.ReplaceAll(oneLine(b.Says), "`", "'"))
	}
}

// faults are the names of those that either has, in the order in which they were done.
func faults(f, published *failures.Figures) []string {
	var all []string
	for _, list := range []*failures.Figures{f, published} {
		if list == nil {
			continue
		}
		for _, fault := range list.Faults {
			if !slices.Contains(all, fault.Fault) {
				all = append(all, fault.Fault)
			}
		}
	}
	return all
}

func row(text *strings.Builder, name string, f *failures.Figure, published *failures.Figures) {
	cells := []string{name, "", "", "", "", "", "", "", ""}
	if f != nil {
		cells[1] = promise(f)
		cells = append(cells[:2], reads(f, f.Happens), writes(f, f.Happens), reads(f, f.Back), writes(f, f.Back), time(f.Nobody), time(f.Two),
			fmt.Sprintf("%d, %d", f.Writes.Acknowledged, f.Writes.Lost))
		if f.Trouble != "" {
			cells[0] += ": " + oneLine(f.Trouble)
		}
	}
	if published != nil {
		p := published.Fault(name)
		if p == nil {
			cells = append(cells, "", "", "", "", "")
		} else {
			cells = append(cells, reads(p, p.Happens), writes(p, p.Happens), reads(p, p.Back), time(p.Nobody), time(p.Two))
		}
	}
	fmt.Fprintf(text, "| %s |\n", strings.Join(cells, " | "))
}

// promise is the bound, with what the definition's own intervals take where that is more.
func promise(f *failures.Figure) string {
	switch {
	case f.Outage || f.Bound == 0:
		return "–"
	case f.Tuning > f.Bound:
		return fmt.Sprintf("%v (its own intervals: %v)", f.Bound, f.Tuning)
	}
	return f.Bound.String()
}

// stalled is from when on a machine's stall is told.
const stalled = failures.Milliseconds(200)

// reads is a gap, in bold where it is longer than promised, with how many requests failed where a gap doesn't say it all.
func reads(f *failures.Figure, e failures.Event) string {
	if e == (failures.Event{}) {
		return ""
	}
	text, lasts := spell(f, e, e.Reads)
	if !f.Outage && f.Bound > 0 && e.Reads > f.Bound+e.Stall {
		text = "**" + text + "**"
	}
	if failed := 100 * e.Failed / max(1, e.Asked); !lasts && !f.Outage && failed > 0 {
		text += fmt.Sprintf("; %d %% failed", failed)
	}
	if e.Stall > stalled {
		text += fmt.Sprintf("; the machine stalled for %v", e.Stall)
	}
	return text
}

func writes(f *failures.Figure, e failures.Event) string {
	if e == (failures.Event{}) {
		return ""
	}
	text, _ := spell(f, e, e.Writes)
	return text
}

// spell says how long a gap was, and whether it hadn't ended when what happened was undone: where reads or writes were served
// meanwhile, theirs is the shorter one by far. Of an outage, which is ended as soon as it was seen, it says how long that was.
func spell(f *failures.Figure, e failures.Event, gap failures.Milliseconds) (text string, lasted bool) {
	outage := f.Outage && e == f.Happens
	switch {
	case outage && 10*gap > 9*e.Took, e.Lasts && 10*gap > 9*max(e.Reads, e.Writes):
		return "all the time", true
	case outage:
		return fmt.Sprintf("%v of %v", gap, e.Took), false
	}
	return gap.String(), false
}

// time is empty where there was none worth telling.
func time(m failures.Milliseconds) string {
	if m < 50 {
		return ""
	}
	return m.String()
}

// oneLine is a text that can stand in a list or a table.
func oneLine(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(cmp.Or(text, "nothing")), " "), "|", "/")
}
