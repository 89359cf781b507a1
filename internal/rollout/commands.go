package rollout

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// check is a step that changes nothing.
func check(on, text, run string) Step { return Step{Text: text, Run: run, On: on} }

// say is a step that no command can do.
func say(text string) Step { return Step{Text: text, On: onController} }

// kubectlOn is kubectl as a control plane's own controller manager, which asks this host's API server alone.
func (c *change) kubectlOn(host string) string {
	program, config := "kubectl", "/etc/kubernetes/controller-manager.conf"
	m := c.after.Host(host)
	if m == nil {
		m = c.before.Host(host)
	}
	for _, p := range m.Programs {
		if path.Base(p.Path) == "kubectl" {
			program = p.Path
		}
	}
	if file := fileNamed(m, "kube-controller-manager.kubeconfig"); file != "" {
		config = file
	}
	return program + " --kubeconfig " + config
}

// ready asks the API server of each host of a wave.
func (c *change) ready(host string) Step {
	return check(onHost, "this host's API server is ready", "timeout 120 sh -c 'until "+c.kubectlOn(host)+" get --raw /readyz >/dev/null; do sleep 2; done'")
}

// knows asks whether the API server's certificate has a name. It is read again from its file within a minute.
func (c *change) knows(host, name string) Step {
	return check(onHost, "this host's API server is known as "+name,
		"timeout 120 sh -c 'until "+c.kubectlOn(host)+" --tls-server-name "+name+" get --raw /readyz >/dev/null; do sleep 2; done'")
}

// answers asks the API behind the endpoint of a state.
func answers(t *tree.Topology) Step {
	return check(onController, "the API answers at "+t.Endpoint, "kubectl --server https://"+t.Endpoint+" get --raw /readyz")
}

// otherServers asks the API servers that stay, but for one host's.
func (c *change) otherServers(but string) []Step {
	var steps []Step
	for _, host := range c.hosts(func(had, has tree.Member) bool {
		return is(had, roleControlPlane) && is(has, roleControlPlane) && has.State == ""
	}) {
		if host != but {
			steps = append(steps, check(host, "the API server of "+host+" is ready", c.kubectlOn(host)+" get --raw /readyz"))
		}
	}
	return steps
}

// etcdctl is etcdctl on a host with a member, by the endpoints of others or of the host itself.
func (c *change) etcdctl(endpoints ...string) string {
	if ctl := c.is.Etcd.Ctl; ctl != nil {
		return fmt.Sprintf("%s --endpoints %s --cacert %s --cert %s --key %s", ctl.Program, strings.Join(endpoints, ","), ctl.CA, ctl.Certificate, ctl.Key)
	}
	const pki = "/etc/kubernetes/pki/etcd/"
	return "kubectl --kubeconfig /etc/kubernetes/admin.conf --namespace kube-system exec etcd-" + c.nodeName(c.etcdHost()) +
		" -- etcdctl --endpoints " + strings.Join(endpoints, ",") + " --cacert " + pki + "ca.crt --cert " + pki + "server.crt --key " + pki + "server.key"
}

// etcdHost is a host with a member that stays, on which etcdctl is run.
func (c *change) etcdHost() string {
	stay := c.hosts(func(had, has tree.Member) bool { return hasEtcd(had) && hasEtcd(has) && has.State != leaving })
	if len(stay) == 0 {
		stay = c.hosts(func(_, has tree.Member) bool { return hasEtcd(has) })
	}
	if len(stay) == 0 {
		return ""
	}
	return stay[0]
}

// memberURLs are those of members that stay and of some others.
func (c *change) memberURLs(others ...string) []string {
	var urls []string
	for _, host := range c.all {
		had, has := c.had(host), c.has(host)
		stays := had != nil && has != nil && hasEtcd(*had) && hasEtcd(*has) && has.State != leaving
		switch {
		case !stays && !slices.Contains(others, host):
		case has != nil && hasEtcd(*has):
			urls = append(urls, has.Etcd)
		default:
			urls = append(urls, had.Etcd)
		}
	}
	return urls
}

// healthy asks all members that stay, and some others.
func (c *change) healthy(others ...string) []Step {
	host, urls := c.etcdHost(), c.memberURLs(others...)
	if host == "" || len(urls) == 0 {
		return nil // someone else's, whom nobody here can ask
	}
	return []Step{check(host, "all members of etcd are healthy", c.etcdctl(urls...)+" endpoint health")}
}

func (c *change) nodeName(host string) string {
	for _, m := range []*tree.Member{c.has(host), c.had(host)} {
		if m != nil && m.NodeName != "" {
			return m.NodeName
		}
	}
	return host
}

func (c *change) nodeNames(hosts []string) []string {
	names := make([]string, 0, len(hosts))
	for _, host := range hosts {
		names = append(names, c.nodeName(host))
	}
	return names
}

// nodesReady waits for the nodes of hosts; of control planes that are no nodes there is nothing to wait for.
func (c *change) nodesReady(hosts []string) []Step {
	nodes := slices.DeleteFunc(slices.Clone(hosts), func(host string) bool { m := c.has(host); return m == nil || m.NodeName == "" })
	if len(nodes) == 0 {
		return nil
	}
	return []Step{check(onController, "the nodes are ready",
		"kubectl wait --for condition=Ready --timeout 5m node/"+strings.Join(c.nodeNames(nodes), " node/"))}
}

// drained makes sure that nodes run no pods but those of daemon sets.
func (c *change) drained(hosts []string) Step {
	return check(onController, "no pod that others can run is on "+tree.Words(c.nodeNames(hosts)),
		"kubectl drain "+strings.Join(c.nodeNames(hosts), " ")+" --ignore-daemonsets --delete-emptydir-data --timeout 10m")
}

func (c *change) uncordon(hosts []string) Step {
	return check(onController, "pods may come back", "kubectl uncordon "+strings.Join(c.nodeNames(hosts), " "))
}

// balances asks a host's balancer.
func (c *change) balances(host string) []Step {
	b, m := c.is.Balancer, c.after.Host(host)
	address := "127.0.0.1"
	if strings.Contains(c.has(host).Address, ":") {
		address = "[::1]"
	}
	hasCurl := slices.ContainsFunc(m.Packages, func(p tree.Package) bool { return p.Name == "curl" })
	var steps []Step
	if b.Unit != "" {
		steps = append(steps, check(host, b.Proxy+" runs on "+host, "systemctl is-active "+b.Unit))
	}
	if file, runsOn := c.balancerPod(host); file != "" && !runsOn {
		steps = append(steps, podFollows(host, b.Proxy, file))
	}
	switch at := address + ":" + strconv.Itoa(b.Port); {
	case len(b.Addresses) > 0 && !slices.Contains(b.Addresses, strings.Trim(address, "[]")): // the VIP alone, which is elsewhere
	case hasCurl:
		steps = append(steps, check(host, "an API server answers through "+host,
			"curl --silent --show-error --fail --insecure --retry 10 --retry-delay 1 --retry-all-errors --output /dev/null https://"+at+"/readyz"))
	default:
		steps = append(steps, check(host, "the balancer of "+host+" takes connections",
			"timeout 20 bash -c 'until exec 3<>/dev/tcp/"+strings.Trim(address, "[]")+"/"+strconv.Itoa(b.Port)+"; do sleep 1; done' 2>/dev/null"))
	}
	return steps
}

// balancerPod is the file of the host's balancer, where that is a static pod and the file changes; runsOn says whether it does so in
// what the kubelet doesn't see.
func (c *change) balancerPod(host string) (file string, runsOn bool) {
	file = fileNamed(c.after.Host(host), c.is.Balancer.Proxy+".yaml")
	if c.is.Balancer.Unit != "" || !strings.HasPrefix(file, "/etc/kubernetes/manifests/") ||
		!slices.ContainsFunc(c.diffs[host], func(d tree.Difference) bool { return d.Path == file }) {
		return "", false
	}
	return file, tree.SamePod([]byte(c.read(c.before, host, file)), []byte(c.read(c.after, host, file)))
}

// running is a command that prints the containers of a static pod that run.
func running(pod string) string { return `crictl ps --quiet --state running --name "^` + pod + `$"` }

// podFollows waits for the static pod of a file that is there: the kubelet looks for one at times, and the old pod answers until then.
func podFollows(host, pod, file string) Step {
	return check(host, pod+" of "+host+" runs by its new file", `timeout 300 sh -c 'until id=$(`+running(pod)+` | head -n 1) && test -n "$id" && `+
		`made=$(crictl inspect "$id" | sed -n "s/.*\"createdAt\": *\"\([^\"]*\)\".*/\1/p" | head -n 1) && test -n "$made" && `+
		`test "$(date --date "$made" +%s)" -ge "$(stat --format %Y `+file+`)"; do sleep 2; done'`)
}

// remakePod is a phase of kubeadm's that writes a static pod's file, which waits where the file has become another: the old pod answers
// until the kubelet looks, and who asks it whether all is well would go on to the next host.
func remakePod(pod, phase, config string) string {
	return "file() { sha256sum /etc/kubernetes/manifests/" + pod + ".yaml; }; had=$(file); ran=$(" + running(pod) + "); " +
		"kubeadm init phase " + phase + " --config " + config + ` && { test "$had" = "$(file)" || ` +
		"timeout 300 sh -c 'until id=$(" + running(pod) + `) && test -n "$id" && test "$id" != "$0"; do sleep 2; done' "$ran"; }`
}

// podIsGone is a command that waits until no container of a static pod runs. Where crictl itself fails nobody knows that.
func podIsGone(pod string) string {
	return "timeout 60 sh -c 'until ids=$(" + running(pod) + `) && test -z "$ids"; do sleep 1; done'`
}

// holds asks whether a host has the virtual addresses.
func (c *change) holds(host string) []Step {
	var steps []Step
	for _, a := range c.is.VIP.Addresses {
		steps = append(steps, check(host, a+" is on "+host,
			"timeout 60 sh -c 'until ip -brief address show to "+a+" | grep --quiet .; do sleep 1; done'"))
	}
	return steps
}

// oneHolds asks hosts, from where the repository is, whether one of them alone has the virtual addresses.
func (c *change) oneHolds(hosts []string) []Step {
	if len(hosts) == 1 {
		return c.holds(hosts[0])
	}
	var steps []Step
	for _, a := range c.is.VIP.Addresses {
		step := check(onController, a+" is on one of "+tree.Words(hosts)+" alone", "")
		var asked []string
		for _, host := range hosts {
			ssh := c.after.Host(host).SSH
			if ssh == nil {
				step.Manual = true
				break
			}
			asked = append(asked, fmt.Sprintf("ssh -n -p %d %s@%s ip -brief address show to %s", ssh.Port, ssh.User, ssh.Address, a))
		}
		if !step.Manual {
			step.Run = `timeout 60 sh -c 'until found=$(` + strings.Join(asked, " && ") + `) && test "$(echo "$found" | grep --count .)" = 1; do sleep 1; done'`
		}
		steps = append(steps, step)
	}
	return steps
}

// packages are those that a host has to get, in the version of the new tree: the new ones, or those that it has in another version.
func (c *change) packages(host string, wanted func(name string, isNew bool) bool) []string {
	had, has := c.before.Host(host), c.after.Host(host)
	var names []string
	for _, p := range has.Packages {
		isNew := had == nil || !slices.ContainsFunc(had.Packages, func(q tree.Package) bool { return q.Name == p.Name })
		if (isNew || !slices.Contains(had.Packages, p)) && wanted(p.Name, isNew) {
			names = append(names, p.Name)
		}
	}
	return names
}

// installAllBut is install for the changed packages but one.
func (c *change) installAllBut(host, but string) []Step {
	names := c.packages(host, func(name string, _ bool) bool { return name != but })
	if len(names) == 0 {
		return nil
	}
	return c.install(host, names...)
}

// installNew is install for packages that the host hasn't got in any version.
func (c *change) installNew(host string) []Step {
	names := c.packages(host, func(name string, isNew bool) bool { return isNew && !slices.Contains(c.installed[host], name) })
	if len(names) == 0 {
		return nil
	}
	return c.install(host, names...)
}

// install brings a host's packages to the versions of the new tree; of names alone, where some are given.
func (c *change) install(host string, names ...string) []Step {
	had, has := c.before.Host(host), c.after.Host(host)
	var specs, held []string
	for _, p := range has.Packages {
		if had != nil && slices.Contains(had.Packages, p) || len(names) > 0 && !slices.Contains(names, p.Name) {
			continue
		}
		spec := p.Name
		if p.Version != "" && c.has(host).OS == "rhel" {
			spec += "-" + p.Version
		} else if p.Version != "" {
			spec += "=" + p.Version
		}
		specs = append(specs, "'"+spec+"'")
		c.installed[host] = append(c.installed[host], p.Name)
		if p.Hold {
			held = append(held, p.Name)
		}
	}
	if len(specs) == 0 {
		return nil
	}
	run := "apt-get update && apt-get install --yes --allow-change-held-packages " + strings.Join(specs, " ")
	if len(held) > 0 {
		run += " && apt-mark hold " + strings.Join(held, " ")
	}
	if c.has(host).OS == "rhel" {
		run = "dnf install --assumeyes --disableplugin versionlock " + strings.Join(specs, " ")
		if h := strings.Join(held, " "); h != "" {
			run += " && { dnf versionlock delete " + h + " || true; } && dnf versionlock add " + h
		}
	}
	install := check(onHost, "install "+strings.Join(specs, ", "), run)
	if had == nil && slices.ContainsFunc(has.Packages, func(p tree.Package) bool { return p.Version != "" }) {
		return []Step{c.repositories(host, specs), install}
	}
	return []Step{install}
}

// repositories asks whether a new host knows where packages come from whose versions are their project's.
func (c *change) repositories(host string, specs []string) Step {
	run := "apt-get update && apt-get install --simulate --yes " + strings.Join(specs, " ") + " >/dev/null"
	if c.has(host).OS == "rhel" {
		run = "dnf --quiet list --showduplicates " + strings.Join(specs, " && dnf --quiet list --showduplicates ")
	}
	return check(onHost, "its package repositories are set up, as prepare.yml --limit "+host+" --tags packages does", run)
}
