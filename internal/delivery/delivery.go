// Package delivery makes what needs the final list of files: in come a cluster and its rendered files, out come the
// same files with the manifests of every host, the cluster's README, and the playbooks and states that bring the tree to
// hosts.
package delivery

import (
	"cmp"
	"fmt"
	"path"
	"slices"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

const source = "delivery"

// Files adds khagen's own files.
func Files(c *topology.Cluster, files []tree.File) ([]tree.File, error) {
	byHost := map[string][]tree.File{}
	for _, f := range files {
		byHost[f.Host] = append(byHost[f.Host], f)
	}
	readme, err := readmeFile(c, byHost)
	if err != nil {
		return nil, fmt.Errorf("readme: %w", err)
	}
	playbooks, err := ansible(c)
	if err != nil {
		return nil, fmt.Errorf("ansible: %w", err)
	}
	states, err := salt(c, byHost)
	if err != nil {
		return nil, fmt.Errorf("salt: %w", err)
	}
	added := slices.Concat([]tree.File{readme}, playbooks, states)
	all := append(slices.Clip(files), added...)
	all = append(all, manifestFile("", &tree.Manifest{
		Cluster: c.Spec.Name, Topology: topologyOf(c), Members: members(c), Files: entries(slices.Concat(byHost[""], added)),
	}))
	for _, h := range c.Hosts {
		all = append(all, manifestFile(h.Name, hostManifest(h, byHost[h.Name])))
	}
	return all, nil
}

func manifestFile(host string, m *tree.Manifest) tree.File {
	return tree.File{
		Host: host, Path: "manifest.json", Kind: tree.KindManifest, Mode: 0o644, Content: tree.EncodeManifest(m), Source: source,
	}
}

func hostManifest(h *topology.Host, files []tree.File) *tree.Manifest {
	ssh := h.Spec.SSH
	m := &tree.Manifest{
		Host: h.Name, Cluster: h.Cluster.Spec.Name,
		SSH:   &tree.SSH{Address: h.SSHAddress(), Port: ssh.Port, User: ssh.User},
		Roles: slices.Sorted(slices.Values(h.Spec.Roles)), State: stateOf(h), Certificates: certificates(h), Files: entries(files),
	}
	for _, p := range h.Packages {
		m.Packages = append(m.Packages, tree.Package(p))
	}
	for _, p := range h.Programs {
		m.Programs = append(m.Programs, program(p))
	}
	m.PKI = pkiFiles(h)
	for _, u := range units(h, files) {
		m.Units = append(m.Units, tree.Unit{Name: u, Enabled: true})
	}
	return m
}

// units are those that the host has to enable, those that its files are included.
func units(h *topology.Host, files []tree.File) []string {
	all := slices.Clone(h.Units)
	for _, f := range files {
		if f.Enable != "" && !slices.Contains(all, f.Enable) {
			all = append(all, f.Enable)
		}
	}
	return all
}

// phaseOf is when a program is put where it is needed for a role.
var phaseOf = map[string]tree.Phase{
	topology.RoleEtcd: tree.PhaseEtcd, topology.RoleControlPlane: tree.PhaseControlPlane, topology.RoleWorker: tree.PhaseWorker,
}

func program(p topology.Program) tree.Program {
	entry := tree.Program{
		Path: p.Path, Version: p.Version, Mode: "0755", URL: p.URL, Member: p.Member, Checksum: p.Checksum, Phase: phaseOf[p.Role],
	}
	if p.Unit != "" {
		entry.Notify = actions(tree.VerbRestart, p.Unit)
	}
	return entry
}

// pkiFiles are the certificates and keys that the host needs from khagen pki.
func pkiFiles(h *topology.Host) []tree.PKIFile {
	if !h.Cluster.NeedsPKI() {
		return nil
	}
	var all []tree.PKIFile
	add := func(path, mode, owner string, notify ...string) {
		all = append(all, tree.PKIFile{
			Path: path, Mode: mode, Owner: cmp.Or(owner, "root:root"), Phase: tree.PhasePrerequisites, Notify: notify,
		})
	}
	for _, s := range h.SharedFiles() {
		mode := "0644"
		if s.Key {
			mode = "0600"
		}
		add(s.Path, mode, "", append(actions(tree.VerbRestart, s.Units...), actions(tree.VerbReload, s.Reload...)...)...)
	}
	for _, k := range h.Kubeconfigs() {
		add(k.Path, "0600", "", actions(tree.VerbRestart, k.Units...)...)
	}
	for _, c := range h.Certificates() {
		restart := actions(tree.VerbRestart, c.Units...)
		add(c.Path+".crt", "0644", "", restart...)
		add(c.Path+".key", "0600", c.Owner, restart...)
	}
	slices.SortFunc(all, func(a, b tree.PKIFile) int { return cmp.Compare(a.Path, b.Path) })
	return all
}

// actions are one for each unit, as manifests have them.
func actions(verb tree.Verb, units ...string) []string {
	var all []string
	for _, u := range units {
		all = append(all, tree.Action{Verb: verb, Unit: u}.String())
	}
	return all
}

func entries(files []tree.File) []tree.ManifestFile {
	list := make([]tree.ManifestFile, 0, len(files))
	for _, f := range files {
		e := tree.ManifestFile{
			Path: path.Clean(f.Path), Kind: f.Kind, Mode: fmt.Sprintf("%04o", f.Mode.Perm()),
			Owner: cmp.Or(f.Owner, "root:root"), Phase: f.Phase, Source: f.Source,
		}
		for _, a := range f.Notify {
			e.Notify = append(e.Notify, a.String())
		}
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b tree.ManifestFile) int { return cmp.Compare(a.Path, b.Path) })
	return list
}
