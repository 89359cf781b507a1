package rollout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// nodes brings changed files to nodes: control planes one at a time, workers in batches, those that join last.
func (c *change) nodes() []Wave {
	phases := []tree.Phase{tree.PhaseWorker}
	if c.is.Balancer.Placement == nodeLocal {
		phases = []tree.Phase{tree.PhaseLoadBalancer, tree.PhaseWorker}
	}
	changed := func(had, has tree.Member) bool {
		return had.Name != "" && has.Name != "" && (has.NodeName != "" || c.moves()) &&
			(c.pending(has.Name, phases...) || c.moves() && c.pending(has.Name, tree.PhasePrerequisites) || c.nodeUpgrades(has.Name) || c.kubeletReconfigured(has.Name))
	}
	masters := c.hosts(func(had, has tree.Member) bool { return changed(had, has) && is(has, roleControlPlane) })
	workers := c.hosts(func(had, has tree.Member) bool { return changed(had, has) && !is(has, roleControlPlane) })
	var waves []Wave
	for _, host := range masters {
		waves = append(waves, c.node("node-"+host, []string{host}, phases))
	}
	most := max(len(workers)/4, 1)
	for i, n := 0, 1; i < len(workers); n++ {
		size := most
		if n == 1 && c.moves() {
			size = 1 // one shows whether the endpoint serves
		}
		batch := workers[i:min(i+size, len(workers))]
		waves = append(waves, c.node(fmt.Sprintf("workers-%d", n), batch, phases))
		i += len(batch)
	}
	if c.moves() && !c.kubeadm() {
		waves = append(waves, c.administrators())
	}
	for _, host := range c.hosts(func(had, has tree.Member) bool {
		return has.NodeName != "" && (had.Name == "" || had.NodeName == "") && (!is(has, roleControlPlane) || !c.kubeadm())
	}) {
		waves = append(waves, c.nodeJoins(host, phases))
	}
	return waves
}

// administrators move people's kubeconfigs, when the old endpoint still answers.
func (c *change) administrators() Wave {
	return c.wave(Wave{
		ID: "administrators", Title: "Kubeconfigs of administrators", Why: "Theirs have the old endpoint, too, which may go next.",
		Before: []Step{answers(c.is)},
		Steps: []Step{check(onController, "issue them again; whoever has a copy needs the new one",
			"khagen pki renew --admin --cluster "+c.after.Name)},
		After: []Step{check(onController, "the API answers by them", "kubectl --kubeconfig pki/"+c.after.Name+"/admin.kubeconfig get --raw /readyz")},
		Back:  []Step{say("the same by the old definition; the API servers have both names")},
	})
}

// nodeUpgrades says whether a node's kubelet or container runtime gets another version, which takes its pods elsewhere before.
func (c *change) nodeUpgrades(host string) bool {
	had, has := c.before.Host(host), c.after.Host(host)
	if had == nil || has == nil || has.Host != host || slices.Contains(c.delivered[host], tree.PhaseControlPlane) && c.kubeadm() {
		return false
	}
	upgraded := func(p tree.Package) bool {
		return (p.Name == "kubelet" || p.IsRuntime()) && !slices.Contains(had.Packages, p)
	}
	return slices.ContainsFunc(has.Packages, upgraded) || slices.ContainsFunc(has.Programs, func(p tree.Program) bool {
		return strings.HasSuffix(p.Path, "/kubelet") && !slices.ContainsFunc(had.Programs, p.SameAs)
	})
}

// kubeletReconfigured says whether a worker of kubeadm's has to take the kubelets' configuration again.
func (c *change) kubeletReconfigured(host string) bool {
	if !c.kubeadm() || is(*c.has(host), roleControlPlane) {
		return false
	}
	k := kubeadmChange{}
	for _, d := range c.diffs[host] {
		k.patched(d.Path)
	}
	masters := c.hosts(func(had, has tree.Member) bool { return is(had, roleControlPlane) && is(has, roleControlPlane) })
	if len(masters) > 0 {
		shared := c.kubeadmNeeds(masters[0])
		k.kubelet = k.kubelet || shared.uploadKubelet
	}
	return k.kubelet
}

// node is a wave of nodes that run. All its hosts go at the same time.
func (c *change) node(id string, hosts []string, phases []tree.Phase) Wave {
	w := Wave{
		ID: id, Title: "Nodes " + tree.Words(hosts), Hosts: hosts, Batch: len(hosts),
		Why: "A few nodes at a time: pods of nodes that fail run on the others.", Back: again("the phase "+list(phases), tree.Words(hosts)),
	}
	if len(hosts) == 1 {
		w.Title = "Node " + hosts[0]
	}
	if c.moves() {
		w.Why = fmt.Sprintf("Nodes go from %s to %s, which API servers and balancers serve by now. Nodes are not ready if it doesn't, and pods run on.", c.was.Endpoint, c.is.Endpoint)
		w.Before = append(w.Before, answers(c.is), answers(c.was))
	}
	upgrades := slices.ContainsFunc(hosts, c.nodeUpgrades)
	if upgrades {
		w.Before = append(w.Before, c.drained(hosts))
	}
	w.Steps = each(hosts, func(host string) []Step {
		var steps []Step
		switch {
		case c.kubeadm() && c.upgrades() && c.nodeUpgrades(host):
			steps = append(c.install(host, kubeadm), check(onHost, "upgrade", "kubeadm upgrade node"+c.ignoredFlag(host, false)+c.patchesFlag(host)))
		case c.kubeletReconfigured(host):
			steps = append(steps, c.kubeletConfig(host))
		}
		if packages := c.installAllBut(host, kubeadm); upgrades && len(packages) > 0 {
			steps = append(append(steps, packages...), check(onHost, "start it again", "systemctl daemon-reload && systemctl restart kubelet.service"))
		}
		return steps
	})
	w.Steps = append(w.Steps, c.forget(hosts)...)
	if upgrades {
		w.Steps = append(append(w.Steps, c.nodesReady(hosts)...), c.uncordon(hosts))
	}
	w = c.wave(w, phases...)
	w.After = append(w.After, c.connected()...)
	w.After = append(w.After, c.nodesReady(hosts)...)
	return w
}

// each gives the steps of hosts that go at the same time: once where they are the same for all.
func each(hosts []string, of func(string) []Step) []Step {
	first := of(hosts[0])
	same := true
	all := [][]Step{first}
	for _, host := range hosts[1:] {
		all = append(all, of(host))
		same = same && slices.Equal(first, all[len(all)-1])
	}
	if same {
		return first
	}
	var steps []Step
	for i, host := range hosts {
		for _, s := range all[i] {
			if s.On == onHost {
				s.On = host
			}
			steps = append(steps, s)
		}
	}
	return steps
}

// connected asks whether kubelets have moved: a node counts as ready for a while after its kubelet is cut off.
func (c *change) connected() []Step {
	if !c.moves() || c.kubeadm() || len(c.is.Addresses) == 0 {
		return nil
	}
	var to []string
	for _, a := range c.is.Addresses {
		if strings.Contains(a, ":") {
			a = "[" + a + "]"
		}
		to = append(to, "dst "+a+":"+portOf(c.is.Endpoint))
	}
	return []Step{check(onHost, "its kubelet is connected to "+c.is.Endpoint,
		"timeout 60 sh -c 'until ss --no-header --tcp --processes state established \"( "+strings.Join(to, " or ")+" )\" | grep --quiet kubelet; do sleep 2; done'")}
}

// forget makes kubelets that joined by token join again at another endpoint: they wrote the old one into a file of their own.
func (c *change) forget(hosts []string) []Step {
	if !c.moves() || c.kubeadm() {
		return nil
	}
	bootstrap := fileNamed(c.after.Host(hosts[0]), "kubelet-bootstrap.kubeconfig")
	if bootstrap == "" {
		return nil
	}
	own := strings.Replace(bootstrap, "kubelet-bootstrap", "kubelet", 1)
	return []Step{
		check(onHost, "the kubelet wrote the old endpoint into a file of its own; it joins again, by a bootstrap token that is valid",
			"rm -f "+own+" && systemctl restart kubelet.service"),
	}
}

// nodeJoins lets a new node come.
func (c *change) nodeJoins(host string, phases []tree.Phase) Wave {
	w := Wave{
		ID: "node-join-" + host, Title: "Node " + host + " joins", Hosts: []string{host},
		Why: "Nobody waits for a new node: it comes when all it asks is there.", Before: []Step{answers(c.is)},
		Back: []Step{
			check(onHost, "stop it", "systemctl disable --now kubelet.service"),
			check(onController, "and take its node away", "kubectl delete node "+c.nodeName(host)+" --ignore-not-found"),
		},
	}
	if c.needsPKI(w.Hosts) && !c.issued[host] {
		w.Before = append(w.Before, c.initCertificates())
	}
	if c.had(host) == nil && len(c.delivered[host]) == 0 {
		w.Before = append(w.Before, c.install(host)...)
	}
	if c.kubeadm() {
		c.kubeadmJoins(&w, host)
	}
	w = c.wave(w, phases...)
	w.After = append(w.After, c.nodesReady(w.Hosts)...)
	return w
}
