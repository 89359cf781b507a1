package pki

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// TestExternalCA: where kubeadm may not sign, its hosts get all that it would make, at its paths, and no authority's key.
func TestExternalCA(t *testing.T) {
	f := folderOf(t, kubeadmStacked, keysElsewhere, quick)
	f.init(t)
	if found := f.check(t); len(found) > 0 {
		t.Errorf("check: %q", found)
	}
	control, worker := f.Cluster.ControlPlanes[1], workerOf(f.Cluster)
	if diff := cmp.Diff([]string{"kubelet.conf"}, f.given(t, worker)); diff != "" {
		t.Errorf("a worker: %s", diff)
	}
	want := []string{
		"admin.conf", "controller-manager.conf", "kubelet.conf", "pki/apiserver-etcd-client.crt", "pki/apiserver-etcd-client.key",
		"pki/apiserver-kubelet-client.crt", "pki/apiserver-kubelet-client.key", "pki/apiserver.crt", "pki/apiserver.key", "pki/ca.crt",
		"pki/etcd/ca.crt", "pki/etcd/healthcheck-client.crt", "pki/etcd/healthcheck-client.key", "pki/etcd/peer.crt", "pki/etcd/peer.key",
		"pki/etcd/server.crt", "pki/etcd/server.key", "pki/front-proxy-ca.crt", "pki/front-proxy-client.crt", "pki/front-proxy-client.key",
		"pki/sa.key", "pki/sa.pub", "scheduler.conf", "super-admin.conf",
	}
	if diff := cmp.Diff(want, f.given(t, control)); diff != "" {
		t.Errorf("a control plane: %s", diff)
	}
	for _, one := range []struct {
		host           *topology.Host
		file, who, url string
	}{
		{control, "kubelet.conf", "system:node:" + control.NodeName, "https://" + control.Spec.Address.String() + ":6443"},
		{control, "admin.conf", "kubernetes-admin", "https://" + f.Cluster.Endpoint},
		{worker, "kubelet.conf", "system:node:" + worker.NodeName, "https://" + f.Cluster.Endpoint},
	} {
		has, err := parseKubeconfig(f.read(t, onHost(one.host, "/etc/kubernetes/"+one.file)))
		if err != nil {
			t.Fatal(err)
		}
		all, err := parseCertificates(has.certificate)
		if err != nil || all[0].Subject.CommonName != one.who || has.server != one.url {
			t.Errorf("%s of %s: %v, %s at %s", one.file, one.host.Name, err, all[0].Subject.CommonName, has.server)
		}
	}
}

// TestRenewExternalCA: a host's kubeconfigs are issued again with its certificates, those of others stay.
func TestRenewExternalCA(t *testing.T) {
	f := folderOf(t, kubeadmStacked, keysElsewhere, quick)
	f.init(t)
	control, worker := f.Cluster.ControlPlanes[1], workerOf(f.Cluster)
	kubelet := func(h *topology.Host) []byte { return f.read(t, onHost(h, "/etc/kubernetes/kubelet.conf")) }
	before, others := kubelet(worker), kubelet(control)
	result := f.renew(t, Renewal{Hosts: []string{worker.Name}})
	if bytes.Equal(before, kubelet(worker)) || !bytes.Equal(others, kubelet(control)) || len(result.Notes) > 0 {
		t.Errorf("wrote %q, says %q", result.Written, result.Notes)
	}
	f.define(t, kubeadmStacked, keysElsewhere, quick, func(c *schema.Cluster) { c.Endpoint.Host = "api.example.org" })
	want := "names the server https://" // one line for each kubeconfig that goes by the endpoint, and how to mend it
	found := f.check(t)
	if !slices.ContainsFunc(found, func(line string) bool {
		return strings.Contains(line, want) && strings.HasSuffix(line, "khagen pki renew "+worker.Name+" --cluster "+kubeadmStacked)
	}) {
		t.Errorf("check: %q", found)
	}
}

func keysElsewhere(c *schema.Cluster) { c.Kubernetes.Certificates.CAKeyOnHosts = false }

// quick is for keys that are made in no time.
var quick = ofAlgorithm("ECDSA-P256")

func workerOf(c *topology.Cluster) *topology.Host {
	i := slices.IndexFunc(c.Hosts, func(h *topology.Host) bool { return !h.Is(topology.RoleControlPlane) && h.IsNode() })
	return c.Hosts[i]
}

// given are the files of a host, below kubeadm's folder.
func (f *Folder) given(t *testing.T, h *topology.Host) []string {
	t.Helper()
	d, err := f.draft()
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for path := range d.old {
		if name, ok := strings.CutPrefix(path, onHost(h, "/etc/kubernetes")+"/"); ok {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	return files
}
