package delivery

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"io/fs"
	"maps"
	"net"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

//go:embed salt
var saltStates embed.FS

// saltCluster is what the states know of the cluster; lists of hosts are in the order in which they are delivered to.
type saltCluster struct {
	Cluster       string              `json:"cluster"`
	Install       string              `json:"install"`       // kubeadm or binaries
	BootstrapHost string              `json:"bootstrapHost"` // empty once the cluster exists
	Hosts         []string            `json:"hosts"`         // all
	Core          []string            `json:"core"`          // those that the others rely on: all but workers
	Etcd          []string            `json:"etcd"`          // those with files or programs of the phase, as below
	LoadBalancers []string            `json:"loadBalancers"`
	ControlPlanes []string            `json:"controlPlanes"`
	Nodes         []string            `json:"nodes"`         // of core, those that are nodes without kubeadm
	Workers       []string            `json:"workers"`       // those that are nothing else
	EtcdEndpoints []string            `json:"etcdEndpoints"` // client URLs of the members that the cluster counts on
	APIServers    map[string]string   `json:"apiServers"`    // host:port by host
	Secrets       map[string][]string `json:"secrets"`       // names by host
}

// salt gives the states that bring the tree to hosts.
func salt(c *topology.Cluster, byHost map[string][]tree.File) ([]tree.File, error) {
	var files []tree.File
	add := func(name string, content []byte) {
		files = append(files, tree.File{Path: path.Join("salt", name), Kind: tree.KindFile, Mode: 0o644, Content: content, Source: source})
	}
	err := fs.WalkDir(saltStates, "salt", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := saltStates.ReadFile(name)
		add(strings.TrimPrefix(name, "salt/"), content)
		return err
	})
	if err != nil {
		return nil, err
	}
	s := saltClusterOf(c, byHost)
	facts := new(bytes.Buffer)
	encoder := json.NewEncoder(facts)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(s); err != nil {
		return nil, err
	}
	add("khagen/cluster.json", facts.Bytes())
	add("top.sls", saltTop(s))
	add("pillar.example", saltPillar(s))
	return files, nil
}

func saltClusterOf(c *topology.Cluster, byHost map[string][]tree.File) *saltCluster {
	s := &saltCluster{
		Cluster: c.Spec.Name, Install: c.Spec.Kubernetes.Install, BootstrapHost: c.Spec.BootstrapHost,
		Hosts: []string{}, Core: []string{}, Etcd: []string{}, LoadBalancers: []string{}, ControlPlanes: []string{}, Nodes: []string{},
		Workers: []string{}, EtcdEndpoints: []string{}, APIServers: map[string]string{}, Secrets: map[string][]string{},
	}
	for _, m := range members(c) {
		if m.Etcd != "" && m.State == "" {
			s.EtcdEndpoints = append(s.EtcdEndpoints, m.Etcd)
		}
	}
	// Whoever holds the virtual address comes last: the highest priority does.
	hosts := slices.Clone(c.Hosts)
	slices.SortStableFunc(hosts, func(a, b *topology.Host) int { return cmp.Compare(a.VRRPPriority, b.VRRPPriority) })
	for _, h := range hosts {
		s.add(h, byHost[h.Name])
		for _, secret := range readmeSecrets(map[string][]tree.File{h.Name: byHost[h.Name]}) {
			s.Secrets[h.Name] = append(s.Secrets[h.Name], secret.Name)
		}
	}
	return s
}

// add puts a host into the lists in which it has something to do.
func (s *saltCluster) add(h *topology.Host, files []tree.File) {
	s.Hosts = append(s.Hosts, h.Name)
	if h.Is(topology.RoleControlPlane) {
		s.APIServers[h.Name] = net.JoinHostPort(h.Address().String(), strconv.Itoa(h.Cluster.Spec.Kubernetes.APIServer.Port))
	}
	if len(h.Spec.Roles) == 1 && h.Is(topology.RoleWorker) {
		s.Workers = append(s.Workers, h.Name)
		return
	}
	s.Core = append(s.Core, h.Name)
	for phase, list := range map[tree.Phase]*[]string{
		tree.PhaseEtcd: &s.Etcd, tree.PhaseLoadBalancer: &s.LoadBalancers, tree.PhaseControlPlane: &s.ControlPlanes, tree.PhaseWorker: &s.Nodes,
	} {
		if hasPhase(h, files, phase) {
			*list = append(*list, h.Name)
		}
	}
}

func hasPhase(h *topology.Host, files []tree.File, phase tree.Phase) bool {
	return slices.ContainsFunc(files, func(f tree.File) bool { return f.Phase == phase }) ||
		slices.ContainsFunc(h.Programs, func(p topology.Program) bool { return phaseOf[p.Role] == phase })
}

// saltTop gives every host its states.
func saltTop(s *saltCluster) []byte {
	var b bytes.Buffer
	b.WriteString("# Which minions are hosts of the cluster " + s.Cluster + ". Rendered by khagen: edits made here are lost.\n" +
		"{%- set minions = salt['pillar.get']('khagen_minions', {}) %}\n{{ saltenv | tojson }}:\n")
	for _, h := range slices.Sorted(slices.Values(s.Hosts)) {
		b.WriteString("  {{ minions.get('" + h + "', '" + h + "') | tojson }}:\n    - khagen\n")
	}
	return b.Bytes()
}

// saltPillar is an example of what the master has to know, with the names of secrets and without values.
func saltPillar(s *saltCluster) []byte {
	var b bytes.Buffer
	b.WriteString("# What the states ask the pillar for. This is an example: copy it to the master's pillar_roots, fill it in there, and keep it\n" +
		"# out of this repository. Rendered by khagen: edits made here are lost.\n")
	hosts := map[string][]string{}
	for host, names := range s.Secrets {
		for _, name := range names {
			hosts[name] = append(hosts[name], host)
		}
	}
	if len(hosts) > 0 {
		b.WriteString("khagen_secrets:\n")
	}
	for _, name := range slices.Sorted(maps.Keys(hosts)) {
		slices.Sort(hosts[name])
		b.WriteString("  " + name + ": '' # for " + strings.Join(hosts[name], ", ") + "\n")
	}
	b.WriteString("\n# Only where minions have other ids than the definition has names. All minions and the master need it.\n" +
		"# khagen_minions:\n#   " + s.Hosts[0] + ": the-id-of-its-minion\n" +
		"\n# Programs from a server of your own, by host and path of their URL, instead of their projects'.\n" +
		"# khagen_artifacts: https://mirror.example.net\n")
	return b.Bytes()
}
