package units

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/tree"
)

// breakage spoils one line of a rendered file, so that the component has to refuse it.
type breakage struct {
	unit string
	what string
	file string // how its path ends
	old  string // an expression; the first match is replaced
	new  string // may refer to groups of old
	says string // what the unit's journal has to name
}

var breakages = []breakage{
	{"etcd.service", "an unknown flag", "/etcd.conf", `--heartbeat-interval=`, "--heartbeats-interval=", "-heartbeats-interval"},
	{"etcd.service", "a value that is no number", "/etcd.conf", `(--quota-backend-bytes)=\d+`, "$1=2Gi", "quota-backend-bytes"},
	{"etcd.service", "a feature that it lacks", "/etcd.conf", `InitialCorruptCheck`, "InitialCorrupted", "InitialCorrupted"},
	{"etcd.service", "a certificate that isn't there", "/etcd.conf", `/peer\.crt`, "/none.crt", "none.crt"},
	{"etcd.service", "a member that isn't in its cluster", "/etcd-initial.conf", `=etcd-1=`, "=etcd-9=", "etcd-1"},
	{"etcd.service", "an unknown state", "/etcd-initial.conf", `(--initial-cluster-state)=new`, "$1=newer", "initial-cluster-state"},
	{"etcd.service", "a user that the host lacks", "/etcd.service", `(?m)^User=etcd$`, "User=etcds", "USER"},
	{"etcd.service", "a folder that it can't write to", "/etcd.service", `(?m)^(ReadWritePaths=-)/\S+`, "$1/var/lib/other", "read-only file system"},
	{"kube-apiserver.service", "an unknown flag", "/kube-apiserver*", `--audit-log-maxage=`, "--audit-log-maxages=", "--audit-log-maxages"},
	{"kube-apiserver.service", "a port that is none", "/kube-apiserver*", `(--secure-port)=\d+`, "$1=70000", "70000"},
	{"kube-apiserver.service", "an admission plugin that it lacks", "/kube-apiserver*", `NodeRestriction`, "NodesRestriction", "NodesRestriction"},
	{"kube-apiserver.service", "an unknown field of the policy", "/audit-policy.yaml", `(?m)^omitStages:`, "omitStage:", "omitStage"},
	{"kube-apiserver.service", "a level that audits lack", "/audit-policy.yaml", `level: Metadata`, "level: Metadatas", "Metadatas"},
	{"kube-apiserver.service", "an unknown field of authentication", "/authentication.yaml", `(?m)^anonymous:`, "anonymus:", "anonymus"},
	{"kube-apiserver.service", "a switch that is neither", "/authentication.yaml", `enabled: true`, "enabled: maybe", "anonymous.enabled"},
	{"kube-apiserver.service", "a folder that it can't write to", "/kube-apiserver.service", `(?m)^(ReadWritePaths=-)/\S+`, "$1/var/lib/other", "read-only file system"},
	{"kube-controller-manager.service", "an unknown flag", "/kube-controller-manager*", `--cluster-cidr=`, "--cluster-cidrs=", "--cluster-cidrs"},
	{"kube-controller-manager.service", "a duration that is none", "/kube-controller-manager*", `(--cluster-signing-duration)=\w+`, "$1=1y", "cluster-signing-duration"},
	{"kube-controller-manager.service", "an authority that isn't there", "/kube-controller-manager.kubeconfig", `/ca\.crt`, "/none.crt", "none.crt"},
	{"kube-controller-manager.service", "a context that isn't there", "/kube-controller-manager.kubeconfig", `(?m)^(current-context:) .*`, "$1 none", "none"},
	{"kube-controller-manager.service", "flags that nobody sets", "/kube-controller-manager.service", `\$KUBE_\w+`, "$$KUBE_OPTS", "no configuration"},
	{"kube-scheduler.service", "an unknown flag", "/kube-scheduler*", `--bind-address=`, "--bind-addresses=", "--bind-addresses"},
	{"kube-scheduler.service", "an unknown field", "/scheduler/config.yaml", `(?m)^enableProfiling:`, "enableProfilings:", "enableProfilings"},
	{"kube-scheduler.service", "a kind that it lacks", "/scheduler/config.yaml", `KubeSchedulerConfiguration`, "KubeSchedulersConfiguration", "KubeSchedulersConfiguration"},
	{"kube-scheduler.service", "a certificate that isn't there", "/kube-scheduler.kubeconfig", `/scheduler\.crt`, "/none.crt", "none.crt"},
	{"kube-scheduler.service", "flags that nobody sets", "/kube-scheduler.service", `\$KUBE_\w+`, "$$KUBE_OPTS", "no configuration"},
	{"kubelet.service", "an unknown flag", "/kubelet*", `--node-ip=`, "--nodes-ip=", "--nodes-ip"},
	{"kubelet.service", "an unknown field", "/kubelet-config.yaml", `(?m)^podPidsLimit:`, "podPidLimit:", "podPidLimit"},
	{"kubelet.service", "a mode that it lacks", "/kubelet-config.yaml", `mode: Webhook`, "mode: Webhooks", "Webhooks"},
	{"kubelet.service", "a certificate that isn't there", "/kubelet.kubeconfig", `/kubelet-client\.crt`, "/none.crt", "none.crt"},
	{"kubelet.service", "a file of flags that isn't there", "/kubelet.service", `(?m)^EnvironmentFile=.*`, "EnvironmentFile=/none.conf", "environment"},
	{"kube-proxy.service", "an unknown flag", "/kube-proxy*", `--config=`, "--configs=", "--configs"},
	{"kube-proxy.service", "an unknown field", "/kube-proxy-config.yaml", `(?m)^clusterCIDR:`, "clustersCIDR:", "clustersCIDR"},
	{"kube-proxy.service", "a mode that it lacks", "/kube-proxy-config.yaml", `mode: iptables`, "mode: ipfw", "ipfw"},
	{"kube-proxy.service", "an authority that isn't there", "/kube-proxy.kubeconfig", `/ca\.crt`, "/none.crt", "none.crt"},
	{"kube-proxy.service", "flags that nobody sets", "/kube-proxy.service", `\$KUBE_\w+`, "$$KUBE_OPTS", "in-cluster"},
}

// TestBreakages proves that TestUnitsStart can fail: each component refuses each of its files with a spoilt line.
func TestBreakages(t *testing.T) {
	need(t, programs()...)
	t.Parallel()
	f := render(t, "binary-nginx")
	for _, c := range components {
		t.Run(c.unit, func(t *testing.T) {
			t.Parallel()
			const all = "k8s-master1" // it runs all components
			if !f.known(t, f.Host(all)) {
				spoil(t, f.boot(t, all, ""), c)
			}
		})
	}
}

// spoil tries all breakages of a component, of which each of its files has one.
func spoil(t *testing.T, s *site, c component) {
	t.Helper()
	tried := map[string]bool{}
	for _, b := range breakages {
		if b.unit == c.unit {
			t.Run(b.what, func(t *testing.T) { tried[b.try(t, s, c)] = true })
		}
	}
	for _, file := range s.readBy(c) {
		if !tried[file.Path] {
			t.Errorf("no breakage of %s", file.Path)
		}
	}
}

// try breaks a file, sees the component refuse it, mends the file, and gives its path.
func (b breakage) try(t *testing.T, s *site, c component) string {
	t.Helper()
	file := b.find(t, s, c)
	expression := regexp.MustCompile(b.old)
	at := expression.FindSubmatchIndex(file.Content)
	if at == nil {
		t.Fatalf("%s has no %s", file.Path, b.old)
	}
	spoilt := slices.Concat(file.Content[:at[0]], expression.Expand(nil, []byte(b.new), file.Content, at), file.Content[at[1]:])
	s.write(t, file.Path, spoilt)
	s.start(t, c)
	err := s.judge(c)
	s.forget(t, c)
	s.write(t, file.Path, file.Content)
	if err == nil {
		t.Errorf("%s runs with %s", c.unit, b.what)
	} else if !strings.Contains(err.Error(), b.says) {
		t.Errorf("the error does not name %q: %v", b.says, err)
	}
	return file.Path
}

// find gives the file to break among those that the component reads. A star stands for the different names of a file of
// flags.
func (b breakage) find(t *testing.T, s *site, c component) *tree.File {
	t.Helper()
	ending := regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(b.file), `\*`, `(\.conf)?`) + "$")
	for _, f := range s.readBy(c) {
		if ending.MatchString(f.Path) {
			return f
		}
	}
	t.Fatalf("%s has no file %s", s.rendered, b.file)
	return nil
}

// readBy gives the rendered files that a component reads: its unit, and those that one of them names.
func (s *site) readBy(c component) (files []*tree.File) {
	files = append(files, s.rendered.File("/etc/systemd/system/"+c.unit))
	for i := 0; i < len(files); i++ {
		for j := range s.rendered.Files {
			f := &s.rendered.Files[j]
			named := regexp.MustCompile(`[=\s"]` + regexp.QuoteMeta(f.Path) + `[\s"]`)
			if !slices.Contains(files, f) && named.Match(files[i].Content) {
				files = append(files, f)
			}
		}
	}
	return files
}

// write replaces the content of a file and leaves its mode and owner.
func (s *site) write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := s.Write(path, content); err != nil {
		t.Fatal(err)
	}
}

// forget ends a component and all that it did.
func (s *site) forget(t *testing.T, c component) {
	t.Helper()
	s.shell(t, fmt.Sprintf(`systemctl kill --signal=KILL %[1]s 2>/dev/null || true
systemctl stop %[1]s
systemctl reset-failed %[1]s 2>/dev/null || true
rm -rf /var/lib/etcd
journalctl --sync
date +%%s.%%N > /run/since`, c.unit))
}
