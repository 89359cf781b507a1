package units

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/sandbox"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// patience is how long anything may take on a machine with much else to do.
const patience = time.Minute

// TestControlPlaneRuns brings up one control plane of every cluster of binaries, with all members of its etcd, in the
// order in which the cluster's README has people do it.
func TestControlPlaneRuns(t *testing.T) {
	need(t, append(programs(), "etcdctl", "kubectl")...)
	t.Parallel()
	for i, cluster := range binaryClusters(t) {
		t.Run(cluster, func(t *testing.T) {
			t.Parallel()
			f := render(t, cluster)
			if !f.known(t, f.Hosts...) {
				f.bringUp(t, fmt.Sprintf("units%d", i)).test(t)
			}
		})
	}
}

// test asks the control plane for all that it is for.
func (r *run) test(t *testing.T) {
	t.Helper()
	for _, step := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"the API server is ready", r.testReady},
		{"nobody in particular may look at health alone", r.testAnonymous},
		{"leaders are elected", r.testLeases},
		{"the cluster's own objects apply", r.testObjects},
		{"controllers and the scheduler work", r.testControllers},
		{"units are as closed as they say", r.testHardening},
		{"requests are on record", r.testAudit},
		{"restarts work", r.testRestarts},
	} {
		if !t.Run(step.name, step.run) {
			break
		}
	}
}

// run is a cluster with one control plane that runs.
type run struct {
	*fleet
	*site                  // the control plane
	members []*site        // of etcd
	trust   *x509.CertPool // the cluster's CA
}

// controlPlane are its units, in the order in which they are started.
var controlPlane = []string{"kube-apiserver.service", "kube-controller-manager.service", "kube-scheduler.service"}

// bringUp boots the members of etcd, the first of which is a control plane, and starts them and that.
func (f *fleet) bringUp(t *testing.T, bridge string) *run {
	t.Helper()
	if err := sandbox.AddBridge(bridge); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sandbox.DeleteBridge(bridge); err != nil {
			t.Error(err)
		}
	})
	r := &run{fleet: f, trust: x509.NewCertPool()}
	authority, err := os.ReadFile(filepath.Join(f.pki, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	r.trust.AppendCertsFromPEM(authority)
	for _, h := range f.Cluster.Hosts {
		if h.IsEtcdMember() {
			r.members = append(r.members, f.boot(t, h.Name, bridge))
		}
	}
	r.site = r.members[0]
	if !r.declared.Is(topology.RoleControlPlane) {
		t.Fatalf("%s is no control plane", r.declared.Name)
	}
	for _, m := range r.members { // none is ready before most of them are
		m.shell(t, "systemctl daemon-reload; systemctl enable --now --no-block etcd.service")
	}
	for _, m := range r.members {
		m.until(t, "systemctl is-active etcd.service", "active")
	}
	r.until(t, r.etcdctl("endpoint health"), strings.Repeat("is healthy", len(r.members)))
	r.shell(t, "systemctl enable --now "+strings.Join(controlPlane, " ")) // returns when the API server says that it is ready
	return r
}

// etcdctl is a command that asks every member, as the one who looks after their health.
func (r *run) etcdctl(command string) string {
	c := r.Cluster
	var endpoints []string
	for _, m := range r.members {
		endpoints = append(endpoints, "https://"+net.JoinHostPort(m.declared.EtcdAddress().String(), "2379"))
	}
	return fmt.Sprintf("%s --endpoints=%s --cacert=%s --cert=%s --key=%s %s 2>&1 | grep -o 'is healthy' | tr -d '\\n'",
		c.Program("etcdctl"), strings.Join(endpoints, ","), c.EtcdPKIFile("ca.crt"),
		c.EtcdPKIFile("healthcheck-client.crt"), c.EtcdPKIFile("healthcheck-client.key"), command)
}

// until runs a script on the host until it prints something.
func (s *site) until(t *testing.T, script, want string) {
	t.Helper()
	var got string
	for began := time.Now(); time.Since(began) < patience; time.Sleep(100 * time.Millisecond) {
		if got, _ = s.try(script); got == want {
			return
		}
	}
	t.Fatalf("%s: %s: got %q for %v, want %q", s.Name, script, got, patience, want)
}

// get asks the API server at the host's address without logging in. Its certificate has to be for the endpoint.
func (r *run) get(path string) (status int, body string, err error) {
	host, _, err := net.SplitHostPort(r.Cluster.Endpoint)
	if err != nil {
		return 0, "", err
	}
	address := net.JoinHostPort(r.declared.Spec.Address.String(), "6443")
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: r.trust, ServerName: host},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return r.Dial(ctx, address) },
	}}
	answer, err := client.Get("https://" + r.Cluster.Endpoint + path)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(content), err
}

// untilReady asks until the API server is ready.
func (r *run) untilReady(t *testing.T) {
	t.Helper()
	var last string
	for began := time.Now(); time.Since(began) < patience; time.Sleep(100 * time.Millisecond) {
		status, body, err := r.get("/readyz")
		if status == http.StatusOK && body == "ok" {
			return
		}
		if wrong := (*tls.CertificateVerificationError)(nil); errors.As(err, &wrong) {
			t.Fatal(err)
		}
		last = fmt.Sprint(status, body, err)
	}
	t.Fatalf("not ready within %v: %s", patience, last)
}

// kubectl is a command by one of the kubeconfigs that khagen pki made. They name the endpoint, where no balancer runs
// here.
func (r *run) kubectl(kubeconfig, arguments string) string {
	return fmt.Sprintf("%s --kubeconfig=%s/%s.kubeconfig --server=https://%s %s", r.Cluster.Program("kubectl"), incoming, kubeconfig,
		net.JoinHostPort(r.declared.Spec.Address.String(), "6443"), arguments)
}

// forAdministrators are what an administrator has: kubeconfigs and the objects of the whole cluster.
func (f *fleet) forAdministrators(t *testing.T) []sandbox.File {
	t.Helper()
	var files []sandbox.File
	for _, name := range []string{"admin.kubeconfig", "super-admin.kubeconfig"} {
		content, err := os.ReadFile(filepath.Join(f.pki, name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, sandbox.File{Path: path.Join(incoming, name), Mode: 0o600, Content: content})
	}
	for _, o := range f.objects() {
		files = append(files, sandbox.File{Path: path.Join(incoming, o.Path), Content: o.Content})
	}
	return files
}

func (f *fleet) objects() []tree.File {
	return slices.DeleteFunc(slices.Clone(f.Host("").Files), func(o tree.File) bool { return !strings.HasPrefix(o.Path, "cluster/") })
}
