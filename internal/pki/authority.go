package pki

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/khagen/khagen/internal/topology"
)

// authority signs certificates.
type authority struct {
	name        string
	file        string // of its certificate, for messages
	certificate *x509.Certificate
	chain       []*x509.Certificate // those that vouch for it, the nearest first
	key         crypto.Signer       // nil where it is elsewhere
}

// The pair of keys of service accounts.
const (
	serviceAccountKey = topology.ServiceAccountKeys + ".key"
	serviceAccountPub = topology.ServiceAccountKeys + ".pub"
)

// authority reads an authority of the folder, once; nil where its certificate isn't there. What can't be an authority, or
// isn't that of the key beside it, is an error.
func (d *draft) authority(name string) (*authority, error) {
	if a, ok := d.known[name]; ok {
		return a, nil
	}
	certificate, key := name+".crt", name+".key"
	content, ok := d.get(certificate)
	if !ok {
		return nil, nil
	}
	all, err := parseCertificates(content)
	if err != nil {
		return nil, d.problem(certificate, "%w", err)
	}
	a := &authority{name: name, file: d.name(certificate), certificate: all[0], chain: all[1:]}
	if err := a.able(); err != nil {
		return nil, d.problem(certificate, "%w", err)
	}
	if content, ok := d.get(key); ok {
		if a.key, err = parseKey(content); err != nil {
			return nil, d.problem(key, "%w", err)
		}
		if !belongs(a.key.Public(), a.certificate.PublicKey) {
			return nil, d.problem(key, "is not the key of %s (%q): bring the two that belong together; nothing was changed", certificate, subject(a.certificate))
		}
	}
	d.known[name] = a
	return a, nil
}

// able says why a certificate can't be an authority's.
func (a *authority) able() error {
	c := a.certificate
	if !c.BasicConstraintsValid || !c.IsCA {
		return fmt.Errorf("%q is no CA: its first certificate has to be the one that signs", subject(c))
	}
	if c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0 {
		return fmt.Errorf("%q is a CA that may not sign certificates (no keyCertSign among its usages)", subject(c))
	}
	if weak := weakness(c.PublicKey); weak != "" {
		return fmt.Errorf("%q has %s", subject(c), weak)
	}
	below := c
	for _, above := range a.chain {
		if below.CheckSignatureFrom(above) != nil {
			return fmt.Errorf("%q is not signed by %q, which follows it: the CA comes first, each certificate is followed by the one that signed it", subject(below), subject(above))
		}
		below = above
	}
	return nil
}

// now says why an authority can't sign or be trusted at a time.
func (a *authority) now(now time.Time) error {
	switch c := a.certificate; {
	case now.Before(c.NotBefore):
		return fmt.Errorf("%s: is not valid before %s, and this machine's clock says %s: is it right?", a.file, moment(c.NotBefore), moment(now))
	case now.After(c.NotAfter):
		return fmt.Errorf("%s: ended on %s, and this machine's clock says %s: see docs/pki.md for a new one", a.file, day(c.NotAfter), moment(now))
	}
	return nil
}

// makeAuthorities makes those that are missing, and gives an error where one that is there can't be used.
func (d *draft) makeAuthorities() error {
	if missing := d.notCopied(); len(missing) > 0 {
		return fmt.Errorf("%s: lacks %s; the definition has no bootstrapHost, so the cluster runs already, and new ones would "+
			"lock its hosts out: bring those of a control plane (docs/pki.md)", d.Dir(), strings.Join(missing, ", "))
	}
	var errs []error
	for _, name := range d.authorities {
		if !d.has(name + ".crt") {
			if err := d.makeAuthority(name); err != nil {
				errs = append(errs, err)
				continue
			}
		}
		errs = append(errs, d.usable(name))
	}
	return errors.Join(errs...)
}

// notCopied are the files of a running cluster of kubeadm's that must not be made anew.
func (d *draft) notCopied() []string {
	if d.Cluster.Binaries() || d.Cluster.Bootstrap != nil {
		return nil
	}
	var missing []string
	for _, name := range d.authorities {
		if !d.has(name+".crt") && !d.has(name+".key") {
			missing = append(missing, name+".crt")
		}
	}
	if d.serviceAccount && !d.has(serviceAccountKey) {
		missing = append(missing, serviceAccountKey)
	}
	return missing
}

// makeAuthority makes a key where there is none, and a certificate for it.
func (d *draft) makeAuthority(name string) error {
	key, fresh, err := d.keyFor(name+".key", false)
	if err != nil {
		return err
	}
	if !fresh {
		d.note("%s: has no certificate: made one for it", d.name(name+".key"))
	}
	i := slices.IndexFunc(authorityNames, func(n struct{ name, commonName string }) bool { return n.name == name })
	content, err := issueAuthority(authorityNames[i].commonName, key, d.Now, d.Cluster.Spec.Kubernetes.Certificates.CAValidity.Std())
	if err != nil {
		return err
	}
	d.put(name+".crt", content, modePublic)
	return nil
}

// usable says why an authority that is there can't be used: itself, its key, or the clock.
func (d *draft) usable(name string) error {
	a, err := d.authority(name)
	if err != nil {
		return err
	}
	if a == nil {
		return d.problem(name+".crt", "is missing: %s makes it", d.initCommand())
	}
	return errors.Join(a.now(d.Now), d.private(name+".key"))
}

// private refuses a key of the whole cluster that others can read.
func (d *draft) private(path string) error {
	if f, ok := d.old[path]; ok && readable(f.mode) {
		return d.problem(path, "has mode %04o, so that others can read it: chmod 600, and a new one if they may have done so", f.mode.Perm())
	}
	return nil
}

// makeServiceAccountKeys makes what is missing of the pair.
func (d *draft) makeServiceAccountKeys() error {
	if !d.serviceAccount {
		return nil
	}
	key, _, err := d.keyFor(serviceAccountKey, false)
	if err != nil {
		return err
	}
	if !d.has(serviceAccountPub) {
		content, err := encodePublic(key)
		if err != nil {
			return err
		}
		d.put(serviceAccountPub, content, modePublic)
	}
	return errors.Join(d.serviceAccountPair(), d.private(serviceAccountKey))
}

// serviceAccountPair says whether the two halves belong together. The public file may hold older keys besides.
func (d *draft) serviceAccountPair() error {
	content, _ := d.get(serviceAccountKey)
	key, err := parseKey(content)
	if err != nil {
		return d.problem(serviceAccountKey, "%w", err)
	}
	content, _ = d.get(serviceAccountPub)
	publics, err := parsePublics(content)
	if err != nil {
		return d.problem(serviceAccountPub, "%w", err)
	}
	if !slices.ContainsFunc(publics, func(public crypto.PublicKey) bool { return belongs(public, key.Public()) }) {
		return d.problem(serviceAccountKey, "is not the key of %s: bring the two that belong together; nothing was changed", serviceAccountPub)
	}
	return nil
}

// keyFor gives the key of a file, or makes one: where there is none, or where it is to be another.
func (d *draft) keyFor(path string, another bool) (key crypto.Signer, fresh bool, err error) {
	if content, ok := d.get(path); ok && !another {
		key, err := parseKey(content)
		if err != nil {
			return nil, false, d.problem(path, "%w", err)
		}
		return key, false, nil
	}
	if key, err = newKey(d.Cluster.KeyAlgorithm()); err != nil {
		return nil, false, err
	}
	content, err := encodeKey(key)
	if err != nil {
		return nil, false, err
	}
	d.put(path, content, modeSecret)
	return key, true, nil
}

// subject names a certificate for people.
func subject(c *x509.Certificate) string { return c.Subject.String() }
