package tree

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// Diff gathers what plans would change, each identical hunk once with the places that it concerns. The zero Diff is
// empty; Add fills it.
type Diff struct {
	hunks map[hunkKey]*Hunk
}

// Hunk is one piece of difference.
type Hunk struct {
	Path     string   `json:"path"`             // below out/<cluster>/; of a host's file with * for the host
	Op       Op       `json:"op"`               // what happens to the file
	Mode     string   `json:"mode,omitempty"`   // "0755" where a file comes or its mode changes
	OldStart int      `json:"oldStart"`         // first line, from 1; 0 where there is none; in the first of Where
	OldLines int      `json:"oldLines"`         //
	NewStart int      `json:"newStart"`         //
	NewLines int      `json:"newLines"`         //
	Binary   bool     `json:"binary,omitempty"` // not text: no lines
	Lines    []string `json:"lines"`            // each with a first character: blank, -, + or \ as in unified diffs
	Where    []Place  `json:"where"`            // in the order of the clusters
}

// Place names hosts of a cluster; without hosts, the cluster as a whole.
type Place struct {
	Cluster string   `json:"cluster"`
	Hosts   []string `json:"hosts,omitempty"` // in natural order
}

type hunkKey struct {
	path, mode, body string
	op               Op
}

// Add takes in the changes of a plan that was neither staged nor committed. It keeps no more of it than the hunks.
func (d *Diff) Add(p *Plan) error {
	for i := range p.Changes {
		c := &p.Changes[i]
		old, err := c.Old()
		if err != nil {
			return err
		}
		host := c.Host()
		for _, h := range hunksOf(c, old) {
			d.add(h, p.Cluster, host)
		}
	}
	return nil
}

func (d *Diff) add(h Hunk, cluster, host string) {
	key := hunkKey{path: h.Path, mode: h.Mode, op: h.Op, body: strings.Join(h.Lines, "\n")}
	if d.hunks == nil {
		d.hunks = map[hunkKey]*Hunk{}
	}
	known := d.hunks[key]
	if known == nil {
		known = &h
		d.hunks[key] = known
	}
	if n := len(known.Where); n == 0 || known.Where[n-1].Cluster != cluster {
		known.Where = append(known.Where, Place{Cluster: cluster})
	}
	if host != "" {
		last := &known.Where[len(known.Where)-1]
		last.Hosts = append(last.Hosts, host)
	}
}

// Empty tells whether nothing would change.
func (d *Diff) Empty() bool { return len(d.hunks) == 0 }

// Hunks gives the hunks in the order of their paths and lines.
func (d *Diff) Hunks() []Hunk {
	list := make([]Hunk, 0, len(d.hunks))
	for _, h := range d.hunks {
		slices.SortFunc(h.Where, func(a, b Place) int { return cmp.Compare(a.Cluster, b.Cluster) })
		for i := range h.Where {
			slices.SortFunc(h.Where[i].Hosts, compareNatural)
			h.Where[i].Hosts = slices.Compact(h.Where[i].Hosts) // a hunk can stand twice in one file
		}
		list = append(list, *h)
	}
	slices.SortFunc(list, func(a, b Hunk) int {
		return cmp.Or(
			comparePaths(a.Path, b.Path),
			cmp.Compare(a.OldStart, b.OldStart),
			cmp.Compare(a.NewStart, b.NewStart),
			slices.CompareFunc(a.Where, b.Where, comparePlaces),
			cmp.Compare(a.Op, b.Op),
			slices.Compare(a.Lines, b.Lines),
			cmp.Compare(a.Mode, b.Mode),
		)
	})
	return list
}

func comparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.Cluster, b.Cluster), slices.CompareFunc(a.Hosts, b.Hosts, compareNatural))
}

// hunksOf gives the hunks of one file.
func hunksOf(c *Change, old []byte) []Hunk {
	base := Hunk{Path: starred(c.Path), Op: c.Op}
	var list []Hunk
	if c.Op == OpAdd || c.Was != c.Mode {
		base.Mode = modeString(c.Mode)
	}
	switch {
	case bytes.IndexByte(old, 0) >= 0 || bytes.IndexByte(c.New, 0) >= 0:
		base.Binary = c.Op != OpMode
		list = []Hunk{base}
	case c.Op == OpAdd:
		h := base
		h.Lines = prefixed('+', c.New)
		h.NewLines, h.NewStart = count(h.Lines)
		list = []Hunk{h}
	case c.Op == OpRemove:
		h := base
		h.Mode = ""
		h.Lines = prefixed('-', old)
		h.OldLines, h.OldStart = count(h.Lines)
		list = []Hunk{h}
	case c.Op == OpMode:
		list = []Hunk{base}
	default:
		list = changed(base, old, c.New)
	}
	return list
}

// changed gives the hunks between two texts; the mode, where it differs too, stands at the first.
func changed(base Hunk, old, new []byte) []Hunk {
	var list []Hunk
	for line := range strings.Lines(string(diff.Diff("a", old, "b", new))) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "@@ ") {
			h := base
			h.OldStart, h.OldLines, h.NewStart, h.NewLines = ranges(line)
			list = append(list, h)
			base.Mode = ""
			continue
		}
		if len(list) > 0 {
			last := &list[len(list)-1]
			last.Lines = append(last.Lines, line)
		}
	}
	return list
}

// ranges reads the numbers of "@@ -1,3 +1,4 @@".
func ranges(line string) (oldStart, oldLines, newStart, newLines int) {
	fmt.Sscanf(line, "@@ -%d,%d +%d,%d @@", &oldStart, &oldLines, &newStart, &newLines)
	return oldStart, oldLines, newStart, newLines
}

const noNewline = `\ No newline at end of file`

// prefixed gives the lines of a text, each behind a character.
func prefixed(mark byte, text []byte) []string {
	var lines []string
	for line := range strings.Lines(string(text)) {
		lines = append(lines, string(mark)+strings.TrimSuffix(line, "\n"))
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		lines = append(lines, noNewline)
	}
	return lines
}

// count gives the number of lines, and of the first of them.
func count(lines []string) (n, start int) {
	for _, line := range lines {
		if line != noNewline {
			n++
		}
	}
	return n, min(n, 1)
}

// starred gives the path with * for the host.
func starred(path string) string {
	host := hostOf(path)
	if host == "" {
		return path
	}
	return "hosts/*/" + strings.TrimPrefix(path, "hosts/"+host+"/")
}

func modeString(mode fs.FileMode) string { return fmt.Sprintf("%04o", mode.Perm()) }
