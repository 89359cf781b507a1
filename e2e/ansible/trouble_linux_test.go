package ansible

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/e2e/sandbox"
	"github.com/khagen/khagen/internal/topology"
)

// TestTrouble takes a cluster through what goes wrong: a secret that is missing, hosts that are out of reach, a unit that doesn't
// come up, and files that somebody changed.
func TestTrouble(t *testing.T) {
	need(t, "ansible-playbook", "nsenter", "haproxy", "keepalived")
	t.Parallel()
	f := render(t, "kubespray-haproxy")
	f.boot(t)
	secrets := f.secrets(t)

	r := f.play(t, "site.yml")
	f.refuses(t, r, "node1", "khagen_secrets has no fit value for haproxy_stats")
	f.lost = []string{"node2"}
	r = f.play(t, "site.yml", secrets...)
	f.refuses(t, r, "node2", "out of reach")

	// Delivered to all but a worker that is out of reach, and one whose kubelet doesn't come up.
	f.lost = []string{"node4"}
	f.put(t, "node5", "/run/broken", "kubelet.service\n")
	r = f.play(t, "site.yml", secrets...)
	if r.code == 0 || r.recap["node4"].Unreachable == 0 || r.recap["node5"].Failed == 0 || !strings.Contains(r.output, "restart kubelet.service: failed; it stays due") {
		t.Fatal(r.output)
	}
	for _, host := range []string{"node1", "node2", "node3"} {
		if r.recap[host].Failed != 0 {
			t.Fatalf("%s failed, too:\n%s", host, r.output)
		}
	}
	// What was left undone is done by the next run, although no file changes on that host.
	f.lost = nil
	f.put(t, "node5", "/run/broken", "")
	f.forget(t)
	if r = f.play(t, "site.yml", secrets...); r.code != 0 {
		t.Fatal(r.output)
	}
	f.compare(t)
	if !f.told(t, "node5", "systemctl restart kubelet.service") || !f.told(t, "node4", "systemctl restart kubelet.service") || f.told(t, "node1", "systemctl ") {
		t.Error(f.events(t))
	}

	f.testDrift(t, secrets)
}

// TestReach wants a host without one of the programs that deliveries need to be refused before anything changes.
func TestReach(t *testing.T) {
	need(t, "ansible-playbook", "nsenter")
	t.Parallel()
	f := render(t, "kubespray-haproxy")
	if f.known(t) {
		return
	}
	f.keep(func(h *topology.Host) bool { return h.Name == "node1" })
	f.more = []sandbox.File{{Path: "/usr/bin/sha256sum", Mode: 0o644}} // over the machine's, and no program
	f.boot(t)
	f.refuses(t, f.play(t, "site.yml", append(f.secrets(t), "--limit", "node1")...), "node1", "programs that aren't here: sha256sum")
}

// testDrift changes files by hand: check.yml finds them and mends nothing, a delivery does. A control plane whose balancer
// doesn't reload keeps the others as they are.
func (f *fleet) testDrift(t *testing.T, secrets []string) {
	t.Helper()
	f.put(t, "node3", "/etc/haproxy/haproxy.cfg", "global\n")
	f.put(t, "node4", "/etc/crictl.yaml", "")
	if err := os.Chmod(f.root("node2")+"/etc/haproxy/stats.env", 0o644); err != nil {
		t.Fatal(err)
	}
	f.forget(t)
	before := f.snapshot(t)
	r := f.play(t, "check.yml", secrets...)
	for _, want := range []string{
		"node3: /etc/haproxy/haproxy.cfg: content", "node4: /etc/crictl.yaml: content", "node2: /etc/haproxy/stats.env: mode or owner",
	} {
		if !strings.Contains(r.output, want) {
			t.Errorf("check.yml doesn't say %q", want)
		}
	}
	if r.code == 0 || r.recap["node1"].Failed+r.recap["node5"].Failed != 0 || t.Failed() {
		t.Error(r.output)
	}
	if r = f.play(t, "site.yml", append(secrets, "--check", "--diff")...); r.code != 0 || !strings.Contains(r.output, "+++ after: ") {
		t.Error(r.output)
	}
	if after := f.snapshot(t); before != after || len(f.events(t)) != 0 {
		t.Errorf("check.yml or --check changed something:\n%s\n%s\n%v", before, after, f.events(t))
	}
	if strings.Contains(r.output, "stub1234") {
		t.Error("--diff shows a secret")
	}

	// By priority, node3 is the first.
	f.put(t, "node3", "/run/broken", "haproxy.service\n")
	if r = f.play(t, "site.yml", secrets...); r.code == 0 || f.told(t, "node2", "systemctl ") || f.told(t, "node5", "systemctl ") {
		t.Error(r.output, f.events(t))
	}
	f.put(t, "node3", "/run/broken", "")
	if r = f.play(t, "site.yml", secrets...); r.code != 0 || !f.told(t, "node3", "systemctl reload-or-restart haproxy.service") {
		t.Error(r.output, f.events(t))
	}
	f.compare(t)
}

// refuses wants a run to end with a host and a reason before anything changed.
func (f *fleet) refuses(t *testing.T, r result, host, reason string) {
	t.Helper()
	changed := slices.ContainsFunc(f.cluster.Hosts, func(h *topology.Host) bool { return r.recap[h.Name].Changed != 0 })
	if r.code == 0 || changed || len(f.events(t)) != 0 || !strings.Contains(r.output, host) || !strings.Contains(r.output, reason) {
		t.Fatalf("want %s and %q, and nothing changed:\n%s", host, reason, r.output)
	}
}

// put writes a file on a host by hand, and leaves its mode.
func (f *fleet) put(t *testing.T, host, path, content string) {
	t.Helper()
	if err := os.WriteFile(f.root(host)+path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// told says whether a host was told what begins so.
func (f *fleet) told(t *testing.T, host, text string) bool {
	t.Helper()
	return slices.ContainsFunc(f.events(t), func(e event) bool { return e.host == host && strings.HasPrefix(e.text, text) })
}

// snapshot has the sums, modes and owners of all files in /etc and /var/lib of all hosts.
func (f *fleet) snapshot(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, h := range f.cluster.Hosts {
		script := "cd " + f.root(h.Name) + " && find etc var/lib -xdev -type f -printf '%m %u %g %T@ %p\\n' | sort && find etc -xdev -type f -exec sha256sum {} + | sort"
		output, err := exec.CommandContext(t.Context(), "sh", "-ec", script).Output()
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(h.Name + "\n" + string(output))
	}
	return all.String()
}

// TestPlaybooks has the playbooks, which are the same for all clusters, judged by ansible-lint, and their scripts by shellcheck.
func TestPlaybooks(t *testing.T) {
	need(t, "ansible-playbook", "ansible-lint", "shellcheck")
	t.Parallel()
	f := render(t, "binary-nginx")
	if !f.known(t) {
		f.lint(t)
	}
}

// lint has playbooks and scripts judged by those who know how they should be written.
func (f *fleet) lint(t *testing.T) {
	t.Helper()
	at := filepath.Join(f.out(), "ansible")
	environment := append(os.Environ(), "HOME="+f.dir, "LANG=C.UTF-8", "NO_COLOR=1")
	run := func(name string, arguments ...string) {
		cmd := exec.CommandContext(t.Context(), name, arguments...)
		cmd.Dir, cmd.Env = at, environment
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s %v: %v\n%s", name, arguments, err, output)
		}
	}
	run("ansible-lint", "--offline")
	for _, playbook := range []string{"site.yml", "check.yml"} {
		run("ansible-playbook", "--inventory", "inventory.yml", "--syntax-check", playbook)
	}
	scripts, err := filepath.Glob(filepath.Join(at, "files/*.sh"))
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts", err)
	}
	// SC2154: tasks set the variables.
	run("shellcheck", append([]string{"--shell=sh", "--exclude=SC2154"}, scripts...)...)
}
