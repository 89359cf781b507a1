package tree

import (
	"bytes"
	"fmt"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// The colours of a diff on a terminal.
const (
	bold  = "\x1b[1m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	cyan  = "\x1b[36m"
	plain = "\x1b[m"
)

// Text gives the diff in unified form, with the name of out/ before the paths. A file of several hosts has * for them in
// its name, and each hunk says behind its line numbers, which are those of the first, whom it concerns. The diff of one
// host's file is one that patch -p0 and git apply -p0 take where khagen runs.
func (d *Diff) Text(out string, colour bool) []byte {
	t := text{out: path.Clean(filepath.ToSlash(out)), colour: colour}
	d.files(t.file)
	return t.buf.Bytes()
}

// TextHostsFirst is Text with what is beside the hosts' files in the end.
func (d *Diff) TextHostsFirst(out string, colour bool) []byte {
	t := text{out: path.Clean(filepath.ToSlash(out)), colour: colour}
	d.hostsFirst(t.file)
	return t.buf.Bytes()
}

// FileText is the diff of one path.
type FileText struct {
	Path string // below out/, with * for what differs
	Text string // as Diff.Text has it
}

// Files gives the diff as TextHostsFirst does, cut into files.
func (d *Diff) Files(out string) []FileText {
	var files []FileText
	d.hostsFirst(func(hunks []Hunk) {
		t := text{out: path.Clean(filepath.ToSlash(out))}
		t.file(hunks)
		files = append(files, FileText{scopeOf(hunks).name(hunks[0].Path), t.buf.String()})
	})
	return files
}

// files gives the hunks file by file.
func (d *Diff) files(take func([]Hunk)) {
	hunks := d.Hunks()
	for len(hunks) > 0 {
		n := 1
		for n < len(hunks) && hunks[n].Path == hunks[0].Path {
			n++
		}
		take(hunks[:n])
		hunks = hunks[n:]
	}
}

// hostsFirst gives what hosts and the cluster get before what is beside it and repeats it: manifests, READMEs, what delivers.
func (d *Diff) hostsFirst(take func([]Hunk)) {
	var beside [][]Hunk
	d.files(func(hunks []Hunk) {
		if isBeside(hunks[0].Path) {
			beside = append(beside, hunks)
		} else {
			take(hunks)
		}
	})
	for _, hunks := range beside {
		take(hunks)
	}
}

// isBeside says whether a path below out/<cluster>/ reaches no host by itself.
func isBeside(p string) bool {
	top, _, _ := strings.Cut(p, "/")
	return top == "README.md" || top == "ansible" || top == "salt" || isManifest(p)
}

type text struct {
	buf    bytes.Buffer
	out    string
	colour bool
}

func (t *text) line(colour, format string, args ...any) {
	if !t.colour || colour == "" {
		fmt.Fprintf(&t.buf, format+"\n", args...)
		return
	}
	t.buf.WriteString(colour)
	fmt.Fprintf(&t.buf, format, args...)
	t.buf.WriteString(plain + "\n")
}

// file prints the hunks of one path; it has a heading for those that add, change and remove the file.
func (t *text) file(hunks []Hunk) {
	for _, ops := range [][]Op{{OpRemove}, {OpAdd}, {OpChange, OpMode}} {
		var some []Hunk
		for _, h := range hunks {
			for _, op := range ops {
				if h.Op == op {
					some = append(some, h)
				}
			}
		}
		if len(some) > 0 {
			t.hunks(some)
		}
	}
}

func (t *text) hunks(hunks []Hunk) {
	scope := scopeOf(hunks)
	name := path.Join(t.out, scope.name(hunks[0].Path))
	before, after := name, name
	switch hunks[0].Op {
	case OpAdd:
		before = "/dev/null"
	case OpRemove:
		after = "/dev/null"
	}
	if mode := modeOf(hunks[0]); mode != "" && scope.label(hunks[0].Where) == "" {
		after += "\t" + mode // where tools expect, and skip, the time of the file
	}
	t.line(bold, "--- %s", before)
	t.line(bold, "+++ %s", after)
	for _, h := range hunks {
		label := scope.label(h.Where)
		if mode := modeOf(h); mode != "" && label != "" {
			t.line(cyan, "%s%s", mode, label)
		}
		if h.Binary {
			t.line(cyan, "not text, not shown%s", label)
		}
		if h.Text == "" {
			continue
		}
		t.line(cyan, "@@ -%s +%s @@%s", lineRange(h.OldStart, h.OldLines), lineRange(h.NewStart, h.NewLines), label)
		for line := range strings.Lines(h.Text) {
			t.line(colourOf(line), "%s", strings.TrimSuffix(line, "\n"))
		}
	}
}

// modeOf words the mode that a file gets, where it is worth a word.
func modeOf(h Hunk) string {
	switch {
	case h.Op != OpAdd && h.Mode != "":
		return "new mode " + h.Mode
	case h.Mode == "0755":
		return "mode " + h.Mode
	}
	return ""
}

func colourOf(line string) string {
	switch line[0] {
	case '-':
		return red
	case '+':
		return green
	}
	return ""
}

func lineRange(start, lines int) string {
	if lines == 1 {
		return strconv.Itoa(start)
	}
	return strconv.Itoa(start) + "," + strconv.Itoa(lines)
}

// scope is what all hunks under one heading have in common: the cluster, the host, or neither ("").
type scope struct{ cluster, host string }

func scopeOf(hunks []Hunk) scope {
	first := hunks[0].Where[0]
	s := scope{cluster: first.Cluster}
	if len(first.Hosts) > 0 {
		s.host = first.Hosts[0]
	}
	for _, h := range hunks {
		for _, p := range h.Where {
			if p.Cluster != s.cluster {
				return scope{}
			}
			if len(p.Hosts) > 1 || len(p.Hosts) == 1 && p.Hosts[0] != s.host {
				s.host = ""
			}
		}
	}
	return s
}

// name gives a path below out/, with * for what differs.
func (s scope) name(below string) string {
	cluster := s.cluster
	if cluster == "" {
		cluster = "*"
	}
	if s.host != "" {
		below = strings.Replace(below, "hosts/*/", "hosts/"+s.host+"/", 1)
	}
	return cluster + "/" + below
}

// label says whom a hunk concerns, as far as the heading doesn't: " 50 hosts: node1 … node50".
func (s scope) label(where []Place) string {
	if s.host != "" || s.cluster != "" && len(where[0].Hosts) == 0 {
		return ""
	}
	if s.cluster != "" {
		return " " + hostList(where[0].Hosts)
	}
	clusters := make([]string, len(where))
	hosts := 0
	for i, p := range where {
		clusters[i] = p.Cluster
		hosts += len(p.Hosts)
	}
	switch {
	case hosts == 0:
		return " " + counted(len(clusters), "cluster") + ": " + compactNames(clusters)
	case len(where) > 3:
		return fmt.Sprintf(" %s of %s: %s", counted(hosts, "host"), counted(len(clusters), "cluster"), compactNames(clusters))
	}
	parts := make([]string, len(where))
	for i, p := range where {
		parts[i] = p.Cluster + ": " + hostList(p.Hosts)
	}
	return " " + strings.Join(parts, "; ")
}

func hostList(hosts []string) string {
	if len(hosts) == 1 {
		return hosts[0]
	}
	return counted(len(hosts), "host") + ": " + compactNames(hosts)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
