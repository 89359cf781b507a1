package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"fmt"

	"github.com/khagen/khagen/internal/topology"
)

// The least that keys have: that of every algorithm of the definition.
const (
	leastRSA   = 2048
	leastECDSA = 256
)

// weakness says why a key is easier to break than it should be; empty where it isn't.
func weakness(key crypto.PublicKey) string {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < leastRSA {
			return fmt.Sprintf("an RSA key of %d bits, which is too weak: at least %d", bits, leastRSA)
		}
	case *ecdsa.PublicKey:
		if bits := k.Curve.Params().BitSize; bits < leastECDSA {
			return fmt.Sprintf("an ECDSA key of %d bits, which is too weak: at least %d", bits, leastECDSA)
		}
	}
	return ""
}

// algorithmOf names that of a key as the definition does.
func algorithmOf(key crypto.PublicKey) string {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA-%d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return fmt.Sprintf("ECDSA-P%d", k.Curve.Params().BitSize)
	}
	return fmt.Sprintf("%T", key)
}

// algorithms finds keys that are good, but of another algorithm than the definition names: one finding for each host.
func (c *check) algorithms() {
	if c.Cluster.Spec.Kubernetes.Certificates.Algorithm == "" {
		return
	}
	for _, k := range c.kubeconfigs {
		content, _ := c.get(k.path)
		if has, err := parseKubeconfig(content); err == nil && c.otherAlgorithm(has.certificate) {
			c.hint(k.path, "has a key that is not "+c.Cluster.KeyAlgorithm(), c.renewalOf(k))
		}
	}
	for _, h := range c.Cluster.Hosts {
		c.algorithmsOf(h)
	}
}

func (c *check) algorithmsOf(h *topology.Host) {
	leaves, _ := c.of([]string{h.Name})
	others := 0
	for _, l := range leaves {
		if content, _ := c.get(l.path + ".crt"); c.otherAlgorithm(content) {
			others++
		}
	}
	switch others {
	case 0:
	case 1:
		c.hint("hosts/"+h.Name, "1 certificate has a key that is not "+c.Cluster.KeyAlgorithm(), c.renewal(h.Name))
	default:
		c.hint("hosts/"+h.Name, fmt.Sprintf("%d certificates have keys that are not %s", others, c.Cluster.KeyAlgorithm()), c.renewal(h.Name))
	}
}

// otherAlgorithm says whether a certificate is for a key of another algorithm. What is no certificate is told elsewhere.
func (c *check) otherAlgorithm(certificate []byte) bool {
	all, err := parseCertificates(certificate)
	return err == nil && algorithmOf(all[0].PublicKey) != c.Cluster.KeyAlgorithm()
}
