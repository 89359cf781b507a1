package failures

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/topology"
)

// load gives a reference cluster, or one of e2e/lab/systems.
func load(t *testing.T, name string) *topology.Cluster {
	t.Helper()
	repository, err := rendered.Repository()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(repository, "overlays", name)
	if _, err := os.Stat(folder); err != nil {
		folder = filepath.Join(repository, "e2e/lab/systems/testdata", name)
	}
	c, _, err := rendered.Files(folder)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What can fail, how long clients may notice, and whom it is done to follow from the definition.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		system string
		now    moment
		want   string // of some faults: name, bound, own intervals where they are slower, hosts
	}{
		{"binary-nginx", moment{"lb-backup", "k8s-master2", "k8s-node1", ""}, `
			API server is killed, 3s, k8s-master2
			etcd is killed, 3s, k8s-node1
			nginx is stopped, 6s or 9s, lb-backup
			keepalived is stopped, 2s, lb-backup
			the holder crashes, 6s, lb-backup
			a control plane crashes, 6s, k8s-master2
			most of etcd's hosts crash, 0s, k8s-node1 k8s-node2
			all hosts lose power, 0s, k8s-master1 k8s-master2 k8s-node1 k8s-node2 lb-backup lb-master`},
		{"kubespray-haproxy", moment{"node2", "node3", "", ""}, `
			API server hangs, 3s or 11s, node3
			haproxy is stopped, 6s or 29s, node2
			keepalived is stopped, 2s or 4s, node2
			the holder crashes, 6s or 24s, node2
			most of etcd's hosts crash, 0s, node1 node3`},
		// One balancer, and no virtual address: nothing is promised of its loss.
		{"container-nginx", moment{"", "master1", "master2", ""}, `
			etcd is killed, 3s, master1
			nginx is stopped, 0s, nginx
			the balancer crashes, 0s, nginx
			a control plane crashes, 6s, master1`},
		// Somebody else's balancer.
		{"kubeadm-stacked", moment{"", "cp2", "", ""}, `
			API server is stopped, 3s, cp2
			API server hangs, 3s, cp2
			etcd is killed, 3s, cp2
			a control plane crashes, 6s, cp2
			most of etcd's hosts crash, 0s, cp2 cp3
			all hosts lose power, 0s, cp1 cp2 cp3 w1`},
		{"static-pods", moment{"bfs-k8s-master1.solarfs.k8s", "bfs-k8s-master1.solarfs.k8s", "", ""}, `
			haproxy is killed, 6s or 40s, bfs-k8s-master1.solarfs.k8s`},
		// Clients are on a worker, and its balancer is the only one that they have.
		{"node-local", moment{"", "cp2", "cp3", "w2"}, `
			API server hangs, 3s or 13s, cp2
			etcd is killed, 3s or 13s, cp2
			haproxy is stopped, 0s, w2
			haproxy is killed, 0s, w2
			a control plane crashes, 6s or 13s, cp2`},
		// A lease of 15 s, looked at once in 2 s to 4.4 s. Who has it asks its own API server.
		{"kube-vip", moment{"cp2", "cp2", "cp3", ""}, `
			API server hangs, 3s or 23.8s, cp2
			kube-vip is stopped, 2s or 4.4s, cp2
			kube-vip is killed, 6s or 23.8s, cp2
			the holder crashes, 6s or 23.8s, cp2`},
	} {
		var got []string
		for _, f := range Faults(load(t, c.system)) {
			bound := f.Bound.String()
			if f.Tuning > f.Bound && f.Bound > 0 {
				bound += " or " + f.Tuning.String()
			}
			got = append(got, fmt.Sprintf("%s, %s, %s", f.Name, bound, strings.Join(f.hosts(c.now), " ")))
		}
		for line := range strings.Lines(strings.TrimSpace(c.want)) {
			if !slices.Contains(got, strings.TrimSpace(line)) {
				t.Errorf("%s: no %q in\n%s", c.system, strings.TrimSpace(line), strings.Join(got, "\n"))
			}
		}
	}
}

// Balancers that others run and addresses that nobody carries can't fail.
func TestNoFaults(t *testing.T) {
	if got := Of(Faults(load(t, "kubeadm-stacked")), Balancer, Address); len(got) > 0 {
		t.Errorf("got %d faults", len(got))
	}
}

// A short run has one of each part that there is.
func TestShort(t *testing.T) {
	for system, parts := range map[string][]string{
		"binary-nginx":      {APIServer, Etcd, Balancer, Address, Host, Cluster},
		"kubespray-haproxy": {APIServer, Balancer, Address, Host}, // kubeadm brings its etcd, on which outages of all turn
	} {
		c := load(t, system)
		all := Faults(c)
		for _, part := range parts {
			if len(Of(Short(all), part)) == 0 {
				t.Errorf("nothing happens to the %s of %s", part, system)
			}
		}
		crashes := func(f Fault) bool {
			return strings.HasSuffix(f.Name, " crashes") && slices.ContainsFunc(c.ControlPlanes, func(h *topology.Host) bool { return slices.Contains(f.hosts(moment{}), h.Name) })
		}
		if !slices.ContainsFunc(Short(all), crashes) {
			t.Errorf("no control plane of %s crashes", system)
		}
		if len(Short(all)) == len(all) {
			t.Errorf("a short run of %s has all faults", system)
		}
	}
}

func TestFirstVersion(t *testing.T) {
	for text, want := range map[string]string{
		"HAProxy version 2.6.12-1+deb12u3 2025/10/03 - https://haproxy.org/": "2.6.12",
		"nginx version: nginx/1.22.1":                                        "1.22.1",
		"Keepalived v2.2.7 (01/16,2022)":                                     "2.2.7",
	} {
		if got := firstVersion(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
