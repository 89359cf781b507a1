package delivery

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/khagen/khagen/internal/topology"
)

type (
	// shape is how a box is drawn: what stands around its label.
	shape struct{ left, right string }
	// frame is where hosts of a tier are drawn: the tier itself, or a zone in it.
	frame struct {
		id, indent string
		together   bool // all in one box, however many they are
	}
)

var (
	rectangle = shape{`["`, `"]`}
	round     = shape{`(["`, `"])`}
	hexagon   = shape{`{{"`, `"}}`}
	cylinder  = shape{`[("`, `")]`}
)

// chart is a Mermaid flowchart that is being written.
type chart struct {
	text  strings.Builder
	taken map[string]bool // ids
	marks map[string]bool // classes that are used
	ids   map[string]bool // tiers that are there
}

func (d *chart) edge(from, to string) { fmt.Fprintf(&d.text, "  %s --> %s\n", from, to) }

// tier draws a row of hosts, those of a zone in a frame of their own.
func (d *chart) tier(t tier) {
	if len(t.hosts) == 0 {
		return
	}
	d.ids[t.id] = true
	fmt.Fprintf(&d.text, "  subgraph %s[\"%s\"]\n", d.id(t.id), label(t.title))
	zones := zonesOf(t.hosts)
	if boxes(t.hosts, zones) > mostOfTier {
		d.hosts(frame{t.id, "    ", true}, t, t.hosts)
		zones = nil
	}
	for _, zone := range zones {
		in := inZone(t.hosts, zone)
		if zone == "" {
			d.hosts(frame{t.id, "    ", false}, t, in)
			continue
		}
		id := t.id + "_zone_" + zone
		fmt.Fprintf(&d.text, "    subgraph %s[\"%s\"]\n", d.id(id), label("zone "+zone))
		d.hosts(frame{id, "      ", false}, t, in)
		d.text.WriteString("    end\n")
	}
	d.text.WriteString("  end\n")
}

func zonesOf(hosts []*topology.Host) []string {
	var zones []string
	for _, h := range hosts {
		zones = append(zones, h.Spec.Zone)
	}
	slices.SortFunc(zones, topology.CompareNatural)
	return slices.Compact(zones)
}

func inZone(hosts []*topology.Host, zone string) []*topology.Host {
	return slices.DeleteFunc(slices.Clone(hosts), func(h *topology.Host) bool { return h.Spec.Zone != zone })
}

// boxes counts those that a tier needs, with the hosts of each zone in one where they are many.
func boxes(hosts []*topology.Host, zones []string) int {
	count := 0
	for _, z := range zones {
		if n := len(inZone(hosts, z)); n > mostOfZone {
			count++
		} else {
			count += n
		}
	}
	return count
}

// hosts draws a box for each, or one for all that are active where they are many, or have to be together.
func (d *chart) hosts(f frame, t tier, hosts []*topology.Host) {
	if active := topology.Active(hosts); len(active) > mostOfZone || f.together && len(active) > 1 {
		span := active[0].Name + " … " + active[len(active)-1].Name
		d.box(f.indent+f.id+"_all", rectangle, fmt.Sprintf("%d %s", len(active), t.noun), span)
		hosts = slices.DeleteFunc(slices.Clone(hosts), (*topology.Host).IsActive)
	}
	if len(hosts) > mostOfTier { // of those that come and go
		d.box(f.indent+f.id+"_changing", rectangle, fmt.Sprintf("%d that join or leave", len(hosts)))
		return
	}
	for _, h := range hosts {
		lines := []string{h.Name, addresses(h.Addresses(), "")}
		if t.detail != nil && t.detail(h) != "" {
			lines = append(lines, t.detail(h))
		}
		box := rectangle
		if !h.IsActive() {
			lines = append(lines, h.Spec.State)
			box.right += ":::" + h.Spec.State
			d.marks[h.Spec.State] = true
		}
		d.box(f.indent+t.id+"_"+h.Name, box, lines...)
	}
}

// box draws one, with a line of text for each of the lines. Its name comes after the indent.
func (d *chart) box(name string, s shape, lines ...string) {
	for i, l := range lines {
		lines[i] = label(l)
	}
	word := strings.TrimLeft(name, " ")
	indent := name[:len(name)-len(word)]
	d.text.WriteString(indent + d.id(word) + s.left + strings.Join(lines, "<br/>") + s.right + "\n")
}

// id makes a word of Mermaid's that no other has: other characters than these end it, or begin something else.
func (d *chart) id(name string) string {
	word := strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '_'
	}, name)
	id := word
	for n := 2; d.taken[id]; n++ {
		id = word + "_" + strconv.Itoa(n)
	}
	d.taken[id] = true
	return id
}

// label writes text as Mermaid shows it: what has a meaning in its language, HTML or Markdown becomes a number.
func label(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" .,:/-_'…[]()", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
