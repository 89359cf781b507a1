package rollout

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// etcdMembers brings files and programs that restart members, one after the other. What they read only while they have no data waits
// for nothing.
func (c *change) etcdMembers() []Wave {
	hosts := c.hosts(func(had, has tree.Member) bool {
		return hasEtcd(had) && hasEtcd(has) && had.Name == has.Name && c.notifies(has.Name, tree.PhaseEtcd, "restart etcd.service")
	})
	if len(hosts) == 0 {
		return nil
	}
	w := Wave{
		ID: "etcd", Title: "etcd on " + tree.Words(hosts), Hosts: hosts,
		Why:    "A member that restarts is missing for a moment, and the others have to be most of all: one at a time, the next when all are healthy.",
		Before: c.healthy(), After: c.healthy(),
		Back: again("the phase etcd", "the hosts that have the new one, one after the other"),
	}
	if c.was.Etcd.Version != c.is.Etcd.Version {
		host := c.etcdHost()
		w.Before = append(w.Before, Step{
			Text: "a copy of etcd's data is kept outside its data folder", On: host,
			Run: c.etcdctl(c.has(host).Etcd) + " snapshot save /var/tmp/etcd-before-" + c.is.Etcd.Version + ".db",
		})
		w.Back = []Step{say(fmt.Sprintf("while a member has %s yet, bring the old program back to the others, one after the other; after that only the copy helps",
			c.was.Etcd.Version))}
	}
	return []Wave{c.wave(w, tree.PhaseEtcd)}
}

var (
	memberName = regexp.MustCompile(`--name=([^\s"\\]+)`)
	peerURLs   = regexp.MustCompile(`--initial-advertise-peer-urls=([^\s"\\]+)`)
)

// setting finds a flag in the host's files of etcd.
func (c *change) setting(s *tree.Snapshot, host string, flag *regexp.Regexp) string {
	if m := s.Host(host); m != nil {
		for _, f := range m.Files {
			if f.Phase == tree.PhaseEtcd && path.Ext(f.Path) != ".service" {
				if found := flag.FindStringSubmatch(c.read(s, host, f.Path)); found != nil {
					return found[1]
				}
			}
		}
	}
	return ""
}

// etcdJoins makes a new member known, then starts it.
func (c *change) etcdJoins() []Wave {
	if !c.ownEtcd() {
		return nil // kubeadm join does it
	}
	var waves []Wave
	for _, host := range c.etcdCame() {
		name, peers, others := c.setting(c.after, host, memberName), c.setting(c.after, host, peerURLs), c.memberURLs()
		ctl := c.etcdctl(others...)
		w := Wave{
			ID: "etcd-join-" + host, Title: "etcd on " + host + " joins", Hosts: []string{host},
			Why: "The members that run have to know a new one before it starts; from then on it counts for the quorum.",
			Before: slices.Concat(c.install(host), c.healthy(), c.newCertificates(host), []Step{check(c.etcdHost(), "the members know "+name,
				fmt.Sprintf(`%s member list | grep --quiet --fixed-strings '%s' || %s member add %s --peer-urls %s`, ctl, peers, ctl, name, peers))}),
			After: c.healthy(host),
			Back: []Step{
				check(onHost, "stop it", "systemctl disable --now etcd.service"),
				check(c.etcdHost(), "take it out", c.removeMember(name)),
			},
		}
		waves = append(waves, c.wave(w, tree.PhaseEtcd))
	}
	return waves
}

// removeMember takes a member out of etcd, if it is there.
func (c *change) removeMember(name string) string {
	ctl := c.etcdctl(c.memberURLs()...)
	return fmt.Sprintf(`id=$(%s member list | awk -F', ' '$3 == "%s" {print $1}'); test -z "$id" || %s member remove "$id"`, ctl, name, ctl)
}

// initCertificates makes sure that new hosts have theirs.
func (c *change) initCertificates() Step {
	return check(onController, "new hosts have their certificates and keys", "khagen pki init "+c.after.Name)
}

// newCertificates makes sure that a host that joins has its own; one that stays, all of them with the names of the new tree.
func (c *change) newCertificates(host string) []Step {
	steps := []Step{c.initCertificates()}
	if c.stays(host) && c.unissued(host) {
		steps = append(steps, c.renewCertificates([]string{host}))
	}
	return steps
}

func (c *change) renewCertificates(hosts []string) Step {
	return check(onController, "the certificates are issued with the new names",
		"khagen pki renew "+strings.Join(hosts, " ")+" --keep-keys --cluster "+c.after.Name)
}

// needsPKI says whether one of the hosts takes files of khagen pki.
func (c *change) needsPKI(hosts []string) bool {
	for _, host := range hosts {
		if m := c.after.Host(host); m != nil && len(m.PKI) > 0 {
			return true
		}
	}
	return false
}

// list is a few words of the phases.
func list(phases []tree.Phase) string {
	var all []string
	for _, p := range phases {
		all = append(all, string(p))
	}
	return strings.Join(all, ", ")
}
