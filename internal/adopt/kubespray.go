package adopt

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/khagen/khagen/schema"
)

// Kubespray reads the inventory of kubespray at path, a file or its folder, with the group_vars and host_vars beside it. An error
// is of type schema.Errors.
func Kubespray(d *Draft, path string) error {
	file, err := findInventory(path)
	if err != nil {
		return err
	}
	inv, locked, err := readInventory(file)
	if err != nil {
		return err
	}
	d.From(file)
	var problems schema.Errors
	k := &kubespray{settings: &settings{asked: map[string]bool{}, draft: d, problems: &problems}, d: d, inv: inv}
	if err := k.choose(file); err != nil {
		return err
	}
	for _, path := range locked {
		d.Remark(path + " is encrypted by Ansible's vault, and was not read.")
	}
	k.vars = k.common()
	k.etcd()
	k.kubernetes()
	k.apiServer()
	k.endpoint()
	k.machine()
	k.nodes()
	k.rest()
	if len(problems) > 0 {
		return inOrder(problems)
	}
	return nil
}

// kubespray is an inventory on its way into a draft.
type kubespray struct {
	*settings // of the cluster
	d         *Draft
	inv       *inventory
	members   []member
}

// member is a host of the cluster.
type member struct {
	inventoryName string
	name          string // as definitions have it
	roles         []string
	vars          *settings
	address       string
}

func (m *member) has(role string) bool { return slices.Contains(m.roles, role) }

func (k *kubespray) of(vars variables) *settings {
	return &settings{vars: vars, asked: k.asked, draft: k.d, problems: k.problems}
}

// roleGroups are the groups that make a host part of the cluster.
var roleGroups = []struct{ group, role string }{
	{"kube_control_plane", "control-plane"},
	{"etcd", "etcd"},
	{"kube_node", "worker"},
}

// choose finds the hosts of the cluster, and those that are none.
func (k *kubespray) choose(file string) error {
	groups := map[string][]string{}
	for _, g := range roleGroups {
		groups[g.group] = k.inv.members(g.group)
	}
	if len(groups["kube_control_plane"]) == 0 {
		return schema.Errors{{
			Pos:     schema.Position{File: file, Line: 1, Col: 1},
			Problem: "no host in the group kube_control_plane (before kubespray 2.16: kube-master)", Hint: inventoryHint,
		}}
	}
	// kubespray makes this group itself where an inventory has none.
	cluster := k.inv.group("k8s_cluster", schema.Position{})
	cluster.children = append(cluster.children, slices.DeleteFunc([]string{"kube_control_plane", "kube_node", "calico_rr"}, func(name string) bool {
		return k.inv.groups[name] == nil || slices.Contains(cluster.children, name)
	})...)
	var others []string
	vars := k.inv.ofHosts()
	names := map[string]string{}
	for _, host := range k.inv.hosts {
		m := member{inventoryName: host, name: definitionName(host), vars: k.of(vars[host])}
		for _, g := range roleGroups {
			if slices.Contains(groups[g.group], host) {
				m.roles = append(m.roles, g.role)
			}
		}
		if m.roles == nil {
			others = append(others, host)
			continue
		}
		if other, taken := names[m.name]; taken {
			return schema.Errors{{
				Pos:     k.inv.places[host],
				Problem: fmt.Sprintf("%s and %s would both be %s: names of hosts are in lower case, with dashes", other, host, m.name),
			}}
		}
		names[m.name] = host
		k.members = append(k.members, m)
	}
	if len(others) > 0 {
		k.d.Remark("No part of the cluster, because in none of its groups: "+strings.Join(others, ", ")+".", "hosts")
	}
	return nil
}

// definitionName gives a host's name as definitions have it.
func definitionName(host string) string {
	return strings.Trim(strings.ReplaceAll(strings.ToLower(host), "_", "-"), "-.")
}

// common are the variables of the cluster as a whole: what the control planes have, then what others have besides.
func (k *kubespray) common() variables {
	all := variables{}
	for _, g := range roleGroups {
		for _, m := range k.members {
			if m.has(g.role) {
				for name, v := range m.vars.vars {
					if _, found := all[name]; !found {
						all[name] = v
					}
				}
			}
		}
	}
	delete(all, "inventory_hostname")
	return all
}

// withRole are the hosts with a role.
func (k *kubespray) withRole(role string) []member {
	return slices.DeleteFunc(slices.Clone(k.members), func(m member) bool { return !m.has(role) })
}

// rest tells of the variables that nobody has looked at: those that set something.
func (k *kubespray) rest() {
	k.divergent()
	for _, r := range withoutPlace {
		if value, found := k.get(r.variable); found && says(value) {
			name := r.variable
			if text, ok := textOf(value); ok { // a list may hold a login
				name += ": " + quote(text)
			}
			k.d.Remark(fmt.Sprintf("%s: %s.", name, r.remark), r.path...)
		}
	}
	var names []string
	for _, vars := range k.allVariables() {
		for name, v := range vars {
			if !k.asked[name] && !saysNothing(name) && says(v.value) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) > 0 {
		k.d.Remark(fmt.Sprintf("Not looked at (%d): %s.", len(names), strings.Join(names, ", ")))
	}
}

// allVariables are those of groups and hosts, wherever they stand.
func (k *kubespray) allVariables() []variables {
	var all []variables
	for _, g := range k.inv.groups {
		all = append(all, g.vars, g.files)
	}
	return slices.Concat(all, slices.Collect(maps.Values(k.inv.of)))
}

// divergent tells of variables of the cluster that have another value on some of its hosts.
func (k *kubespray) divergent() {
	for _, name := range slices.Sorted(maps.Keys(k.asked)) {
		if slices.Contains(hostVariables, name) {
			continue
		}
		for _, m := range k.members {
			v, found := m.vars.vars[name]
			if found && !sameValue(v.value, k.vars[name].value) {
				k.d.Remark(fmt.Sprintf("%s is another on %s.", name, m.name)) // without its value, which may be a secret
				break
			}
		}
	}
}

// switchedOff are the beginnings of variables that say nothing where the choice that they belong to was made otherwise.
var switchedOff = []string{"ansible_", "inventory_hostname", "loadbalancer_apiserver", "kube_vip_", "kube_oidc_", "kube_encrypt", "docker_", "dynamic_kubelet", "nodelocaldns_"}

// ownWays are variables of kubespray's samples about how it works itself: where it puts files, and what it downloads.
var ownWays = []string{
	"auto_renew_certificates", "bin_dir", "cert_management", "credentials_dir", "default_kubelet_config_dir", "deploy_container_engine",
	"dns_mode", "download_container", "etcd_peer_client_auth", "k8s_image_pull_policy", "kube_api_pwd", "kube_apiserver_insecure_port", "kube_apiserver_ip",
	"kube_cert_dir", "kube_cert_group", "kube_config_dir", "kube_log_level", "kube_manifest_dir", "kube_network_node_prefix_ipv6", "kube_owner",
	"kube_pods_subnet_ipv6", "kube_script_dir", "kube_service_addresses_ipv6", "kube_token_dir", "kube_users", "kubeconfig_localhost", "kubectl_localhost",
	"local_release_dir", "ndots", "retry_stagger", "skydns_server", "skydns_server_secondary",
}

// saysNothing says whether a variable is about how Ansible and kubespray work, or about something that is switched off.
func saysNothing(name string) bool {
	return slices.Contains(ownWays, name) || slices.ContainsFunc(switchedOff, func(start string) bool { return strings.HasPrefix(name, start) })
}

// says tells whether a value switches anything on.
func says(value any) bool {
	switch v := value.(type) {
	case nil, sealed:
		return false
	case bool:
		return v
	case string:
		return !slices.Contains([]string{"", "false", "no", "none"}, strings.ToLower(v))
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

// isAddress says whether text is an IP address.
func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}
