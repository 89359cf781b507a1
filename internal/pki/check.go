package pki

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/khagen/khagen/internal/topology"
)

// Finding is something about a file that isn't as it has to be.
type Finding struct {
	File    string `json:"file"`           // seen from where the folder is
	Host    string `json:"host,omitempty"` // whose file it is
	Problem string `json:"problem"`
	Mend    string `json:"mend,omitempty"` // what to do: a command where one does it
	Must    bool   `json:"must"`           // has to be mended: something fails, will soon, or is open to others
	path    string
}

// Text is the finding in one line.
func (f *Finding) Text() string {
	text := f.File + ": " + f.Problem
	if f.Mend != "" {
		text += ": " + f.Mend
	}
	return text
}

// findings judges all files of the draft as they will be. An authority that is none is an error: there is nothing to
// judge by.
func (d *draft) findings(within time.Duration) ([]Finding, error) {
	c := &check{draft: d, until: d.Now.Add(within)}
	for _, name := range d.authorities {
		if err := c.authority(name); err != nil {
			return nil, err
		}
	}
	if err := c.serviceAccount(); err != nil {
		return nil, err
	}
	for _, k := range d.kubeconfigs {
		c.kubeconfig(k)
	}
	for _, s := range d.shared {
		c.shared(s)
	}
	for _, l := range d.leaves {
		c.leaf(l)
	}
	for _, path := range d.secrets() {
		c.mode(path)
	}
	c.algorithms()
	c.stale()
	return c.found, nil
}

// check gathers findings.
type check struct {
	*draft
	until time.Time // what ends before has to be issued again
	found []Finding
}

func (c *check) add(path, problem, mend string) {
	c.found = append(c.found, Finding{c.name(path), hostOf(path), problem, mend, true, path})
}

// hint adds what doesn't have to be mended.
func (c *check) hint(path, problem, mend string) {
	c.found = append(c.found, Finding{c.name(path), hostOf(path), problem, mend, false, path})
}

func (c *check) authority(name string) error {
	path := name + ".crt"
	a, err := c.draft.authority(name)
	if err != nil {
		return err
	}
	if l := c.lostAuthority(name); l != nil {
		c.add(l.path, l.problem, l.mend)
		return nil
	}
	if a == nil {
		c.add(path, "is missing", c.initCommand())
		return nil
	}
	if _, hosts := c.copies(name + ".key"); a.key == nil && len(hosts) > 0 {
		c.hint(name+".key", "is missing, so that nothing can be signed", "bring it back"+c.backups(name+".key"))
	}
	switch {
	case c.Now.Before(a.certificate.NotBefore):
		c.add(path, notYet(a.certificate), "")
	case c.until.After(a.certificate.NotAfter):
		c.add(path, ending(a.certificate.NotAfter, c.Now), "see docs/pki.md for a new one")
	}
	return nil
}

func (c *check) serviceAccount() error {
	if !c.draft.serviceAccount {
		return nil
	}
	if l := c.lostServiceAccountKey(); l != nil {
		c.add(l.path, l.problem, l.mend)
		return nil
	}
	for _, path := range []string{serviceAccountKey, serviceAccountPub} {
		if !c.has(path) {
			c.add(path, "is missing", c.initCommand())
			return nil
		}
	}
	return c.serviceAccountPair()
}

func (c *check) kubeconfig(k kubeconfig) {
	mend := c.renewalOf(k)
	content, ok := c.get(k.path)
	if !ok {
		c.add(k.path, "is missing", c.initCommand())
		return
	}
	has, err := parseKubeconfig(content)
	if err != nil {
		c.add(k.path, err.Error(), mend)
		return
	}
	problems := c.pair(&k.Certificate, has.certificate, has.key)
	if has.server != k.server {
		problems = append(problems, fmt.Sprintf("names the server %s instead of %s", has.server, k.server))
	}
	if ca, ok := c.get(topology.ClusterCA + ".crt"); ok && !bytes.Equal(ca, has.ca) {
		problems = append(problems, "holds another authority than "+c.name(topology.ClusterCA+".crt"))
	}
	if len(problems) > 0 {
		c.add(k.path, strings.Join(problems, ", "), mend)
	}
}

func (c *check) shared(s shared) {
	have, ok := c.get(s.path)
	want, exists := c.get(s.from)
	switch {
	case !ok:
		c.add(s.path, "is missing", c.initCommand())
	case exists && !bytes.Equal(have, want):
		c.add(s.path, "differs from "+c.name(s.from), c.renewal(s.host))
	}
}

func (c *check) leaf(l leaf) {
	certificate, hasCertificate := c.get(l.path + ".crt")
	key, hasKey := c.get(l.path + ".key")
	switch {
	case !hasCertificate:
		c.add(l.path+".crt", "is missing", c.initCommand())
		return
	case !hasKey:
		c.add(l.path+".key", "is missing", c.renewal(l.host))
		return
	}
	if problems := c.pair(&l.Certificate, certificate, key); len(problems) > 0 {
		c.add(l.path+".crt", strings.Join(problems, ", "), c.renewal(l.host))
	}
}

// pair says what is wrong with a certificate and its key.
func (c *check) pair(want *topology.Certificate, certificate, key []byte) []string {
	all, err := parseCertificates(certificate)
	if err != nil {
		return []string{err.Error()}
	}
	has := all[0]
	var problems []string
	if weak := weakness(has.PublicKey); weak != "" {
		problems = append(problems, "has "+weak)
	}
	if signer, err := parseKey(key); err != nil {
		problems = append(problems, "the key beside it "+err.Error())
	} else if !belongs(has.PublicKey, signer.Public()) {
		problems = append(problems, "the key beside it is another's")
	}
	a, err := c.draft.authority(want.Authority)
	if err == nil && a != nil {
		problems = append(problems, c.signature(has, a)...)
	}
	problems = append(problems, differences(want, has)...)
	switch {
	case c.Now.Before(has.NotBefore):
		problems = append(problems, notYet(has))
	case c.until.After(has.NotAfter):
		problems = append(problems, ending(has.NotAfter, c.Now))
	}
	return problems
}

// signature says why a certificate doesn't count as the authority's. Its dates are judged elsewhere.
func (c *check) signature(has *x509.Certificate, a *authority) []string {
	if err := has.CheckSignatureFrom(a.certificate); err != nil {
		return []string{"is not signed by " + a.file}
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.certificate)
	for _, usage := range has.ExtKeyUsage { // an authority may be good for some usages, and some names, only
		_, err := has.Verify(x509.VerifyOptions{
			Roots: roots, CurrentTime: latest(has.NotBefore, a.certificate.NotBefore), KeyUsages: []x509.ExtKeyUsage{usage},
		})
		if err != nil {
			return []string{fmt.Sprintf("is refused below %s (%v)", a.file, err)}
		}
	}
	return nil
}

// stale names what nobody needs any more: the folders of hosts that are gone as a whole.
func (c *check) stale() {
	gone := map[string]bool{}
	for _, path := range c.draft.stale {
		host := hostOf(path)
		switch here := slices.ContainsFunc(c.Cluster.Hosts, func(h *topology.Host) bool { return h.Name == host }); {
		case here:
			c.hint(path, "nothing of the definition asks for this file", "delete it")
		case gone[host]:
			continue
		default:
			gone[host] = true
			c.hint("hosts/"+host, "the definition has no such host", "delete the folder")
		}
	}
}

// mode finds keys that others can read.
func (c *check) mode(path string) {
	f, ok := c.old[path]
	if _, fresh := c.fresh[path]; fresh || !ok || !readable(f.mode) {
		return
	}
	c.add(path, fmt.Sprintf("has mode %04o, so that others can read it", f.mode.Perm()),
		"chmod 600 "+c.name(path)+", and a new key if they may have done so")
}

// readable says whether others than the owner may read a file. Windows has no such modes.
func readable(mode fs.FileMode) bool { return runtime.GOOS != "windows" && mode.Perm()&0o077 != 0 }

// hostOf is the host that a file is of.
func hostOf(path string) string {
	if rest, ok := strings.CutPrefix(path, "hosts/"); ok {
		host, _, _ := strings.Cut(rest, "/")
		return host
	}
	return ""
}

// verify judges the draft before it is written. What is wrong with a fresh file ends the work: an authority may refuse
// names, or usages. What is wrong with files that stay is only told.
func (d *draft) verify() (left []Finding, err error) {
	all, err := d.findings(0)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, f := range all {
		switch _, fresh := d.fresh[f.path]; {
		case !f.Must:
		case fresh:
			errs = append(errs, fmt.Errorf("%s: can't be issued: %s", f.File, f.Problem))
		default:
			left = append(left, f)
		}
	}
	return left, errors.Join(errs...)
}
