package review

import (
	"path"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// kubeadm's files on hosts.
const (
	kubeadmFolder  = "/etc/kubernetes/kubeadm"
	kubeadmConfig  = kubeadmFolder + "/config.yaml"
	kubeadmJoin    = kubeadmFolder + "/join.yaml"
	kubeadmPatches = "/etc/kubernetes/patches"
)

// A step is what has kubeadm apply a part of its configuration.
type step struct {
	run      string
	once     bool     // on one control plane, for all
	nodes    bool     // on all nodes, workers among them
	restarts []string // units and static pods
}

// steps in the order in which they are run.
var steps = []struct {
	name string
	step
}{
	{"upgrade", step{run: "kubeadm upgrade apply VERSION on the first, kubeadm upgrade node on the others", restarts: controlPlanePods}},
	{"etcd", step{run: "kubeadm init phase etcd local --config " + kubeadmConfig, restarts: []string{"etcd"}}},
	{"apiserver", step{run: "kubeadm init phase control-plane apiserver --config " + kubeadmConfig, restarts: []string{"kube-apiserver"}}},
	{"controller-manager", step{run: "kubeadm init phase control-plane controller-manager --config " + kubeadmConfig, restarts: []string{"kube-controller-manager"}}},
	{"scheduler", step{run: "kubeadm init phase control-plane scheduler --config " + kubeadmConfig, restarts: []string{"kube-scheduler"}}},
	{"upload", step{run: "kubeadm init phase upload-config kubeadm --config " + kubeadmConfig, once: true}},
	{"coredns", step{run: "kubeadm init phase addon coredns --config " + kubeadmConfig, once: true}},
	{"kube-proxy", step{
		run:  "kubeadm init phase addon kube-proxy --config " + kubeadmConfig + ", then kubectl --namespace kube-system rollout restart daemonset kube-proxy",
		once: true, restarts: []string{"kube-proxy"},
	}},
	{"kubelet-upload", step{run: "kubeadm init phase upload-config kubelet --config " + kubeadmConfig, once: true}},
	{"kubelet", step{
		run:   "kubeadm upgrade node phase kubelet-config (with --patches " + kubeadmPatches + " where the host has that folder), then systemctl restart kubelet.service",
		nodes: true, restarts: []string{"kubelet.service"},
	}},
	{"kubelet-patch", step{
		run:      "kubeadm upgrade node phase kubelet-config --patches " + kubeadmPatches + ", then systemctl restart kubelet.service",
		restarts: []string{"kubelet.service"},
	}},
}

var controlPlanePods = []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler"}

// sections says which steps apply which settings; the first row with such a beginning counts. No steps: nothing reads it in a
// cluster that runs.
var sections = []struct {
	begins string
	steps  []string
}{
	{"ClusterConfiguration.kubernetesVersion", []string{"upgrade"}},
	{"ClusterConfiguration.apiServer.certSANs", []string{"upload"}}, // the certificate's own line says the rest
	{"ClusterConfiguration.apiServer", []string{"apiserver", "upload"}},
	{"ClusterConfiguration.controllerManager", []string{"controller-manager", "upload"}},
	{"ClusterConfiguration.scheduler", []string{"scheduler", "upload"}},
	{"ClusterConfiguration.etcd.local.serverCertSANs", []string{"upload"}},
	{"ClusterConfiguration.etcd.local.peerCertSANs", []string{"upload"}},
	{"ClusterConfiguration.etcd.local", []string{"etcd", "upload"}},
	{"ClusterConfiguration.etcd.external", []string{"apiserver", "upload"}},
	{"ClusterConfiguration.imageRepository", []string{"etcd", "apiserver", "controller-manager", "scheduler", "upload", "coredns", "kube-proxy"}},
	{"ClusterConfiguration.dns", []string{"upload", "coredns"}},
	{"ClusterConfiguration.proxy", []string{"upload", "kube-proxy"}},
	{"ClusterConfiguration.featureGates", []string{"etcd", "apiserver", "controller-manager", "scheduler", "upload"}},
	{"ClusterConfiguration", []string{"upload"}},
	{"InitConfiguration.localAPIEndpoint", []string{"apiserver"}},
	{"InitConfiguration", nil},
	{"KubeProxyConfiguration", []string{"kube-proxy"}},
	{"KubeletConfiguration", []string{"kubelet-upload", "kubelet"}},
}

// patched says which step reads a patch, by the beginning of its name.
var patched = map[string]string{
	"etcd": "etcd", "kube-apiserver": "apiserver", "kube-controller-manager": "controller-manager", "kube-scheduler": "scheduler",
	"kubeletconfiguration": "kubelet-patch", "corednsdeployment": "coredns", "kubeproxydaemonset": "kube-proxy",
}

// commands tells what somebody has to run, and what restarts by that.
func (f *facts) commands() {
	f.administrators()
	due := map[string][]string{} // by step, the control planes whose files want it
	why := map[string][]string{}
	for _, c := range f.changed {
		if f.after.Host(c.host).State == "joining" { // it gets all of this by kubeadm join
			continue
		}
		for _, name := range f.stepsFor(c) {
			due[name] = append(due[name], c.host)
			why[name] = append(why[name], c.path)
		}
	}
	for _, s := range steps {
		hosts := natural(due[s.name])
		if len(hosts) == 0 {
			continue
		}
		f.command(s.name, s.step, hosts, natural(why[s.name]))
	}
	if len(due["upgrade"]) > 0 && len(due["upload"]) > 0 {
		f.review.Notes = append(f.review.Notes,
			"kubeadm upgrades by what the cluster has stored: bring the other settings of "+kubeadmConfig+" first, in a change of their own")
	}
}

// administrators have the endpoint in their kubeconfigs, which are in no host's tree. kubeadm's endpoint can't move.
func (f *facts) administrators() {
	if _, after, ok := f.topologies(); ok && after.Install != "kubeadm" && len(f.endpointChanged()) > 0 {
		f.review.Commands = append(f.review.Commands, Command{
			Run: "khagen pki renew --admin --cluster " + f.review.Cluster, Hosts: []string{}, Why: "the kubeconfigs of administrators have the old endpoint",
		})
	}
}

func (f *facts) command(name string, s step, hosts, why []string) {
	restarting := hosts
	switch {
	case s.nodes:
		hosts = f.nodes()
		restarting = hosts
	case name == "kube-proxy":
		restarting = f.nodes()
	}
	run := s.run
	restarts := s.restarts
	if name == "upgrade" {
		run = strings.Replace(run, "VERSION", "v"+f.after.Cluster.Topology.Kubernetes, 1)
		if f.stacked() {
			restarts = append(slices.Clone(restarts), "etcd")
		}
	}
	f.review.Commands = append(f.review.Commands, Command{Run: run, Hosts: hosts, Once: s.once, Why: strings.Join(why, ", ")})
	for _, unit := range restarts {
		for _, host := range restarting {
			f.effects = append(f.effects, effect{host, unit, verbRestart, "kubeadm"})
		}
	}
}

// stepsFor says what applies a changed file of kubeadm's.
func (f *facts) stepsFor(c changed) []string {
	switch {
	case path.Dir(c.path) == kubeadmPatches:
		for target, name := range patched {
			if strings.HasPrefix(path.Base(c.path), target) { // TARGET[SUFFIX][+TYPE].yaml; none begins as another does
				return []string{name}
			}
		}
		return nil
	case c.path != kubeadmConfig || c.op != tree.OpChange:
		return nil
	}
	paths, ok := differing(c.old, c.new)
	if !ok {
		return []string{"etcd", "apiserver", "controller-manager", "scheduler", "upload"}
	}
	var names []string
	for _, p := range paths {
		for _, s := range sections {
			if p == s.begins || strings.HasPrefix(p, s.begins+".") {
				names = append(names, s.steps...)
				break
			}
		}
	}
	return names
}
