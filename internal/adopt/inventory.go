package adopt

import (
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/schema"
)

// variable is a value of Ansible's, and where it stands.
type variable struct {
	value any
	pos   schema.Position
}

type variables map[string]variable

// inventory is what Ansible knows before it asks a host.
type inventory struct {
	hosts  []string // as they come first
	of     map[string]variables
	groups map[string]*group
	places map[string]schema.Position // of hosts
}

// group is a group of an inventory, by its present name.
type group struct {
	hosts, children []string
	vars            variables       // in the inventory itself
	files           variables       // in group_vars
	place           schema.Position // where it is first named
	declared        bool            // it has a section of its own, not only a place among another's children
}

func newInventory() *inventory {
	return &inventory{of: map[string]variables{}, groups: map[string]*group{}, places: map[string]schema.Position{}}
}

// presentName gives the name that kubespray has for a group since 2.16.
func presentName(name string) string {
	switch name {
	case "kube-master":
		return "kube_control_plane"
	case "kube-node":
		return "kube_node"
	case "k8s-cluster":
		return "k8s_cluster"
	case "calico-rr":
		return "calico_rr"
	}
	return name
}

func (inv *inventory) group(name string, pos schema.Position) *group {
	name = presentName(name)
	g := inv.groups[name]
	if g == nil {
		g = &group{vars: variables{}, place: pos}
		inv.groups[name] = g
	}
	return g
}

// host takes in a host of a group, and more of its variables.
func (inv *inventory) host(g *group, name string, pos schema.Position) variables {
	if inv.of[name] == nil {
		inv.of[name] = variables{}
		inv.hosts = append(inv.hosts, name)
		inv.places[name] = pos
	}
	if g != nil && !slices.Contains(g.hosts, name) {
		g.hosts = append(g.hosts, name)
	}
	return inv.of[name]
}

// members are the hosts of a group and of all groups below it, in the order of the inventory.
func (inv *inventory) members(name string) []string {
	found := map[string]bool{}
	seen := map[string]bool{}
	var visit func(string)
	visit = func(name string) {
		g := inv.groups[name]
		if g == nil || seen[name] {
			return
		}
		seen[name] = true
		for _, host := range g.hosts {
			found[host] = true
		}
		for _, child := range g.children {
			visit(child)
		}
	}
	visit(name)
	return slices.DeleteFunc(slices.Clone(inv.hosts), func(host string) bool { return !found[host] })
}

// depths says how far each group is from all: what is said further down holds.
func (inv *inventory) depths() map[string]int {
	depth := map[string]int{}
	for range len(inv.groups) { // a group below itself was refused, so this is far enough
		for name, g := range inv.groups {
			for _, child := range g.children {
				depth[child] = max(depth[child], depth[name]+1)
			}
		}
	}
	depth["all"] = -1
	return depth
}

// ordered are the names of groups as their variables are laid over each other.
func (inv *inventory) ordered() []string {
	depth := inv.depths()
	return slices.SortedFunc(maps.Keys(inv.groups), func(a, b string) int {
		if depth[a] != depth[b] {
			return depth[a] - depth[b]
		}
		return strings.Compare(a, b)
	})
}

// circles reports groups that are below themselves, and children that are nowhere else.
func (inv *inventory) circles() (problems schema.Errors) {
	for _, name := range slices.Sorted(maps.Keys(inv.groups)) {
		g := inv.groups[name]
		if inv.below(name, name, map[string]bool{}) {
			problems = append(problems, schema.Error{Pos: g.place, Problem: "the group " + name + " is among its own children"})
		}
	}
	return problems
}

func (inv *inventory) below(top, name string, seen map[string]bool) bool {
	for _, child := range inv.groups[name].children {
		if child == top {
			return true
		}
		if !seen[child] {
			seen[child] = true
			if inv.below(top, child, seen) {
				return true
			}
		}
	}
	return false
}
