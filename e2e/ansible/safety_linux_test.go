package ansible

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/topology"
)

// keep leaves hosts out of a fleet that a test doesn't need.
func (f *fleet) keep(wanted func(*topology.Host) bool) {
	f.cluster.Hosts = slices.DeleteFunc(slices.Clone(f.cluster.Hosts), func(h *topology.Host) bool { return !wanted(h) })
}

// TestEtcd changes members of etcd that run: none while another is ill, then one after the other, each when the others were asked.
func TestEtcd(t *testing.T) {
	need(t, "ansible-playbook", "nsenter")
	t.Parallel()
	f := render(t, "binary-nginx")
	f.keep((*topology.Host).IsEtcdMember)
	f.boot(t)
	for _, h := range f.cluster.Hosts {
		write(t, f.root(h.Name)+"/var/lib/stub/active/etcd.service", nil)
	}
	first, ill := f.cluster.Hosts[0].Name, f.cluster.Hosts[2]
	url := f.member(ill.Name)
	arguments := append(f.secrets(t), "--extra-vars", "khagen_delay=0")

	f.put(t, first, "/run/ill", url+"\n")
	before := f.snapshot(t)
	r := f.play(t, "etcd.yml", arguments...)
	want := first + ": its member of etcd runs and wasn't touched, since another isn't healthy: " + ill.Name + ": " + url +
		" is unhealthy: failed to commit proposal: context deadline exceeded."
	if r.code == 0 || !strings.Contains(strings.Join(strings.Fields(r.output), " "), want) {
		t.Errorf("nothing says %q:\n%s", want, r.output)
	}
	for _, e := range f.events(t) {
		if !strings.HasPrefix(e.text, "etcdctl ") || e.host != first {
			t.Errorf("%s has to %s", e.host, e.text)
		}
	}
	f.forget(t)
	if after := f.snapshot(t); before != after {
		t.Errorf("files were touched:\n%s\n%s", before, after)
	}

	f.put(t, first, "/run/ill", "")
	if r = f.play(t, "etcd.yml", arguments...); r.code != 0 {
		t.Fatal(r.output)
	}
	asked := map[string]int{} // other members, since the last restart
	for _, e := range f.events(t) {
		switch {
		case strings.HasPrefix(e.text, "etcdctl "):
			asked[e.host]++
		case e.text == "systemctl restart etcd.service":
			if len(asked) == 0 || asked[e.host] != 2 {
				t.Errorf("%s restarts after %v members were asked", e.host, asked)
			}
			asked = map[string]int{}
		}
	}
}

// TestRefused wants files that their own programs refuse to stay out: the old ones stay, nothing is reloaded, and what the program
// said is told.
func TestRefused(t *testing.T) {
	need(t, "ansible-playbook", "nsenter", "haproxy")
	t.Parallel()
	f := render(t, "kubespray-haproxy")
	f.keep(func(h *topology.Host) bool { return h.Name == "node1" })
	programs := map[string]string{"load_balancers.yml": "unknown keyword 'bnid:'"}
	if at, err := filepath.Abs("../.cache/bin/k8s-1.36/kubeadm"); err == nil && exec.Command(at, "version").Run() == nil {
		f.binds = map[string]string{"/usr/local/bin/kubeadm": at}
		programs["control_planes.yml"] = `unknown field "bnid"`
	}
	f.boot(t)
	for playbook, said := range programs {
		path := map[string]string{"load_balancers.yml": "/etc/haproxy/haproxy.cfg", "control_planes.yml": "/etc/kubernetes/kubeadm/config.yaml"}[playbook]
		rendered := filepath.Join(f.out(), "hosts/node1/rootfs", path)
		text, err := os.ReadFile(rendered)
		if err != nil {
			t.Fatal(err)
		}
		write(t, rendered, append(text, "bnid: everywhere\n"...))
		write(t, f.root("node1")+path, []byte("old\n"))
		r := f.play(t, playbook, append(f.secrets(t), "--limit", "node1")...)
		if r.code == 0 || !strings.Contains(r.output, path) || !strings.Contains(strings.ReplaceAll(r.output, `\"`, `"`), said) {
			t.Errorf("%s: nothing says %s, or for %s:\n%s", playbook, said, path, r.output)
		}
		if now, err := os.ReadFile(f.root("node1") + path); string(now) != "old\n" {
			t.Errorf("%s is %q, %v", path, now, err)
		}
	}
	if events := f.events(t); len(events) > 0 {
		t.Errorf("node1 has to %v", events)
	}
}
