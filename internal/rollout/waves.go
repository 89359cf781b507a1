package rollout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// waves are all waves of the change. Each function gives those of one component and notes what they deliver, so that what nobody
// took is found in the end.
func (c *change) waves() []Wave {
	all := []Wave{}
	for _, component := range []func() []Wave{
		c.vrrpLeaves,    // who is no longer heard has to be silent before
		c.certificates,  // names before anybody asks by them
		c.etcdMembers,   // the store before what needs it
		c.etcdJoins,     //
		c.upgrade,       // kubeadm's way to another version
		c.controlPlanes, // API servers before what balances to them
		c.controlPlanesJoin,
		c.access,    // rights before who uses them
		c.balancers, // backups before the holder of the VIP
		c.nodes,     // nodes when the endpoint answers
		c.rest,
		c.leave, // when nobody relies on them any more
		c.lateCertificates,
		c.objects,
		c.tidy,
	} {
		for _, w := range component() {
			all = append(all, c.remotely(w))
		}
	}
	return all
}

// remotely lets hosts that the new tree no longer has, and so no inventory, be told from where the repository is.
func (c *change) remotely(w Wave) Wave {
	if len(w.Hosts) != 1 || c.has(w.Hosts[0]) != nil {
		return w
	}
	host := w.Hosts[0]
	ssh := c.before.Host(host).SSH
	for _, steps := range [][]Step{w.Before, w.Steps, w.After, w.Back} {
		for i, s := range steps {
			if s.On != onHost {
				continue
			}
			steps[i].On, steps[i].Text = onController, "on "+host+": "+s.Text
			if ssh == nil {
				steps[i].Manual = true
				continue
			}
			sudo := ""
			if ssh.User != "root" {
				sudo = "sudo "
			}
			steps[i].Run = fmt.Sprintf("ssh -p %d %s@%s %s", ssh.Port, ssh.User, ssh.Address, quoted(sudo+"sh -c "+quoted(s.Run)))
		}
	}
	w.Hosts = []string{}
	return w
}

// quoted is a word of a shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// again is the way back of what a delivery of old files undoes.
func again(phases, host string) []Step {
	return []Step{say("revert the change in Git, khagen build, and bring " + phases + " of the old tree to " + host + " again, in this wave's way")}
}

// late says whether the host's API server has to keep its old names until nothing asks by them any more.
func (c *change) late(host string) bool {
	had, has := apiServerNames(c.before.Host(host)), apiServerNames(c.after.Host(host))
	return had != nil && has != nil && !slices.Equal(had, has) && !slices.Contains(has, hostOf(c.was.Endpoint))
}

// certificates brings new certificates to hosts that serve, one after the other.
func (c *change) certificates() []Wave {
	hosts := c.hosts(func(had, has tree.Member) bool {
		serves := (is(had, roleControlPlane) || hasEtcd(had)) && (is(has, roleControlPlane) || hasEtcd(has))
		return serves && !joinsIn(had, has) && c.unissued(has.Name) && !c.late(has.Name)
	})
	if len(hosts) == 0 {
		return nil
	}
	return []Wave{c.issue("certificates", hosts, "Who asks by a new name has to find it in the certificate: names come before what uses them.")}
}

// lateCertificates takes names away that nobody asks by any more.
func (c *change) lateCertificates() []Wave {
	hosts := c.hosts(func(had, has tree.Member) bool { return had.Name != "" && has.Name != "" && c.unissued(has.Name) })
	if len(hosts) == 0 {
		return nil
	}
	return []Wave{c.issue("old-names", hosts, "The last who asked by "+hostOf(c.was.Endpoint)+" has moved: the certificates can lose that name.")}
}

// joinsIn says whether a host that stays gets a member of etcd or a control plane. Its certificates come with these: before there
// are neither the accounts that keys belong to, nor an API server to ask.
func joinsIn(had, has tree.Member) bool {
	return hasEtcd(has) && !hasEtcd(had) || is(has, roleControlPlane) && !is(had, roleControlPlane)
}

func (c *change) issue(id string, hosts []string, why string) Wave {
	w := Wave{
		ID: id, Title: "Certificates of " + tree.Words(hosts), Why: why, Hosts: hosts, PKI: true,
		Before: []Step{c.renewCertificates(hosts)},
		Back:   []Step{say("nothing to undo: the certificates have the names of both trees")},
	}
	if id == "old-names" {
		w.Back = []Step{check(onController, "issue them again with the old names, by the old definition, and bring pki to "+tree.Words(hosts),
			"khagen pki renew "+strings.Join(hosts, " ")+" --keep-keys --cluster "+c.after.Name)}
	}
	for _, host := range hosts {
		had, has := apiServerNames(c.before.Host(host)), apiServerNames(c.after.Host(host))
		if has == nil {
			continue
		}
		if added := without(has, had); len(added) > 0 && had != nil {
			for _, name := range added {
				step := c.knows(host, name)
				step.On = host
				w.After = append(w.After, step)
			}
			continue
		}
		step := c.ready(host)
		step.On = host
		w.After = append(w.After, step)
	}
	if slices.ContainsFunc(hosts, func(host string) bool { m := c.has(host); return m != nil && hasEtcd(*m) }) {
		w.After = append(w.After, c.healthy()...)
	}
	w = c.wave(w)
	w.PKI = true
	for _, host := range hosts {
		c.issued[host] = true
	}
	return w
}

// rest delivers what no other wave did, to hosts that nobody else waits for: settings of the system, files of users' own.
func (c *change) rest() []Wave {
	hosts := c.hosts(func(had, has tree.Member) bool {
		return had.Name != "" && has.Name != "" && c.pending(has.Name, tree.Phases...)
	})
	if len(hosts) == 0 {
		return nil
	}
	w := c.wave(Wave{
		ID: "hosts", Title: "Settings of " + tree.Words(hosts), Hosts: hosts,
		Why:  "What else changed on hosts: nobody waits for it, and one host after the other shows whether it does harm.",
		Back: again("the files", "them"),
	}, tree.Phases...)
	w.After = append(w.After, c.nodesReady(hosts)...)
	return []Wave{w}
}

// access applies rights before anybody needs them.
func (c *change) access() []Wave {
	return c.apply("access", func(file string) bool { return file == "cluster/access.yaml" },
		"Rights come before who uses them.")
}

// objects applies everything else, when all that serves it is there.
func (c *change) objects() []Wave {
	waves := c.apply("objects", func(file string) bool { return file != "cluster/access.yaml" },
		"Objects come last: what they ask for runs by then.")
	gone := c.objectFiles(c.before, func(file string) bool { return !slices.Contains(c.objectFiles(c.after, nil), file) })
	if len(gone) == 0 {
		return waves
	}
	w := Wave{
		ID: "old-objects", Title: "Objects that go", Why: "kubectl apply takes nothing away.",
		Back: []Step{say("kubectl apply --server-side -f with the same files of the old tree")},
	}
	for _, file := range gone {
		w.Steps = append(w.Steps, Step{
			Text: "delete what " + file + " of the old tree made, if nothing else needs it: git show REV:out/" + c.after.Name + "/" + file + " | kubectl delete -f -",
			On:   onController, Manual: true,
		})
	}
	return append(waves, c.wave(w))
}

func (c *change) apply(id string, wanted func(string) bool, why string) []Wave {
	changed := c.objectFiles(c.after, func(file string) bool {
		was, _ := c.before.Read(file)
		is, _ := c.after.Read(file)
		return wanted(file) && string(was) != string(is)
	})
	if len(changed) == 0 {
		return nil
	}
	var names []string
	for _, file := range changed {
		names = append(names, "out/"+c.after.Name+"/"+file)
	}
	return []Wave{c.wave(Wave{
		ID: id, Title: "Objects of " + tree.Words(changed), Why: why,
		Before: []Step{check(onController, "the API answers", "kubectl get --raw /readyz")},
		Steps:  []Step{check(onController, "apply them", "kubectl apply --server-side -f "+strings.Join(names, " -f "))},
		After:  []Step{check(onController, "the API has them", "kubectl diff --server-side -f "+strings.Join(names, " -f "))},
		Back:   []Step{say("kubectl apply --server-side -f with the same files of the old tree")},
	})}
}

// objectFiles are a state's files of Kubernetes objects.
func (c *change) objectFiles(s *tree.Snapshot, wanted func(string) bool) []string {
	var files []string
	for _, f := range s.Cluster.Files {
		if f.Kind == tree.KindObject && strings.HasPrefix(f.Path, "cluster/") && (wanted == nil || wanted(f.Path)) {
			files = append(files, f.Path)
		}
	}
	return files
}
