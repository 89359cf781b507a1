package ansible

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/khagen/khagen/e2e/sandbox"
	"github.com/khagen/khagen/internal/topology"
)

// TestRepositories names the repositories of the tree's packages on a node that runs with those of another version, before an upgrade
// takes packages from them. Nothing else happens there.
func TestRepositories(t *testing.T) {
	need(t, "ansible-playbook", "nsenter")
	t.Parallel()
	const host = "cp1"
	f := render(t, "kubeadm-stacked")
	f.keep(func(h *topology.Host) bool { return h.Name == host })
	f.skip = "none"
	const named = "/etc/apt/sources.list.d/khagen-kubernetes.sources"
	f.more = []sandbox.File{
		{Path: named, Content: []byte("the repository of an earlier version")},
		{Path: "/var/lib/kubelet/config.yaml", Content: []byte("a node that runs")},
	}
	f.boot(t)
	key := filepath.Join(f.dir, "key.asc")
	write(t, key, []byte("a key"))
	arguments := []string{
		"--limit", host, "--tags", "repositories",
		"--extra-vars", `{"khagen_kubernetes_repository": {"key": "` + key + `"}, "khagen_runtime_repository": {"key": "` + key + `"}}`,
	}

	for _, changed := range []int{3, 0} {
		r := f.play(t, "prepare.yml", arguments...)
		if r.code != 0 || r.recap[host].Changed != changed {
			t.Fatalf("changed %d, want %d:\n%s", r.recap[host].Changed, changed, r.output)
		}
	}
	got, err := os.ReadFile(f.root(host) + named)
	if err != nil || !strings.Contains(string(got), "\nURIs: https://pkgs.k8s.io/core:/stable:/v1.36/deb/\n") {
		t.Errorf("%v: %s", err, got)
	}
	if events := f.events(t); len(events) > 0 {
		t.Error(events)
	}
}
