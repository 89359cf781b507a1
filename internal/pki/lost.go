package pki

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
)

// loss is a file that is gone while what came of it is there. Another in its place would part the hosts from what they
// trust, so that none is made.
type loss struct{ path, problem, mend string }

// lost gives an error for each loss. What else isn't right then follows from it, and isn't worth a line.
func (d *draft) lost() error {
	var errs []error
	for _, name := range d.authorities {
		if l := d.lostAuthority(name); l != nil {
			errs = append(errs, d.problem(l.path, "%s: %s", l.problem, l.mend))
		}
	}
	if l := d.lostServiceAccountKey(); l != nil {
		errs = append(errs, d.problem(l.path, "%s: %s", l.problem, l.mend))
	}
	return errors.Join(errs...)
}

// lostAuthority is that of an authority of which nothing is left, but certificates or copies of its own. Where its key is
// left, a certificate can be made for it.
func (d *draft) lostAuthority(name string) *loss {
	certificate, key := name+".crt", name+".key"
	if d.has(certificate) || d.has(key) {
		return nil
	}
	signed := 0
	for _, k := range d.kubeconfigs {
		if k.Authority == name && d.has(k.path) {
			signed++
		}
	}
	for _, l := range d.leaves {
		if l.Authority == name && d.has(l.path+".crt") {
			signed++
		}
	}
	var what string
	switch _, hosts := d.copies(certificate); {
	case signed == 1:
		what = "1 certificate was signed by them"
	case signed > 1:
		what = fmt.Sprintf("%d certificates were signed by them", signed)
	case len(hosts) > 0:
		what = "hosts have copies"
	default:
		return nil
	}
	return &loss{certificate, "is gone, and so is " + key + "; " + what, "bring them back from your backup" + d.backups(certificate, key)}
}

// lostServiceAccountKey is that of the key that signed the tokens of all service accounts.
func (d *draft) lostServiceAccountKey() *loss {
	if !d.serviceAccount || d.has(serviceAccountKey) {
		return nil
	}
	const problem = "; the tokens of all service accounts were signed with it"
	if d.has(serviceAccountPub) {
		return &loss{serviceAccountKey, "is gone" + problem, "bring it back from your backup" + d.backups(serviceAccountKey)}
	}
	_, keys := d.copies(serviceAccountKey)
	_, publics := d.copies(serviceAccountPub)
	if len(keys)+len(publics) == 0 {
		return nil
	}
	return &loss{
		serviceAccountKey, "is gone, and so is " + serviceAccountPub + problem,
		"bring them back from your backup" + d.backups(serviceAccountKey, serviceAccountPub),
	}
}

// copies are those that hosts have of a file: the first, and the names of all hosts.
func (d *draft) copies(of string) (first string, hosts []string) {
	for _, s := range d.shared {
		if s.from != of || !d.has(s.path) || slices.Contains(hosts, s.host) {
			continue
		}
		if first == "" {
			first = d.name(s.path)
		}
		hosts = append(hosts, s.host)
	}
	return first, hosts
}

// backups words where copies of files are, in parentheses; empty where there are none.
func (d *draft) backups(files ...string) string {
	const most = 3
	var all, none []string
	for _, file := range files {
		first, hosts := d.copies(file)
		if len(hosts) == 0 {
			none = append(none, file)
			continue
		}
		others := hosts[1:]
		if len(others) > most {
			others = append(slices.Clone(others[:most]), fmt.Sprintf("%d more", len(others)-most))
		}
		if len(others) > 0 {
			first += ", also of " + strings.Join(others, ", ")
		}
		all = append(all, first)
	}
	if len(all) == 0 {
		return ""
	}
	text := " (copies: " + strings.Join(all, "; ")
	if len(none) > 0 {
		text += "; none of " + strings.Join(none, ", ")
	}
	return text + ")"
}

// missing says how to come by a file that hosts have to have.
func (d *draft) missing(s topology.SharedFile, from string) string {
	if !s.Key || s.Of == topology.ServiceAccountKeys {
		return d.initCommand() + " makes it" // else it is lost
	}
	return "bring it" + d.backups(from) + ", or set kubernetes.certificates.caKeyOnHosts to false"
}
