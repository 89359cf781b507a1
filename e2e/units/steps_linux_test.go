package units

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func (r *run) testReady(t *testing.T) { r.untilReady(t) }

// testAnonymous asks without a certificate. The rendered configuration lets such requests see health alone.
func (r *run) testAnonymous(t *testing.T) {
	for path, want := range map[string]int{
		"/livez": http.StatusOK, "/readyz": http.StatusOK, "/api": http.StatusUnauthorized, "/metrics": http.StatusUnauthorized,
		"/api/v1/namespaces/kube-public/configmaps": http.StatusUnauthorized,
	} {
		if status, body, err := r.get(path); err != nil || status != want {
			t.Errorf("%s: got %d %v, want %d: %s", path, status, err, want, body)
		}
	}
}

func (r *run) testLeases(t *testing.T) {
	for _, unit := range controlPlane[1:] {
		name := strings.TrimSuffix(unit, ".service")
		lease := r.kubectl("super-admin", "--namespace=kube-system get lease "+name+" --output=jsonpath='{.spec.holderIdentity}'")
		r.until(t, lease+" | cut -d_ -f1", r.declared.NodeName)
	}
}

// testObjects applies what the README has people apply, after which administrators need no more than admin.kubeconfig.
func (r *run) testObjects(t *testing.T) {
	if len(r.objects()) == 0 {
		t.Fatal("nothing is rendered for the cluster")
	}
	if got, _ := r.try(r.kubectl("admin", "auth can-i '*' '*' --all-namespaces")); !strings.Contains(got, "no") {
		t.Errorf("administrators have rights that nobody gave them: %s", got)
	}
	r.shell(t, r.kubectl("super-admin", "apply --server-side --dry-run=server --validate=strict -f "+incoming+"/cluster"))
	r.shell(t, r.kubectl("super-admin", "apply --validate=strict -f "+incoming+"/cluster"))
	if _, err := r.try(r.kubectl("super-admin", "diff -f "+incoming+"/cluster")); err != nil {
		t.Errorf("the cluster keeps something else than what it was told: %v", err)
	}
	r.until(t, r.kubectl("admin", "auth can-i '*' '*' --all-namespaces"), "yes")
}

// testControllers waits for what takes the service accounts' keys, the controllers and the scheduler to come about.
func (r *run) testControllers(t *testing.T) {
	r.until(t, r.kubectl("admin", "get serviceaccount default --output=name"), "serviceaccount/default")
	if token := r.shell(t, r.kubectl("admin", "create token default")); strings.Count(token, ".") != 2 {
		t.Errorf("not a token: %q", token)
	}
	scheduled := `--namespace=kube-system get pods --selector=k8s-app=kube-dns --output=jsonpath='{.items[0].status.conditions[?(@.type=="PodScheduled")].reason}'`
	r.until(t, r.kubectl("admin", scheduled), "Unschedulable") // there are no nodes
}

func (r *run) testHardening(t *testing.T) {
	for _, unit := range append([]string{"etcd.service"}, controlPlane...) {
		user := "root"
		if unit == "etcd.service" {
			user = "etcd"
		}
		got := r.shell(t, fmt.Sprintf(`pid=$(systemctl show --property=MainPID --value %s)
stat --format=%%U /proc/$pid
grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/$pid/status | cut -f2
nsenter --target $pid --mount -- sh -c 'touch /etc/written 2>/dev/null || echo protected'`, unit))
		want := strings.Join([]string{user, "0000000000000000", "0000000000000000", "1", "2", "protected"}, "\n")
		if got != want {
			t.Errorf("%s runs with\n%s\nwant\n%s", unit, got, want)
		}
	}
	if got := r.shell(t, "stat --format='%U %a' "+r.declared.EtcdDataDir()); got != "etcd 700" {
		t.Errorf("etcd's data belongs to %s", got)
	}
}

func (r *run) testAudit(t *testing.T) {
	log := "/var/log/kubernetes/audit.log"
	if got := r.shell(t, "stat --format='%U %a' "+log); got != "root 600" {
		t.Errorf("the audit log belongs to %s", got)
	}
	r.until(t, `grep --max-count=1 --only-matching '"resource":"clusterrolebindings"' `+log, `"resource":"clusterrolebindings"`)
	if got := r.shell(t, `grep --count '"requestURI":"/readyz' `+log+" || true"); got != "0" { // what is written on record may name it
		t.Errorf("%s probes are on record", got)
	}
}

// testRestarts restarts what changed, as delivery does, then all in the order of a boot, then what was killed.
func (r *run) testRestarts(t *testing.T) {
	all := strings.Join(append([]string{"etcd.service"}, controlPlane...), " ")
	r.shell(t, "systemctl restart etcd.service")
	r.until(t, r.etcdctl("endpoint health"), strings.Repeat("is healthy", len(r.members)))
	r.shell(t, "systemctl stop "+all)
	if _, _, err := r.get("/readyz"); err == nil {
		t.Error("the API server answers although it was stopped")
	}
	r.shell(t, "journalctl --sync; date +%s.%N > /run/since; systemctl start multi-user.target") // what is enabled comes up
	r.untilReady(t)
	r.until(t, "systemctl is-active "+all+" | sort --unique", "active")
	r.until(t, "journalctl --since=@$(cat /run/since) --unit=kube-scheduler.service | grep --only-matching 'Serving securely'", "Serving securely")
	if got, err := r.try("journalctl --since=@$(cat /run/since) --unit=kube-scheduler.service | grep 'without authentication'"); err == nil {
		t.Errorf("the scheduler came up before the API server could tell it whom to trust: %s", got)
	}
	r.shell(t, "systemctl kill --signal=KILL kube-apiserver.service")
	r.until(t, "systemctl show --property=NRestarts --value kube-apiserver.service", "1")
	r.untilReady(t)
	r.shell(t, r.kubectl("admin", "get namespaces"))
}
