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
	Path     string  `json:"path"`             // below out/<cluster>/; of a host's file with * for the host
	Op       Op      `json:"op"`               // what happens to the file
	Mode     string  `json:"mode,omitempty"`   // "0644" or "0755" where a file comes or its mode changes
	OldStart int     `json:"oldStart"`         // first line, from 1, in the file of the first host in Where; 0: no line
	OldLines int     `json:"oldLines"`         //
	NewStart int     `json:"newStart"`         //
	NewLines int     `json:"newLines"`         //
	Binary   bool    `json:"binary,omitempty"` // not text, so Text is empty
	Text     string  `json:"text"`             // lines, each behind a blank, -, + or \ as in unified diffs
	Where    []Place `json:"where"`            // in the order of the clusters

	first Place // the place with the numbers above
}

// Place names hosts of a cluster; without hosts, the cluster as a whole.
type Place struct {
	Cluster string   `json:"cluster"`
	Hosts   []string `json:"hosts,omitempty"` // in natural order
}

type hunkKey struct {
	path, mode, text string
	op               Op
	again            int // how often the same stands further up in the file
}

// Add takes in the changes of a plan that was neither staged nor committed. It keeps no more of it than the hunks. In
// which order plans are added makes no difference; only one can be added at a time.
func (d *Diff) Add(p *Plan) error {
	for i := range p.Changes {
		c := &p.Changes[i]
		old, err := c.Old()
		if err != nil {
			return err
		}
		host := c.Host()
		hunks, err := hunksOf(c, old)
		if err != nil {
			return err
		}
		for j, h := range hunks {
			key := hunkKey{path: h.Path, mode: h.Mode, op: h.Op, text: h.Text}
			for _, earlier := range hunks[:j] {
				if earlier.Text == h.Text {
					key.again++
				}
			}
			d.add(key, h, p.Cluster, host)
		}
	}
	return nil
}

func (d *Diff) add(key hunkKey, h Hunk, cluster, host string) {
	if d.hunks == nil {
		d.hunks = map[hunkKey]*Hunk{}
	}
	known := d.hunks[key]
	if h.first = (Place{Cluster: cluster, Hosts: []string{host}}); known == nil {
		known = &h
		d.hunks[key] = known
	} else if comparePlaces(h.first, known.first) < 0 {
		h.Where = known.Where
		*known = h
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
			cmp.Compare(a.Text, b.Text),
			cmp.Compare(a.Mode, b.Mode),
		)
	})
	return list
}

func comparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.Cluster, b.Cluster), slices.CompareFunc(a.Hosts, b.Hosts, compareNatural))
}

// hunksOf gives the hunks of one file.
func hunksOf(c *Change, old []byte) ([]Hunk, error) {
	base := Hunk{Path: starred(c.Path), Op: c.Op}
	if c.Op == OpAdd || c.Op != OpRemove && c.Was != c.Mode {
		base.Mode = modeString(c.Mode)
	}
	switch {
	case c.Op == OpMode:
	case bytes.IndexByte(old, 0) >= 0 || bytes.IndexByte(c.New, 0) >= 0:
		base.Binary = true
	case c.Op == OpAdd:
		base.Text, base.NewLines = prefixed('+', c.New)
		base.NewStart = min(base.NewLines, 1)
	case c.Op == OpRemove:
		base.Text, base.OldLines = prefixed('-', old)
		base.OldStart = min(base.OldLines, 1)
	default:
		return changed(base, old, c.New)
	}
	return []Hunk{base}, nil
}

// changed gives the hunks between two texts; the mode, where it differs too, stands at the first.
func changed(base Hunk, old, new []byte) ([]Hunk, error) {
	var list []Hunk
	text := string(diff.Diff("a", old, "b", new))
	start := strings.Index(text, "\n@@ ") + 1
	for start < len(text) {
		head, rest, _ := strings.Cut(text[start:], "\n")
		body, _, more := strings.Cut(rest, "\n@@ ")
		h := base
		h.Text = body
		if more {
			h.Text = rest[:len(body)+1]
		}
		if _, err := fmt.Sscanf(head, "@@ -%d,%d +%d,%d @@", &h.OldStart, &h.OldLines, &h.NewStart, &h.NewLines); err != nil {
			return nil, fmt.Errorf("read %q: %w", head, err)
		}
		list = append(list, h)
		base.Mode = ""
		start += len(head) + 1 + len(h.Text)
	}
	return list, nil
}

// prefixed gives the lines of a text, each behind a character, and their number.
func prefixed(mark byte, content []byte) (text string, lines int) {
	var b strings.Builder
	b.Grow(len(content) + len(content)/16 + 1)
	for line := range bytes.Lines(content) {
		lines++
		b.WriteByte(mark)
		b.Write(line)
	}
	if len(content) > 0 && content[len(content)-1] != '\n' {
		b.WriteString("\n\\ No newline at end of file\n")
	}
	return b.String(), lines
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
