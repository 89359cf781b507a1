package delivery

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

//go:embed ansible
var playbooks embed.FS

// ansible gives the inventory and the playbooks that bring the tree to hosts. The playbooks are the same for all clusters:
// what a host needs they read in its manifest.
func ansible(c *topology.Cluster) ([]tree.File, error) {
	list, err := inventory(c)
	if err != nil {
		return nil, err
	}
	files := []tree.File{{Path: "ansible/inventory.yml", Content: list}}
	err = fs.WalkDir(playbooks, "ansible", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := playbooks.ReadFile(name)
		files = append(files, tree.File{Path: path.Clean(name), Content: content})
		return err
	})
	for i := range files {
		files[i].Kind, files[i].Mode, files[i].Source = tree.KindFile, 0o644, source
	}
	return files, err
}

// inventory has what no manifest says: groups, and where the playbooks find manifests and hosts. Ansible takes a group's hosts in the
// order in which they stand there.
func inventory(c *topology.Cluster) ([]byte, error) {
	var hosts, children lines
	for _, h := range c.Hosts {
		hosts = append(hosts, line{h.Name, hostVariables(h)})
	}
	for _, g := range groups(c) {
		var members lines
		for _, h := range g.hosts {
			members = append(members, line{h.Name, lines{}})
		}
		children = append(children, line{g.name, lines{{"hosts", members}}})
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "---\n# Rendered by khagen for the cluster %s: edits made here are lost.\n", c.Spec.Name)
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	err := encoder.Encode(map[string]lines{"khagen": {{"hosts", hosts}, {"vars", clusterVariables(c)}, {"children", children}}})
	return text.Bytes(), err
}

type hostVars struct {
	Host    string `yaml:"ansible_host"`
	Port    int    `yaml:"ansible_port"`
	User    string `yaml:"ansible_user"`
	Become  bool   `yaml:"ansible_become,omitempty"`
	Address string `yaml:"khagen_address"`        // at which other hosts reach it
	Etcd    string `yaml:"khagen_etcd,omitempty"` // client URL of its member of etcd, where that is a unit
}

func hostVariables(h *topology.Host) hostVars {
	ssh := h.Spec.SSH
	v := hostVars{
		Host: cmp.Or(ssh.Address, h.Spec.Address.String()), Port: ssh.Port, User: ssh.User, Become: ssh.User != "root",
		Address: h.Address().String(),
	}
	if h.Cluster.RunsEtcd() && h.IsEtcdMember() {
		v.Etcd = "https://" + topology.HostPort(h.EtcdAddress(), 2379)
	}
	return v
}

// clusterVariables come in the order in which they stand in the inventory. Those with braces are for Ansible to fill in, on the
// machine that it runs on.
func clusterVariables(c *topology.Cluster) lines {
	read := func(file string) string { return "{{ lookup('ansible.builtin.file', " + file + ") | from_json }}" }
	list := lines{
		{"khagen_cluster", c.Spec.Name},
		{"khagen_tree", "{{ playbook_dir | dirname }}"},
		{"khagen_manifest", read("khagen_tree ~ '/hosts/' ~ inventory_hostname ~ '/manifest.json'")},
		{"khagen_topology", "{{ (lookup('ansible.builtin.file', khagen_tree ~ '/manifest.json') | from_json).topology }}"},
		{"khagen_pki", "{{ khagen_tree | dirname | dirname }}/pki/{{ khagen_cluster }}"},
		{"khagen_worker_batch", "25%"},
		{"khagen_api_port", c.Spec.Kubernetes.APIServer.Port},
		{"khagen_ca", c.PKIFile("ca.crt")},
	}
	if own := c.BalancerAddresses(); len(c.LoadBalancers) > 0 && (len(own) == 0 || slices.Contains(own, c.Loopback())) {
		// Where it listens on the virtual address alone, only one host can be asked.
		list = append(list, line{"khagen_balancer", map[string]any{"address": c.Loopback().String(), "port": c.LoadBalancerPort}})
	}
	if c.JoinsByToken() {
		list = append(list, line{"khagen_token_secret", c.Spec.Kubernetes.Join.TokenSecret})
	}
	if c.RunsEtcd() {
		e := etcdctlOf(c)
		list = append(list, line{"khagen_etcdctl", []string{
			e.Program, "--cacert", e.CA, "--cert", e.Login + ".crt", "--key", e.Login + ".key",
		}})
	}
	return list
}

type memberList struct {
	name  string
	hosts []*topology.Host
}

// groups are the parts of the cluster that playbooks go through, each in the order in which its hosts are changed.
func groups(c *topology.Cluster) []memberList {
	firstBootstrap := slices.Clone(c.ControlPlanes)
	slices.SortStableFunc(firstBootstrap, func(a, b *topology.Host) int {
		return cmp.Compare(rank(a != c.Bootstrap), rank(b != c.Bootstrap))
	})
	var bootstrap, etcd, onlyWorkers []*topology.Host
	if c.Bootstrap != nil {
		bootstrap = []*topology.Host{c.Bootstrap}
	}
	if c.RunsEtcd() {
		etcd = c.EtcdMembers
	}
	for _, h := range c.Workers {
		if !h.Is(topology.RoleControlPlane) {
			onlyWorkers = append(onlyWorkers, h)
		}
	}
	return []memberList{
		{"bootstrap", bootstrap},
		{"control_plane", firstBootstrap},
		{"etcd", etcd},
		{"load_balancer", balancers(c)},
		{"worker", c.Workers},
		{"worker_only", onlyWorkers},
		{"khagen_holder", nil}, // who has the virtual address: load_balancers.yml asks
	}
}

// balancers are the hosts that stand between clients and API servers, backups before the host that has the virtual address by
// its priority. Those that balance for themselves alone are workers, and go with them.
func balancers(c *topology.Cluster) []*topology.Host {
	var all []*topology.Host
	for _, h := range c.Hosts {
		carries := slices.Contains(c.VRRPPeers, h) || slices.Contains(c.KubeVIPs, h)
		if carries || h.IsLoadBalancer() && !c.NodeLocal() {
			all = append(all, h)
		}
	}
	slices.SortStableFunc(all, func(a, b *topology.Host) int { return cmp.Compare(a.VRRPPriority, b.VRRPPriority) })
	return all
}

func rank(later bool) int {
	if later {
		return 1
	}
	return 0
}

// lines are a mapping of YAML that keeps their order.
type lines []line

type line struct {
	name  string
	value any
}

// MarshalYAML encodes names and values in turn, as a mapping's node has them.
func (l lines) MarshalYAML() (any, error) {
	flat := make([]any, 0, 2*len(l))
	for _, one := range l {
		flat = append(flat, one.name, one.value)
	}
	var n yaml.Node
	if err := n.Encode(flat); err != nil {
		return nil, err
	}
	n.Kind, n.Tag = yaml.MappingNode, ""
	return &n, nil
}
