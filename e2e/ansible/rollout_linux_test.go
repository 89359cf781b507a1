package ansible

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "embed"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/e2e/playbook"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

//go:embed testdata/plan.json
var plan []byte

// TestRollout brings a plan's waves to hosts: it stops where a check fails, goes on from there, and changes nothing again.
func TestRollout(t *testing.T) {
	need(t, "ansible-playbook", "nsenter", "nginx", "keepalived")
	t.Parallel()
	f := render(t, "binary-nginx")
	f.keep((*topology.Host).IsLoadBalancer) // no wave has others
	f.boot(t)
	follow := append(f.secrets(t), "--extra-vars", "khagen_plan="+f.plan(t, plan, f.sum(t)), "--extra-vars", "khagen_delay=0 khagen_retries=1")

	ill := f.root("lb-backup") + "/run/ill"
	write(t, ill, nil)
	r := f.play(t, "rollout.yml", follow...)
	for _, want := range []string{
		"Load balancer lb-backup: lb-backup: Wait until it holds: it is well", "-e khagen_from=load-balancer-lb-backup", "bring the old files: git revert HEAD",
	} {
		if r.code == 0 || !strings.Contains(r.output, want) {
			t.Errorf("a check that fails gives %d without %q", r.code, want)
		}
	}
	f.went(t, "asked", "load-balancer lb-backup")
	if asked, err := os.ReadFile(filepath.Join(f.dir, "controller.log")); string(asked) != "asked\n" {
		t.Errorf("the controller was asked %q, %v: once for the wave", asked, err)
	}
	if asked, err := os.ReadFile(f.root("lb-master") + "/var/lib/asked"); string(asked) != "lb-master\n" {
		t.Errorf("lb-master was asked %q, %v: once, when its batch had its turn", asked, err)
	}
	if t.Failed() {
		t.Fatal(r.output)
	}

	if err := os.Remove(ill); err != nil {
		t.Fatal(err)
	}
	if r = f.play(t, "rollout.yml", append(follow, "--extra-vars", "khagen_from=load-balancer-lb-backup")...); r.code == 0 ||
		!strings.Contains(r.output, "look at it: kubectl get nodes. When it is done: -e khagen_from=objects -e khagen_by_hand=objects") {
		t.Fatal(r.output)
	}
	f.went(t, "asked", "load-balancer lb-backup", "load-balancer lb-master", "applied {{ braces }}")

	f.forget(t)
	r = f.play(t, "rollout.yml", append(follow, "--extra-vars", "khagen_by_hand=objects")...)
	if r.code != 0 || !strings.Contains(r.output, "all waves are through") {
		t.Fatal(r.output)
	}
	for host, was := range r.recap {
		if host != "localhost" && was != (playbook.Recap{}) {
			t.Errorf("the second time, %s has %+v", host, was)
		}
	}
	if events := f.events(t); len(events) > 0 {
		t.Errorf("the second time, hosts do %v", events)
	}
}

// TestRolloutReadsAgain wants what a wave makes on the controller, such as certificates, to come with that wave, though an earlier one
// has read the tree; for hosts, too, that come in one batch with a host of an earlier wave. A check that takes a human waits for one.
func TestRolloutReadsAgain(t *testing.T) {
	need(t, "ansible-playbook", "nsenter", "nginx", "keepalived")
	t.Parallel()
	f := render(t, "binary-nginx")
	f.keep((*topology.Host).IsLoadBalancer)
	f.boot(t)
	made := `{"text": "made", "on": "controller", "manual": false, "run": "for h in out/binary-nginx/hosts/lb-*; do echo '# made' >>$h/rootfs/etc/nginx/nginx.conf; done"}`
	looked := `{"text": "is it made", "on": "host", "manual": false, "run": "grep made /etc/nginx/nginx.conf"}`
	asked := `{"text": "look at it", "on": "controller", "manual": true, "run": "touch never"}`
	wave := func(id, hosts, before, after string) string {
		return `{"id": "` + id + `", "title": "` + id + `", "why": "", "hosts": [` + hosts + `], "batch": 2, "phases": ["prerequisites", "load-balancer"],
			"pki": false, "programs": false, "before": [` + before + `], "steps": [], "after": [` + after + `], "back": []}`
	}
	text := `{"plans": [{"cluster": "binary-nginx", "safe": true, "refused": [], "waves": [` +
		wave("one", `"lb-backup"`, "", "") + "," + wave("both", `"lb-backup", "lb-master"`, made, looked+","+asked) + `]}]}`
	r := f.play(t, "rollout.yml", append(f.secrets(t), "--extra-vars", "khagen_plan="+f.plan(t, []byte(text), f.sum(t)),
		"--extra-vars", "khagen_delay=0 khagen_retries=1")...)
	if r.code == 0 || !strings.Contains(r.output, "look at it: touch never. When it holds: -e khagen_from=both -e khagen_by_hand=both") {
		t.Error(r.output)
	}
	for _, host := range []string{"lb-backup", "lb-master"} {
		if conf, err := os.ReadFile(f.root(host) + "/etc/nginx/nginx.conf"); !strings.Contains(string(conf), "# made") {
			t.Errorf("%s has old files: %v", host, err)
		}
	}
	if _, err := os.Stat(filepath.Join(f.dir, "never")); err == nil {
		t.Error("what takes a human was run")
	}
}

// TestRolloutWithoutPrograms wants a wave to bring no programs where it doesn't say so: they come with another.
func TestRolloutWithoutPrograms(t *testing.T) {
	need(t, "ansible-playbook", "nsenter")
	t.Parallel()
	f := render(t, "binary-nginx")
	f.keep(func(h *topology.Host) bool { return h.Name == "k8s-node2" })
	f.skip = "packages"
	f.boot(t)
	text := `{"plans": [{"cluster": "binary-nginx", "safe": true, "refused": [], "waves": [
		{"id": "node", "title": "node", "why": "", "hosts": ["k8s-node2"], "batch": 1, "phases": ["worker"], "pki": false, "programs": false,
			"before": [], "steps": [], "after": [], "back": []}]}]}`
	r := f.play(t, "rollout.yml", append(f.secrets(t), "--extra-vars", "khagen_plan="+f.plan(t, []byte(text), f.sum(t)))...)
	if r.code != 0 || f.exists("k8s-node2", "/var/lib/khagen/artifacts") || strings.Contains(r.output, "Ask which programs are due") {
		t.Error(r.output)
	}
	if !f.told(t, "k8s-node2", "systemctl restart kubelet.service") {
		t.Error("the wave brings nothing")
	}
}

// TestRolloutRefuses wants nothing to begin where the plan is for something else, or can't be followed.
func TestRolloutRefuses(t *testing.T) {
	need(t, "ansible-playbook")
	t.Parallel()
	f := render(t, "binary-nginx")
	good := f.sum(t)
	for name, bad := range map[string]struct {
		plan string
		sum  string
		args []string
		want string
	}{
		"another cluster": {strings.Replace(string(plan), "binary-nginx", "shop", 1), good, nil, "has no plan of binary-nginx, but of shop"},
		"another tree":    {string(plan), strings.Repeat("0", 64), nil, "the tree isn't the one that the plan leads to"},
		"an unsafe change": {
			`{"plans": [{"cluster": "binary-nginx", "safe": false, "refused": [{"what": "two members", "why": "quorum", "instead": ["one"]}], "waves": []}]}`,
			good, nil, "two members",
		},
		"a host that isn't there": {strings.Replace(string(plan), `"lb-backup"`, `"lb-gone"`, 1), good, nil, "the plan names lb-gone"},
		"a wave that isn't there": {string(plan), good, []string{"--extra-vars", "khagen_from=nowhere"}, "the plan has no wave nowhere, but look, "},
		"nobody's login":          {strings.Replace(string(plan), `"manual": true`, `"manual": false`, 1), good, nil, "-e khagen_kubeconfig=FILE, or KUBECONFIG"},
		"a program that isn't here": {
			strings.Replace(string(plan), `"manual": true`, `"manual": false`, 1), good,
			[]string{"--extra-vars", `{"khagen_kubeconfig": "any", "khagen_rollout_there": "PATH=/nowhere; "}`},
			"steps of the plan run kubectl on this machine",
		},
		"some hosts": {string(plan), good, []string{"--limit", "localhost,lb-master"}, "without --limit"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"--extra-vars", "khagen_plan=" + f.plan(t, []byte(bad.plan), bad.sum)}, bad.args...)
			if r := f.play(t, "rollout.yml", args...); r.code == 0 || !strings.Contains(r.output, bad.want) || strings.Contains(r.output, "PLAY [look") {
				t.Errorf("gives %d without %q\n%s", r.code, bad.want, r.output)
			}
		})
	}
}

// plan writes a plan that leads to a tree, and gives its file's name as seen from where Ansible runs.
func (f *fleet) plan(t *testing.T, text []byte, sum string) string {
	t.Helper()
	var p struct {
		Plans []map[string]any `json:"plans"`
	}
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	p.Plans[0]["tree"] = sum
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(f.dir, "plan.json"), text)
	return "plan.json"
}

// sum is that of the tree.
func (f *fleet) sum(t *testing.T) string {
	t.Helper()
	s, err := tree.SnapshotOf(f.cluster.Spec.Name, f.files)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := s.Sum()
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// went wants things to have happened in an order: what the controller wrote down, and restarts on hosts, each once.
func (f *fleet) went(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	add := func(what string) {
		if !slices.Contains(got, what) {
			got = append(got, what)
		}
	}
	text, err := os.ReadFile(filepath.Join(f.dir, "controller.log"))
	if err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(string(text), "\n")
	add(first)
	for _, e := range f.events(t) {
		if strings.Contains(e.text, "restart") && strings.Contains(e.text, "nginx.service") {
			add("load-balancer " + e.host)
		}
	}
	for line := range strings.Lines(rest) {
		add(strings.TrimSpace(line))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what happened (-want +got):\n%s", diff)
	}
}
