package schema

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// received leaves the files of the user's own that some host of the cluster gets. A role or host that brings files to nobody is a
// mistake in the cluster's own folder; what lies above is for other clusters, too.
func (f folder) received(own []OwnFile, cluster *Cluster) ([]OwnFile, Errors) {
	hosts := slices.Sorted(maps.Keys(cluster.Hosts))
	used := map[string]bool{}
	for _, h := range cluster.Hosts {
		for _, role := range h.Roles {
			used[role] = true
		}
	}
	roles := theShape().roles()
	var found []OwnFile
	var problems Errors
	said := map[string]bool{}
	for _, o := range own {
		problem, hint := "", ""
		switch {
		case o.Host != "" && cluster.Hosts[o.Host] == nil:
			problem, hint = "no host is called "+quote(o.Host), orNear(o.Host, hosts, nearHosts(hosts))
		case o.Role != "" && !slices.Contains(roles, o.Role):
			problem, hint = "unknown role "+quote(o.Role), orNear(o.Role, roles, "roles: "+strings.Join(roles, ", "))
		case o.Role != "" && !used[o.Role]:
			problem, hint = "no host has the role "+o.Role, "nobody would get these files: take them away"
		default:
			found = append(found, o)
			continue
		}
		level := filepath.Dir(filepath.Join(o.files, firstTwo(o.name), "x"))
		if unknown := o.Role != "" && !slices.Contains(roles, o.Role); (o.Distance == 0 || unknown) && !said[level] {
			said[level] = true
			problems = append(problems, Error{Pos: Position{File: f.show(level)}, Problem: problem, Hint: hint})
		}
	}
	return found, problems
}

// firstTwo is the start of a path: roles/worker.
func firstTwo(name string) string {
	parts := strings.SplitN(filepath.ToSlash(name), "/", 3)
	return filepath.Join(parts[0], parts[1])
}

// orNear is a hint that names what was meant, else another.
func orNear(word string, candidates []string, otherwise string) string {
	if near := Nearest(word, candidates); near != "" {
		return "did you mean " + near + "?"
	}
	return otherwise
}

// roles are those that a host can have.
func (s *shape) roles() []string {
	n := s.root
	for _, name := range []string{"hosts", "", "roles"} {
		s.open(n)
		if name == "" {
			n = n.element
		} else {
			n = n.byName[name]
		}
	}
	s.open(n)
	_, roles := s.wants(n.element)
	return roles
}
