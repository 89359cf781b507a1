package adopt

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/schema"
)

// hostVariables are those that hosts have of their own.
var hostVariables = []string{
	"inventory_hostname", "ansible_host", "ansible_ssh_host", "ansible_user", "ansible_ssh_user", "ansible_port", "ansible_ssh_port",
	"ip", "ip6", "access_ip", "access_ip6", "etcd_member_name", "kube_override_hostname", "node_labels", "node_taints",
	"kubelet_node_config_extra_args", "kube_vip_bgp_routerid",
}

// nodes sets the hosts.
func (k *kubespray) nodes() {
	member := 0
	for i := range k.members {
		m := &k.members[i]
		k.address(m)
		k.d.Set(k.rolesOf(m), "hosts", m.name, "roles")
		if name := k.text("kube_vip_interface"); name != "" && m.has("control-plane") && k.d.Value("vip", "provider") != nil {
			k.d.Set(name, "hosts", m.name, "interface")
		}
		if id := m.vars.text("kube_vip_bgp_routerid"); id != "" && m.has("control-plane") && k.d.Value("vip", "kubeVIP", "mode") == "bgp" {
			k.d.Set(id, "hosts", m.name, "bgp", "routerID")
		}
		k.access(m)
		k.identity(m)
		if m.has("etcd") {
			member++
			if k.d.Value("etcd", "topology") == "hosts" {
				name := m.vars.text("etcd_member_name")
				if name == "" {
					name = fmt.Sprintf("etcd%d", member)
				}
				k.d.Set(name, "hosts", m.name, "etcd", "name")
			}
		}
		k.labels(m)
		k.taints(m)
	}
	k.sans()
}

// rolesOf leaves the role of etcd out where its members come with the control planes.
func (k *kubespray) rolesOf(m *member) []string {
	roles := slices.Clone(m.roles)
	if k.d.Value("etcd", "topology") != "hosts" {
		roles = slices.DeleteFunc(roles, func(role string) bool { return role == "etcd" })
	}
	return roles
}

// address is ip, which kubespray binds to and advertises. Without it kubespray asks the host, which nobody does here.
func (k *kubespray) address(m *member) {
	address := m.vars.text("ip")
	for _, other := range []string{"access_ip", "ansible_host", "ansible_ssh_host", "inventory_hostname"} {
		if text := m.vars.text(other); address == "" && isAddress(text) {
			address = text
			k.d.Remark("The inventory has no ip of some hosts: their address is "+other+", and kubespray takes that of the default route.", "hosts")
		}
	}
	if address == "" {
		*k.problems = append(*k.problems, schema.Error{
			Pos: k.inv.places[m.inventoryName], Problem: "no address of " + m.inventoryName,
			Hint: "give it ip=ADDRESS, as kubespray would find it on the interface of the default route",
		})
		return
	}
	m.address = address
	k.d.Set(address, "hosts", m.name, "address")
	if six := m.vars.text("ip6"); six != "" && six != address {
		k.d.Set(six, "hosts", m.name, "address6")
	}
}

// access is how Ansible reaches the host.
func (k *kubespray) access(m *member) {
	either := func(names ...string) string {
		for _, name := range names {
			if text := m.vars.text(name); text != "" {
				return text
			}
		}
		return ""
	}
	if address := either("ansible_host", "ansible_ssh_host"); address != "" && address != m.address {
		k.d.Set(strings.ToLower(address), "hosts", m.name, "ssh", "address")
	}
	if user := either("ansible_user", "ansible_ssh_user"); user != "" {
		k.d.Set(user, "hosts", m.name, "ssh", "user")
	}
	for _, name := range []string{"ansible_port", "ansible_ssh_port"} {
		if port, found := m.vars.number(name); found {
			k.d.Set(port, "hosts", m.name, "ssh", "port")
		}
	}
}

// identity is the name of the node.
func (k *kubespray) identity(m *member) {
	if m.name != m.inventoryName {
		k.d.Remark(fmt.Sprintf("The inventory says %s.", m.inventoryName), "hosts", m.name)
	}
	if name := m.vars.text("kube_override_hostname"); name != "" && name != m.inventoryName {
		k.d.Set(name, "hosts", m.name, "nodeName")
	}
}

func (k *kubespray) labels(m *member) {
	labels := m.vars.fields("node_labels")
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		text, _ := textOf(labels[key])
		if strings.HasPrefix(key, "node-role.kubernetes.io/") {
			k.d.Remark(fmt.Sprintf("No kubelet may give itself the label %s.", key), "hosts", m.name)
			continue
		}
		k.d.Set(text, "hosts", m.name, "labels", key)
	}
	if config := m.vars.fields("kubelet_node_config_extra_args"); len(config) > 0 && !m.has("control-plane") {
		k.d.Set(config, "hosts", m.name, "kubelet", "config")
	}
}

// taints reads key=value:effect and key:effect. A list of taints replaces the control plane's own.
func (k *kubespray) taints(m *member) {
	var taints []any
	if m.has("control-plane") && !m.has("worker") {
		taints = append(taints, map[string]any{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"})
	}
	given := m.vars.texts("node_taints")
	for _, text := range given {
		before, effect, _ := strings.Cut(text, ":")
		key, value, found := strings.Cut(before, "=")
		taint := map[string]any{"key": key, "effect": effect}
		if found {
			taint["value"] = value
		}
		taints = append(taints, taint)
	}
	if len(given) > 0 {
		k.d.Set(taints, "hosts", m.name, "taints")
	}
}

// sans are the names and addresses in the API servers' certificates that don't follow from the definition.
func (k *kubespray) sans() {
	sans := k.texts("supplementary_addresses_in_ssl_keys")
	var elsewhere []string
	for _, m := range k.members {
		for _, name := range []string{"access_ip", "access_ip6"} {
			access := m.vars.text(name)
			if access == "" || access == m.address || access == m.vars.text("ip6") {
				continue
			}
			elsewhere = append(elsewhere, m.name)
			if m.has("control-plane") {
				sans = append(sans, access)
			}
		}
	}
	if len(elsewhere) > 0 {
		k.d.Remark("No place for access_ip, by which others reach a host: "+strings.Join(slices.Compact(elsewhere), ", ")+
			". That of control planes is in kubernetes.apiServer.certSANs.", "hosts")
	}
	for i := range sans {
		sans[i] = strings.ToLower(sans[i])
	}
	slices.Sort(sans)
	if sans = slices.Compact(sans); len(sans) > 0 {
		k.d.Set(sans, "kubernetes", "apiServer", "certSANs")
	}
}
