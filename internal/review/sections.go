package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// section is a part of a review as a table, of which terminals and pull requests have forms of their own.
type section struct {
	title   string
	columns []column
	rows    [][]string
}

// column says what cells are: prose, or code such as a path.
type column struct {
	name string
	code bool
}

// sections gives what a review has to say; those with nothing to say are left out.
func (r *Review) sections() []section {
	all := []section{
		r.why(),
		{"What moves", []column{{"what", false}, {"before → after", false}}, rows(r.Moves, func(m Move) []string {
			return []string{m.What, cmp.Or(m.From, "none") + " → " + cmp.Or(m.To, "none")}
		})},
		{"Hosts", []column{{"what", false}, {"hosts", false}}, rows(r.Hosts, func(h HostChange) []string {
			return []string{h.Text, tree.ListHosts(h.Hosts)}
		})},
		{"Restarts and reloads", []column{{"action", false}, {"unit", true}, {"hosts", false}, {"because of", true}}, rows(r.Units, func(u UnitChange) []string {
			return []string{u.Verb, u.Unit, tree.ListHosts(u.Hosts), someOf(u.Because)}
		})},
		{"Certificates to issue", []column{{"certificate", true}, {"hosts", false}, {"names", false}, {"how", true}}, rows(r.Certificates, func(c Certificate) []string {
			return []string{c.Path, tree.ListHosts(c.Hosts), c.names(), c.Do}
		})},
		{"To be run", []column{{"where", false}, {"command", true}}, rows(r.Commands, func(c Command) []string { return []string{c.where(), c.Run} })},
		{"Packages and programs", []column{{"name", true}, {"before → after", false}, {"hosts", false}}, rows(slices.Concat(r.Packages, together(r.Programs)), func(v Versioned) []string {
			return []string{v.Name, cmp.Or(v.From, "none") + " → " + cmp.Or(v.To, "none"), tree.ListHosts(v.Hosts)}
		})},
		{"Files", []column{{"change", false}, {"file", true}, {"hosts", false}, {"then", false}}, rows(r.Files, func(c FileChange) []string {
			return []string{string(c.Op), c.Path, tree.ListHosts(c.Hosts), c.Note}
		})},
		{"Objects of the cluster", []column{{"change", false}, {"file", true}, {"then", false}}, rows(r.Objects, func(c FileChange) []string {
			return []string{string(c.Op), c.Path, c.Note}
		})},
	}
	return slices.DeleteFunc(all, func(s section) bool { return len(s.rows) == 0 })
}

func (r *Review) why() section {
	return section{"Why", []column{{"risk", false}, {"id", true}, {"reason", false}}, rows(r.Reasons, func(one Reason) []string {
		return []string{one.Grade.String(), one.ID, one.sentence()}
	})}
}

func rows[T any](list []T, row func(T) []string) [][]string {
	var all [][]string
	for _, item := range list {
		all = append(all, row(item))
	}
	return all
}

// names words what a certificate gains and loses.
func (c *Certificate) names() string {
	var parts []string
	if c.New {
		parts = append(parts, "new")
	}
	if len(c.Gains) > 0 {
		parts = append(parts, "gains "+someOf(c.Gains))
	}
	if len(c.Loses) > 0 {
		parts = append(parts, "loses "+someOf(c.Loses))
	}
	return cmp.Or(strings.Join(parts, "; "), "another issuer")
}

func (c *Command) where() string {
	switch {
	case len(c.Hosts) == 0:
		return "in the repository"
	case len(c.Hosts) == 1:
		return c.Hosts[0]
	case c.Once:
		return "once, on one of " + tree.ListHosts(c.Hosts)
	}
	return "one after the other, " + tree.ListHosts(c.Hosts)
}

// together gives programs that change alike one line.
func together(programs []Versioned) []Versioned {
	var groups grouped[[3]string]
	hosts := map[[3]string][]string{}
	for _, p := range programs {
		key := [3]string{p.From, p.To, strings.Join(p.Hosts, " ")}
		groups.add(key, p.Name)
		hosts[key] = p.Hosts
	}
	var all []Versioned
	groups.each(func(key [3]string, names []string) {
		all = append(all, Versioned{someOf(names), key[0], key[1], hosts[key]})
	})
	return all
}

// someOf gives the first of a list, and how many more there are.
func someOf(list []string) string {
	const most = 4
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}
