package pki

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
)

// makeMissing plans what isn't there. The first error of each kind of file ends the work: what follows needs it.
func (d *draft) makeMissing(ctx context.Context) error {
	if err := d.lost(); err != nil {
		return err
	}
	if err := errors.Join(d.makeAuthorities(), d.makeServiceAccountKeys()); err != nil {
		return err
	}
	var errs []error
	for _, k := range d.kubeconfigs {
		if !d.has(k.path) {
			errs = append(errs, d.makeKubeconfig(k, false))
		}
	}
	for _, s := range d.shared {
		if !d.has(s.path) {
			errs = append(errs, d.copyShared(s))
		}
	}
	for _, l := range d.leaves {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch hasKey, hasCertificate := d.has(l.path+".key"), d.has(l.path+".crt"); {
		case hasKey && hasCertificate:
			errs = append(errs, d.untouched(l))
		case hasCertificate:
			errs = append(errs, d.problem(l.path+".crt", "is there without its key: bring the key, or %s", d.renewal(l.host)))
		default:
			errs = append(errs, d.makeLeaf(l, false))
		}
	}
	return d.joined(errs)
}

// makeLeaf issues a certificate, for another key than the one that may be there.
func (d *draft) makeLeaf(l leaf, another bool) error {
	if _, err := d.signer(l.Authority, l.path+".crt"); err != nil { // before a key is made, which takes longer
		return err
	}
	key, _, err := d.keyFor(l.path+".key", another)
	if err != nil {
		return err
	}
	if old, ok := d.old[l.path+".key"]; ok && !another && d.replace && readable(old.mode) {
		d.put(l.path+".key", old.content, modeSecret)
	}
	content, err := d.sign(&l.Certificate, l.path+".crt", key)
	if err != nil {
		return err
	}
	d.put(l.path+".crt", content, modePublic)
	return nil
}

// sign issues a certificate for a file.
func (d *draft) sign(c *topology.Certificate, path string, key crypto.Signer) ([]byte, error) {
	a, err := d.signer(c.Authority, path)
	if err != nil {
		return nil, err
	}
	content, cut, err := a.issue(c, key.Public(), d.Now, d.Cluster.Spec.Kubernetes.Certificates.Validity.Std())
	if cut {
		d.note("%s: ends on %s, and what it signs with it", a.file, day(a.certificate.NotAfter))
	}
	return content, err
}

// signer is the authority that signs a file, with its key.
func (d *draft) signer(name, path string) (*authority, error) {
	a, err := d.authority(name)
	if err != nil {
		return nil, err
	}
	if a == nil || a.key == nil {
		d.unsigned[name] = append(d.unsigned[name], d.name(path))
		return nil, errUnsigned
	}
	return a, nil
}

// errUnsigned stands for an entry of unsigned, so that one message names them all.
var errUnsigned = errors.New("the authority's key is elsewhere")

// keyless says what can't be signed.
func (d *draft) keyless() []error {
	const most = 10
	var errs []error
	for _, name := range d.authorities {
		paths := d.unsigned[name]
		if len(paths) == 0 {
			continue
		}
		more := ""
		if len(paths) > most {
			more, paths = fmt.Sprintf("\n  and %d more", len(paths)-most), paths[:most]
		}
		errs = append(errs, fmt.Errorf("%s: isn't there, and without it these can't be signed; bring it%s, or them with their keys:\n  %s%s",
			d.name(name+".key"), d.backups(name+".key"), strings.Join(paths, "\n  "), more))
	}
	return errs
}

// copyShared gives a host its copy of what several have, unless it has that already.
func (d *draft) copyShared(s shared) error {
	content, ok := d.get(s.from)
	if !ok {
		return d.problem(s.from, "is missing, and host %s has to have it: %s", s.host, d.missing(s.SharedFile, s.from))
	}
	mode := modePublic
	if s.Key {
		mode = modeSecret
	}
	old, ok := d.old[s.path]
	if exposed := s.Key && readable(old.mode); !ok || exposed || !bytes.Equal(old.content, content) {
		d.put(s.path, content, mode)
	}
	return nil
}

// untouched says why a pair that is there, and stays, can't be what it has to be.
func (d *draft) untouched(l leaf) error {
	content, _ := d.get(l.path + ".key")
	key, err := parseKey(content)
	if err != nil {
		return d.problem(l.path+".key", "%w: %s", err, d.renewal(l.host))
	}
	content, _ = d.get(l.path + ".crt")
	all, err := parseCertificates(content)
	if err != nil {
		return d.problem(l.path+".crt", "%w: %s", err, d.renewal(l.host))
	}
	if !belongs(all[0].PublicKey, key.Public()) {
		return d.problem(l.path+".key", "is not the key of the certificate beside it: %s", d.renewal(l.host))
	}
	a, err := d.authority(l.Authority)
	if err != nil || a == nil {
		return err
	}
	if all[0].CheckSignatureFrom(a.certificate) != nil {
		return d.problem(l.path+".crt", "is not signed by %s: %s", a.file, d.renewal(l.host))
	}
	return nil
}

// renewal is the command that issues a host's certificates again.
func (d *draft) renewal(host string) string {
	return fmt.Sprintf("khagen pki renew %s --cluster %s", host, d.Cluster.Spec.Name)
}

// adminRenewal is the command that issues the kubeconfigs of administrators again.
func (d *draft) adminRenewal() string {
	return "khagen pki renew --admin --cluster " + d.Cluster.Spec.Name
}

// renewalOf is the command that issues a kubeconfig again.
func (d *draft) renewalOf(k kubeconfig) string {
	if k.host == "" {
		return d.adminRenewal()
	}
	return d.renewal(k.host)
}

// joined are all errors, each text once.
func (d *draft) joined(errs []error) error {
	seen := map[string]bool{}
	errs = slices.DeleteFunc(errs, func(err error) bool {
		if err == nil || errors.Is(err, errUnsigned) || seen[err.Error()] {
			return true
		}
		seen[err.Error()] = true
		return false
	})
	return errors.Join(append(errs, d.keyless()...)...)
}
