package adopt_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/internal/adopt"
	"github.com/khagen/khagen/schema"
)

func TestMistakes(t *testing.T) {
	const good = "[kube_control_plane]\ncp1 ip=10.0.0.11\n"
	const hint = "\n  an inventory has the hosts in [kube_control_plane], [etcd] and [kube_node], or as YAML below all"
	for _, tt := range []struct {
		name, file, content, vars, want string
	}{
		{
			name: "no file", file: "",
			want: "shop: no such file or directory",
		},
		{
			name: "empty", file: "shop", content: "\n# nothing\n",
			want: "shop:1:1: the file is empty" + hint,
		},
		{
			name: "a program", file: "shop", content: "\x7fELF\x00\x01",
			want: "shop:1:1: no text in UTF-8",
		},
		{
			name: "a page", file: "shop", content: "\n<!DOCTYPE html>\n<html lang=\"en\">\n",
			want: `shop:2:1: no inventory: neither a section nor a host: "<!DOCTYPE html>"` + hint,
		},
		{
			name: "prose", file: "shop", content: "Dear colleagues,\nthe cluster is there.\n",
			want: `shop:1:1: no inventory: neither a section nor a host: "Dear colleagues,"` + hint,
		},
		{
			name: "a list", file: "hosts.yaml", content: "# hosts\n- node1\n- node2\n",
			want: "hosts.yaml:2:1: want a mapping, got a list",
		},
		{
			name: "another object", file: "hosts.yaml", content: "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {}\n",
			want: "hosts.yaml:1:1: no inventory: none of its keys is a group" + hint,
		},
		{
			name: "variables", file: "hosts.yaml", content: "kube_version: v1.36.3\nkube_users: {kube: {role: admin}}\n",
			want: "hosts.yaml:1:1: no inventory: none of its keys is a group" + hint,
		},
		{
			name: "no group among groups", file: "hosts.yaml", content: "all: {hosts: {cp1: {ip: 10.0.0.1}}, child: {}}\nkind: Pod\n",
			want: `hosts.yaml:1:37: "child" is no part of a group` + "\n  a group has hosts, children and vars; a group below another stands below children\n" +
				`hosts.yaml:2:7: want hosts, children and vars of the group kind, got "Pod"`,
		},
		{
			name: "bad YAML", file: "hosts.yaml", content: "all:\n  hosts:\n    node1: {ip: 10.0.0.1\n  children: {}\n",
			want: "hosts.yaml:2:1: no YAML: did not find expected ',' or '}'",
		},
		{
			name: "hosts as a list", file: "hosts.yaml", content: "all:\n  children:\n    kube_control_plane:\n      hosts: [cp1, cp2]\n",
			want: "hosts.yaml:4:14: want a mapping below hosts, got a list\n  each name is a key, with a colon behind it",
		},
		{
			name: "a key twice", file: "hosts.yaml", content: "all:\n  hosts:\n    cp1: {ip: 10.0.0.1}\n    cp1: {ip: 10.0.0.2}\n",
			want: "hosts.yaml:4:5: cp1 stands here twice\n  the other one: hosts.yaml:3:5",
		},
		{
			name: "a variable twice", file: "shop", content: "[all]\ncp1 ip=10.0.0.1\n[kube_control_plane]\ncp1 ip=10.0.0.2\n",
			want: "shop:4:1: ip stands twice, with two values\n  the other one: shop:2:1",
		},
		{
			name: "no such child", file: "shop", content: good + "[etcd:children]\nkube_controlplane\n",
			want: "shop:4:1: no group kube_controlplane\n  a child of a group has a section of its own: [kube_controlplane]",
		},
		{
			name: "a circle", file: "shop", content: good + "[a:children]\nb\n[b:children]\na\n",
			want: "shop:3:1: the group a is among its own children\nshop:4:1: the group b is among its own children",
		},
		{
			name: "several", file: "shop", content: "[kube_control_plane]\ncp[3:1] ip=10.0.0.1\ncp2 ip\ncp3 ip=\"10.0.0.3\n[etcd:hosts]\n[a b]\nx\n",
			want: `shop:2:1: no range: "[3:1]": want one such as [1:3], [01:10] or [a:c]` + "\n" +
				`shop:3:1: no variable: "ip"` + "\n  behind a host's name stand variables such as ip=10.0.0.11, text with blanks in quotes\n" +
				"shop:4:1: a quote that is never closed\n" +
				`shop:5:1: no section: "[etcd:hosts]"` + "\n  a section is [group], [group:vars] or [group:children]\n" +
				`shop:6:1: no section: "[a b]"` + "\n  a section is [group], [group:vars] or [group:children]\n" +
				`shop:7:1: no variable: "x"` + "\n  below [group:vars] stand lines such as kube_apiserver_port=6443",
		},
		{
			name: "no control plane", file: "shop", content: "[masters]\ncp1 ip=10.0.0.1\n",
			want: "shop:1:1: no host in the group kube_control_plane (before kubespray 2.16: kube-master)" + hint,
		},
		{
			name: "no address", file: "shop", content: "[kube_control_plane]\ncp1 ansible_host=cp1.example.net\n",
			want: "shop:2:1: no address of cp1\n  give it ip=ADDRESS, as kubespray would find it on the interface of the default route",
		},
		{
			name: "bad addresses", file: "shop", content: "[kube_control_plane]\ncp1 ip=10.0.0.300\n[all:vars]\nkube_pods_subnet=10.233\n",
			want: "shop:2:1: ip: want an IP address, got \"10.0.0.300\"\n" + `shop:4:1: kube_pods_subnet: want a network, got "10.233"`,
		},
		{
			name: "one name of two", file: "shop", content: "[kube_control_plane]\ncp_1 ip=10.0.0.1\nCP-1 ip=10.0.0.2\n",
			want: "shop:3:1: cp_1 and CP-1 would both be cp-1: names of hosts are in lower case, with dashes",
		},
		{
			name: "an open range", file: "shop", content: "[kube_control_plane]\ncp[1:3 ip=10.0.0.1\n",
			want: `shop:2:1: a range that isn't closed: "cp[1:3"`,
		},
		{
			name: "too many hosts", file: "shop", content: "[kube_control_plane]\ncp[0:9999][0:9999]\n",
			want: `shop:2:1: no range: "[0:9999]": want one such as [1:3], [01:10] or [a:c]`,
		},
		{
			name: "variables of the wrong kind", file: "shop", content: good,
			vars: "kube_apiserver_port: high\nloadbalancer_apiserver: 10.0.0.1:6443\nkubernetes_audit: maybe\n",
			want: `group_vars/all.yml:1:1: kube_apiserver_port: want a whole number, got "high"` + "\n" +
				`group_vars/all.yml:2:1: loadbalancer_apiserver: want a mapping, got "10.0.0.1:6443"` + "\n" +
				`group_vars/all.yml:3:1: kubernetes_audit: want true or false, got "maybe"`,
		},
		{
			name: "variables that are none", file: "shop", content: good, vars: "kube_version: v1.36.3\nkube_version: v1.35.0\n",
			want: "group_vars/all.yml:2:1: kube_version stands here twice\n  the other one: group_vars/all.yml:1:1",
		},
		{
			name: "endless variables", file: "shop", content: good, vars: "x: &x [*x]\n",
			want: "group_vars/all.yml: no YAML: anchor 'x' value contains itself",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if tt.file != "" {
				write(t, tt.file, tt.content)
			}
			if tt.vars != "" {
				write(t, "group_vars/all.yml", tt.vars)
			}
			file := tt.file
			if file == "" {
				file = "shop"
			}
			_, err := adopt.Read("shop", adopt.Sources{Kubespray: file})
			var problems schema.Errors
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want schema.Errors", err)
			}
			if diff := cmp.Diff(tt.want, problems.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Ansible reads INI from a file of any name, and so does adopt.
func TestNames(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "hosts.yaml", "[kube_control_plane]\ncp1 ip=10.0.0.11\n")
	if _, err := adopt.Read("shop", adopt.Sources{Kubespray: "."}); err != nil {
		t.Error(err)
	}
	write(t, "inventory.ini", "all: {children: {kube_control_plane: {hosts: {cp1: {ip: 10.0.0.11}}}}}\n")
	if _, err := adopt.Read("shop", adopt.Sources{Kubespray: "inventory.ini"}); err != nil {
		t.Error(err)
	}
	_, err := adopt.Read("shop", adopt.Sources{Kubespray: "."})
	const want = ".: more than one inventory in this folder: inventory.ini, hosts.yaml\n  name the file that the playbooks get with -i"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if err := os.Mkdir("empty", 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := adopt.Read("shop", adopt.Sources{Kubespray: "empty"}); err == nil {
		t.Error("an empty folder is an inventory")
	}
}

// What stands closer to a host holds, as in Ansible: each of these comes after those above it.
func TestPrecedence(t *testing.T) {
	const inventory = "[kube_control_plane]\ncp1 ip=10.0.0.11\n"
	layers := []struct{ file, content string }{
		{"hosts", inventory + "[all:vars]\nansible_user=u0\n"},
		{"hosts", inventory + "[all:vars]\nansible_user=u0\n[kube_control_plane:vars]\nansible_user=u1\n"},
		{"group_vars/all.yml", "ansible_user: u2\n"},
		{"group_vars/k8s_cluster/main.yml", "ansible_user: u3\n"},
		{"group_vars/kube_control_plane.yml", "ansible_user: u4\n"},
		{"hosts", "[kube_control_plane]\ncp1 ip=10.0.0.11 ansible_user=u5\n"},
		{"host_vars/cp1.yml", "ansible_user: u6\n"},
	}
	t.Chdir(t.TempDir())
	for i, layer := range layers {
		write(t, layer.file, layer.content)
		d, err := adopt.Read("shop", adopt.Sources{Kubespray: "hosts"})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := d.Value("hosts", "cp1", "ssh", "user"), fmt.Sprintf("u%d", i); got != want {
			t.Errorf("%s: got %v, want %s", layer.file, got, want)
		}
	}
}
