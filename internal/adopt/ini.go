package adopt

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/khagen/khagen/schema"
)

// iniReader reads an inventory in Ansible's INI.
type iniReader struct {
	inv      *inventory
	file     string
	line     int
	group    *group // of the section; nil above the first
	kind     string // of the section: "", "vars" or "children"
	problems schema.Errors
}

var (
	sectionLine = regexp.MustCompile(`^\[([^\[\]:\s]+)(?::(\w+))?\]\s*(?:[#;].*)?$`)
	assignment  = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$`)
	groupName   = regexp.MustCompile(`^[A-Za-z0-9_][-A-Za-z0-9_.]*$`)
)

// readINI adds an inventory in INI.
func readINI(inv *inventory, file string, data []byte) schema.Errors {
	r := &iniReader{inv: inv, file: file}
	for raw := range bytes.Lines(data) {
		r.line++
		text := strings.TrimSpace(strings.TrimPrefix(string(raw), "\ufeff"))
		if text != "" && text[0] != '#' && text[0] != ';' {
			r.read(text)
		}
		if len(r.problems) > 20 {
			break
		}
	}
	for name, g := range inv.groups {
		if !g.declared && name != "all" && name != "ungrouped" {
			r.problems = append(r.problems, schema.Error{
				Pos: g.place, Problem: "no group " + name,
				Hint: "a child of a group has a section of its own: [" + name + "]",
			})
		}
	}
	return r.problems
}

func (r *iniReader) read(text string) {
	if text[0] == '[' && !strings.Contains(text, "=") {
		r.section(text)
		return
	}
	switch r.kind {
	case "vars":
		r.assign(text)
	case "children":
		r.child(text)
	default:
		r.hosts(text)
	}
}

func (r *iniReader) section(text string) {
	m := sectionLine.FindStringSubmatch(text)
	if m == nil || !groupName.MatchString(m[1]) {
		r.refuse("no section: "+quote(text), "a section is [group], [group:vars] or [group:children]")
		r.kind = "vars" // no host is to be seen in what follows
		r.group = &group{vars: variables{}}
		return
	}
	r.group, r.kind = r.inv.group(m[1], r.at()), m[2]
	switch r.kind {
	case "", "children":
		r.group.declared = true
	case "vars":
		r.group.declared = r.group.declared || len(r.group.hosts) > 0
	default:
		r.group.declared = true
		r.refuse("no section: "+quote(text), "a section is [group], [group:vars] or [group:children]")
	}
}

func (r *iniReader) assign(text string) {
	m := assignment.FindStringSubmatch(text)
	if m == nil {
		r.refuse("no variable: "+quote(text), "below [group:vars] stand lines such as kube_apiserver_port=6443")
		return
	}
	r.set(r.group.vars, m[1], literal(m[2]))
}

func (r *iniReader) child(text string) {
	name, _, _ := strings.Cut(text, " ")
	if !groupName.MatchString(name) {
		r.refuse("no name of a group: "+quote(text), "below [group:children] stands one group a line")
		return
	}
	r.inv.group(name, r.at())
	r.group.children = append(r.group.children, presentName(name))
}

func (r *iniReader) hosts(text string) {
	words, err := hostWords(text)
	if err != nil {
		r.refuse(err.Error(), "")
		return
	}
	if len(words) == 0 {
		return
	}
	names, port, err := expand(words[0])
	if err != nil {
		r.refuse(err.Error(), "")
		return
	}
	given := variables{}
	if port != "" {
		given["ansible_port"] = variable{literal(port), r.at()}
	}
	for _, word := range words[1:] {
		name, value, found := strings.Cut(word, "=")
		if !found || !assignment.MatchString(word) {
			r.refuse("no variable: "+quote(word), "behind a host's name stand variables such as ip=10.0.0.11, text with blanks in quotes")
			return
		}
		r.set(given, name, literal(value))
	}
	for _, name := range names {
		vars := r.inv.host(r.group, name, r.at())
		for variable, v := range given {
			r.set(vars, variable, v.value)
		}
	}
}

// set keeps a variable. One that stands twice with two values is a mistake: Ansible would take either of them without a word.
func (r *iniReader) set(vars variables, name string, value any) {
	if other, found := vars[name]; found && !sameValue(other.value, value) {
		r.refuse(name+" stands twice, with two values", "the other one: "+other.pos.String())
		return
	}
	vars[name] = variable{value, r.at()}
}

func (r *iniReader) at() schema.Position { return schema.Position{File: r.file, Line: r.line, Col: 1} }

func (r *iniReader) refuse(problem, hint string) {
	r.problems = append(r.problems, schema.Error{Pos: r.at(), Problem: problem, Hint: hint})
}
