package rollout

import (
	"regexp"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// kubeadmReconfigures says what kubeadm does on a control plane that runs, with the new config.yaml there. The first one brings it
// to the cluster, too, for those that join and for upgrades.
func (c *change) kubeadmReconfigures(w *Wave, host string, first bool) {
	k := c.kubeadmNeeds(host)
	phase := func(text, phase string) {
		w.Steps = append(w.Steps, check(onHost, text, "kubeadm init phase "+phase+" --config "+c.kubeadmConfig(host)))
	}
	if len(k.stale) > 0 {
		w.Steps = append(w.Steps, check(onHost, "patches that are gone would still be applied", "rm -f "+strings.Join(k.stale, " ")))
	}
	for _, name := range k.certificates {
		file := "/etc/kubernetes/pki/" + strings.Replace(name, "etcd-", "etcd/", 1)
		w.Steps = append(w.Steps, check(onHost, "issue "+file+".crt again with its new names",
			keepsAway(name, file+".crt", file+".key")+" && kubeadm init phase certs "+name+" --config "+c.kubeadmConfig(host)))
	}
	if k.etcd && c.is.Etcd.Topology == stacked {
		w.Steps = append(w.Steps, check(onHost, "make etcd's static pod anew, and wait until it runs", remakePod(roleEtcd, "etcd local", c.kubeadmConfig(host))))
		w.After = append(w.After, c.healthy()...)
	}
	if k.controlPlane {
		w.Steps = append(w.Steps, check(onHost, "make the control plane's static pods anew; the kubelet starts those again that differ, the API server's before this ends",
			remakePod("kube-apiserver", "control-plane all", c.kubeadmConfig(host))))
	}
	if slices.Contains(k.certificates, "apiserver") {
		for _, name := range without(apiServerNames(c.after.Host(host)), apiServerNames(c.before.Host(host))) {
			w.After = append(w.After, c.knows(host, name))
		}
	}
	if first && k.uploadKubeadm {
		phase("the cluster stores it, for hosts that join and for upgrades", "upload-config kubeadm")
	}
	if first && k.uploadKubelet {
		phase("the cluster stores the kubelets' configuration", "upload-config kubelet")
	}
	if k.kubelet {
		w.Steps = append(w.Steps, c.kubeletConfig(host))
		w.After = append(w.After, c.nodesReady([]string{host})...)
	}
	if first && k.proxy {
		phase("kube-proxy's configuration", "addon kube-proxy")
		w.Steps = append(w.Steps, check(onController, "kube-proxy reads it", "kubectl --namespace kube-system rollout restart daemonset/kube-proxy"))
	}
	if first && k.dns {
		phase("CoreDNS", "addon coredns")
	}
	if len(w.Steps) > 0 {
		w.Back = []Step{say("bring the phase control-plane of the old tree to " + host + ", and do the same steps with it; old certificates are in " + oldFolder)}
	}
}

// keepsAway moves those files away that are there. Into a folder of its own each time: what an earlier try saved is what it takes
// to go back.
func keepsAway(name string, files ...string) string {
	run := "old=" + oldFolder + "/" + name + "-$(date +%Y-%m-%dT%H-%M-%S) && install --directory --mode 0700 " + oldFolder + " && mkdir $old"
	for _, file := range files {
		run += " && { test ! -e " + file + " || mv " + file + " $old/; }"
	}
	return run
}

func (c *change) kubeletConfig(host string) Step {
	return check(onHost, "the kubelet takes its configuration from the cluster",
		"kubeadm upgrade node phase kubelet-config"+c.patchesFlag(host)+" && systemctl restart kubelet.service")
}

// kubeadmJoins lets a host join by kubeadm.
func (c *change) kubeadmJoins(w *Wave, host string) {
	has := c.has(host)
	if is(*has, roleControlPlane) {
		w.Before = append(w.Before, Step{
			Text: "what all control planes share is in /etc/kubernetes/pki of " + host + ", as \"From hosts to a cluster\" in out/" + c.after.Name + "/README.md says",
			Run:  "test -s /etc/kubernetes/pki/ca.crt && test -s /etc/kubernetes/pki/sa.key && test -s /etc/kubernetes/pki/front-proxy-ca.crt", On: onHost,
		})
	}
	join := fileNamed(c.after.Host(host), "join.yaml")
	if m := c.after.Host(host); slices.ContainsFunc(m.Files, func(f tree.ManifestFile) bool { return f.Path == join && f.Kind == tree.KindSecret }) {
		w.Before = append(w.Before, Step{
			Text: "the bootstrap token that " + join + " gets is one that kubeadm token list on a control plane has", On: onController, Manual: true,
		})
	} else {
		w.Before = append(w.Before, Step{
			Text: "/etc/kubernetes/discovery.conf of " + host + " has a token that is valid, as out/" + c.after.Name + "/README.md says",
			Run:  "test -s /etc/kubernetes/discovery.conf", On: onHost,
		})
	}
	w.Steps = append(w.Steps, check(onHost, "join, unless it has", "test -e /etc/kubernetes/kubelet.conf || kubeadm join --config "+join))
	w.Back = []Step{
		check(onHost, "take it out again; with its member of etcd, if it has one", "kubeadm reset --force"),
		check(onController, "and its node", "kubectl delete node "+c.nodeName(host)+" --ignore-not-found"),
	}
	w.After = append(w.After, c.nodeRegistered(host))
	if hasEtcd(*has) && !c.ownEtcd() && c.is.Etcd.Topology == stacked {
		w.After = append(w.After, c.healthy(host)...)
	}
}

func (c *change) nodeRegistered(host string) Step {
	return check(onController, "its node is there", "kubectl get node "+c.nodeName(host))
}

// upgrade takes control planes to another version by kubeadm: the first, then the others, then all their kubelets.
func (c *change) upgrade() []Wave {
	if !c.kubeadm() || !c.upgrades() {
		return nil
	}
	hosts := c.hosts(func(had, has tree.Member) bool {
		return is(had, roleControlPlane) && is(has, roleControlPlane) && has.State != leaving
	})
	if b := c.was.Bootstrap; slices.Contains(hosts, b) {
		hosts = append([]string{b}, without(hosts, []string{b})...)
	}
	var waves []Wave
	for i, host := range hosts {
		run, why := "kubeadm upgrade node", "The others follow the first: kubeadm makes their static pods anew, one host after the other."
		id := "upgrade-" + host
		if i == 0 {
			run, why = "kubeadm upgrade apply v"+c.is.Kubernetes+" --yes", "kubeadm brings what the cluster stores to the new version once, on the first control plane."
		}
		w := Wave{
			ID: id, Title: "Control plane " + host + " to " + c.is.Kubernetes, Why: why + c.onlyOne(host), Hosts: []string{host},
			Before: append(c.otherServers(host), c.healthy()...),
			Steps:  append(c.install(host, "kubeadm"), check(onHost, "upgrade", run+c.ignoredFlag(host, i == 0)+c.patchesFlag(host))),
			After:  append([]Step{c.ready(host)}, c.healthy()...),
			Back: []Step{say("where the new static pods don't come up, kubeadm puts the old ones back itself, from /etc/kubernetes/tmp. " +
				"Across minor versions there is no other way back but the copy of etcd")},
		}
		if i == 0 {
			w.Before = append(w.Before, c.repository(host), c.kubeadmCopy())
		}
		waves = append(waves, c.wave(w))
	}
	for _, host := range hosts {
		w := Wave{
			ID: "kubelet-" + host, Title: "kubelet of " + host + " to " + c.is.Kubernetes, Hosts: []string{host},
			Why:    "A kubelet is never newer than an API server, so it comes after all of them; its pods go elsewhere meanwhile.",
			Before: []Step{c.drained([]string{host})},
			Steps: slices.Concat(c.installAllBut(host, kubeadm), []Step{
				check(onHost, "start it again", "systemctl daemon-reload && systemctl restart kubelet.service"),
			}, c.nodesReady([]string{host}), []Step{c.uncordon([]string{host})}),
			After: []Step{c.ready(host)},
			Back:  again("the packages", host),
		}
		k := c.kubeadmNeeds(host)
		if !k.empty() { // config.yaml is read there once the kubelet is new
			c.kubeadmReconfigures(&w, host, host == hosts[0])
		}
		waves = append(waves, c.wave(w, tree.PhaseControlPlane))
	}
	return waves
}

// repository asks whether the host knows the packages of the new version, and of the container runtime that goes with it: each minor
// version of Kubernetes has a repository of its own, and each of CRI-O.
func (c *change) repository(host string) Step {
	had, has := c.before.Host(host), c.after.Host(host)
	list, update := "apt-cache madison ", "apt-get update && "
	if c.has(host).OS == "rhel" {
		list, update = "dnf list --disableplugin versionlock --showduplicates ", ""
	}
	var names, asked []string
	for _, p := range has.Packages {
		if (p.Name == kubeadm || p.IsRuntime()) && p.Version != "" && !slices.Contains(had.Packages, p) {
			version := strings.TrimSuffix(p.Version, "*") // 1.37.2- or 2.3.
			names = append(names, p.Name+" "+strings.Trim(version, "-."))
			asked = append(asked, list+p.Name+" | grep --quiet ' "+version+"'")
		}
	}
	noun := "repository has "
	if len(names) > 1 {
		noun = "repositories have "
	}
	return check(onHost, "the package "+noun+tree.Words(names)+", here and on all other nodes"+c.otherRepository(), update+strings.Join(asked, " && "))
}

// otherRepository says how hosts come to know that of another minor version.
func (c *change) otherRepository() string {
	if from, to := numbers(c.was.Kubernetes), numbers(c.is.Kubernetes); from[0] == to[0] && from[1] == to[1] {
		return ""
	}
	return ", as prepare.yml --tags repositories sees to"
}

var dataDir = regexp.MustCompile(`(?m)^    dataDir: (\S+)`)

// kubeadmCopy keeps a copy of etcd's data.
func (c *change) kubeadmCopy() Step {
	host := c.etcdHost()
	if host == "" {
		return say("someone keeps a copy of etcd's data")
	}
	file := "etcd-before-" + c.is.Kubernetes + ".db"
	folder := "/var/lib/etcd"
	if m := dataDir.FindStringSubmatch(c.read(c.before, host, c.kubeadmConfig(host))); m != nil {
		folder = m[1]
	}
	if c.ownEtcd() {
		return check(host, "a copy of etcd's data is kept", c.etcdctl(c.has(host).Etcd)+" snapshot save /var/tmp/"+file)
	}
	return check(host, "a copy of etcd's data is kept in its data folder", c.etcdctl("https://127.0.0.1:2379")+" snapshot save "+folder+"/"+file)
}
