package repository

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
)

func TestMain(m *testing.M) { os.Exit(lab.Run(m.Run)) }

// node is the first control plane of a reference cluster.
type node struct {
	*lab.Host
	lab       *lab.Lab
	cluster   *cluster.Cluster
	variables string
}

// parts tells what hosts and packages are made of from other packages and programs.
func parts(t *testing.T) (states []string) {
	t.Helper()
	packages, err := lab.ImagePackages()
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{packages}
	for _, module := range []string{"k8s-1.36", containerdModule, crictlModule} {
		folder, err := lab.Programs(module)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range needed(module) {
			paths = append(paths, filepath.Join(folder, name))
		}
	}
	for _, path := range paths {
		state, err := accepted.Program(path)
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, state)
	}
	return states
}

func start(t *testing.T, c *cluster.Cluster) *node {
	t.Helper()
	packages, err := Make(t.Context(), "1.36")
	if err != nil {
		t.Fatal(err)
	}
	variables, err := json.Marshal(packages.Variables())
	if err != nil {
		t.Fatal(err)
	}
	n := &node{variables: string(variables), cluster: c}
	spec, err := n.cluster.HostSpec(n.cluster.Topology.ControlPlanes[0])
	if err != nil {
		t.Fatal(err)
	}
	spec.Binds = packages.Binds()
	n.lab, err = lab.Start(t.Context(), lab.Spec{Addresses: []netip.Prefix{n.cluster.Client()}, Hosts: []lab.HostSpec{spec}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.lab.Close(); err != nil {
			t.Error(err)
		}
	})
	n.Host = n.lab.Hosts()[0]
	return n
}

// says runs a line of shell on the node.
func (n *node) says(t *testing.T, line string) string {
	t.Helper()
	text, err := n.Run(t.Context(), "sh", "-c", line)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A playbook takes the packages of a definition from here, as it would from the real repositories.
func TestPlaybook(t *testing.T) {
	cluster.Need(t)
	c := cluster.Reference(t, "kubespray-haproxy", cluster.Needs{})
	if accepted.Already(t, t.Name(), parts(t), c.Topology.Spec, c.Files) {
		return
	}
	n := start(t, c)
	for _, want := range []string{"changes", "nothing left to change"} {
		r, err := n.cluster.Play(t.Context(), n.lab, "site.yml", "--limit", n.Name, "--tags", "packages", "--extra-vars", n.variables)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("delivered in %v: %v", r.Took.Round(time.Millisecond), r.Hosts)
		if (r.Hosts[n.Name].Changed > 0) != (want == "changes") {
			t.Errorf("want %s, got %+v\n%s", want, r.Hosts[n.Name], r.Output)
		}
	}
	for line, want := range map[string]string{
		"kubelet --version":                                             "Kubernetes v1.36.",
		"kubeadm version --output short":                                "v1.36.",
		"kubectl version --client":                                      "Client Version: v1.36.",
		"containerd --version":                                          "containerd github.com/containerd/containerd/v2 v2.3.",
		"dpkg-query --show containerd.io":                               "containerd.io\t2.3.",
		"echo $(apt-mark showhold)":                                     "containerd.io kubeadm kubectl kubelet",
		"systemctl is-active containerd":                                "active",
		"systemctl is-enabled containerd kubelet || :":                  "enabled\ndisabled",
		"systemctl show --property=DropInPaths --value kubelet":         "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
		"/opt/cni/bin/loopback </dev/null 2>&1 || :":                    "CNI loopback plugin",
		"apt-get install --yes --quiet=2 cri-tools && crictl --version": "crictl version 1.36.",
		"dpkg --audit; dpkg --verify":                                   "",

		"dpkg-query --show --showformat '${db:Status-Status}' containerd": "config-files",
	} {
		if got := n.says(t, line); !strings.Contains(got, want) || (want == "" && got != "") {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
	if failed, err := n.Failed(t.Context()); err != nil || failed != "" {
		t.Errorf("units failed: %s, %v", failed, err)
	}
}
