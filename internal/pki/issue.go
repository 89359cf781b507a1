package pki

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"net"
	"time"

	"github.com/khagen/khagen/internal/topology"
)

// skew is how far behind the clock of a host may be that has to take a new certificate.
const skew = 5 * time.Minute

// issueAuthority signs a certificate of an authority with its own key.
func issueAuthority(commonName string, key crypto.Signer, now time.Time, validity time.Duration) ([]byte, error) {
	id, err := keyID(key.Public())
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    now.Add(-skew).UTC(),
		NotAfter:     now.Add(validity).UTC(),
		KeyUsage:     x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		SubjectKeyId: id, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key) // with a random serial number
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", commonName, err)
	}
	return encode(pemCertificate, der), nil
}

// issue signs a certificate, with the authority's own chain behind it where that isn't a root: who trusts only the root
// needs it. It ends with the authority at the latest; cut says whether that is earlier than it should be.
func (a *authority) issue(c *topology.Certificate, key crypto.PublicKey, now time.Time, validity time.Duration) (content []byte, cut bool, err error) {
	id, err := keyID(key)
	if err != nil {
		return nil, false, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: c.CommonName},
		NotBefore:             latest(now.Add(-skew), a.certificate.NotBefore).UTC(),
		NotAfter:              now.Add(validity).UTC(),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           usages(c),
		DNSNames:              c.DNSNames,
		SubjectKeyId:          id,
		BasicConstraintsValid: true,
	}
	if c.Organization != "" {
		template.Subject.Organization = []string{c.Organization}
	}
	if _, ok := key.(*rsa.PublicKey); ok {
		template.KeyUsage |= x509.KeyUsageKeyEncipherment
	}
	for _, addr := range c.Addresses {
		template.IPAddresses = append(template.IPAddresses, net.IP(addr.AsSlice()))
	}
	if template.NotAfter.After(a.certificate.NotAfter) {
		template.NotAfter, cut = a.certificate.NotAfter, true
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key, a.key)
	if err != nil {
		return nil, false, fmt.Errorf("sign %s: %w", c.CommonName, err)
	}
	content = encode(pemCertificate, der)
	for _, above := range append([]*x509.Certificate{a.certificate}, a.chain...) {
		if !selfSigned(above) {
			content = append(content, encode(pemCertificate, above.Raw)...)
		}
	}
	return content, cut, nil
}

// usages are what a certificate is good for.
func usages(c *topology.Certificate) []x509.ExtKeyUsage {
	var all []x509.ExtKeyUsage
	if c.Server {
		all = append(all, x509.ExtKeyUsageServerAuth)
	}
	if c.Client {
		all = append(all, x509.ExtKeyUsageClientAuth)
	}
	return all
}

func selfSigned(c *x509.Certificate) bool { return c.CheckSignatureFrom(c) == nil }

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// keyID is the identifier of a key: the first 160 bits of its SHA-256 (RFC 7093, method 1).
func keyID(key crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(info.Key.Bytes)
	return sum[:20], nil
}
