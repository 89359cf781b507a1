package tree

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
)

// Summary is a plan in a few numbers, and the paths behind them.
type Summary struct {
	Cluster string   `json:"cluster"`
	Add     []string `json:"add"`    // paths below out/<cluster>/
	Change  []string `json:"change"` // the execute bit alone included
	Remove  []string `json:"remove"`
	Foreign []string `json:"foreign"` // files that khagen didn't write where they would reach hosts
}

// Summary sums a plan up.
func (p *Plan) Summary() Summary {
	s := Summary{Cluster: p.Cluster, Add: []string{}, Change: []string{}, Remove: []string{}, Foreign: []string{}}
	for _, c := range p.Changes {
		switch c.Op {
		case OpAdd:
			s.Add = append(s.Add, c.Path)
		case OpRemove:
			s.Remove = append(s.Remove, c.Path)
		default:
			s.Change = append(s.Change, c.Path)
		}
	}
	s.Foreign = append(s.Foreign, p.ForeignDelivered()...)
	return s
}

// Empty tells whether the folder is as it has to be.
func (s Summary) Empty() bool {
	return len(s.Add)+len(s.Change)+len(s.Remove)+len(s.Foreign) == 0
}

// maxPaths is how many paths of a kind a summary shows; the rest is counted.
const maxPaths = 10

// Text gives the summary for people: its line, and below it the first of the paths, each with what is to happen there.
// The name of out/ stands before them, so that they can be opened from where khagen runs.
func (s Summary) Text(out string) string {
	var b strings.Builder
	b.WriteString(s.String() + "\n")
	var stale []string
	for _, part := range []struct {
		op    Op
		paths []string
	}{{OpAdd, s.Add}, {OpChange, s.Change}, {OpRemove, s.Remove}} {
		for _, p := range part.paths {
			stale = append(stale, fmt.Sprintf("%-7s %s", part.op, s.place(out, p)))
		}
	}
	writeSome(&b, stale)
	var foreign []string
	for _, p := range s.Foreign {
		foreign = append(foreign, "foreign "+s.place(out, p))
	}
	writeSome(&b, foreign)
	return b.String()
}

func (s Summary) place(out, p string) string { return path.Join(filepath.ToSlash(out), s.Cluster, p) }

// writeSome writes the first lines, indented, and how many more there are.
func writeSome(b *strings.Builder, lines []string) {
	for i, line := range lines {
		if i == maxPaths {
			fmt.Fprintf(b, "  and %d more\n", len(lines)-i)
			return
		}
		b.WriteString("  " + line + "\n")
	}
}

// String gives one line: "static-pods: 3 files to add, 1 to change, 2 to remove".
func (s Summary) String() string {
	var parts []string
	for _, part := range []struct {
		paths []string
		what  string
	}{{s.Add, "to add"}, {s.Change, "to change"}, {s.Remove, "to remove"}, {s.Foreign, "that khagen didn't write"}} {
		switch n := len(part.paths); {
		case n == 0:
		case len(parts) == 0:
			parts = append(parts, counted(n, "file")+" "+part.what)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, part.what))
		}
	}
	if len(parts) == 0 {
		return s.Cluster + ": up to date"
	}
	return s.Cluster + ": " + strings.Join(parts, ", ")
}
