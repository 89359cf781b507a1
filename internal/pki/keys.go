package pki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// Types of PEM blocks.
const (
	pemCertificate = "CERTIFICATE"
	pemPublicKey   = "PUBLIC KEY"
	pemRSA         = "RSA PRIVATE KEY" // PKCS #1
	pemEC          = "EC PRIVATE KEY"  // SEC 1
	pemPrivate     = "PRIVATE KEY"     // PKCS #8
	pemEncrypted   = "ENCRYPTED PRIVATE KEY"
)

// newKey makes a key of one of the definition's algorithms.
func newKey(algorithm string) (crypto.Signer, error) {
	switch algorithm {
	case "ECDSA-P256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ECDSA-P384":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "RSA-2048":
		return rsa.GenerateKey(rand.Reader, 2048)
	case "RSA-3072":
		return rsa.GenerateKey(rand.Reader, 3072)
	case "RSA-4096":
		return rsa.GenerateKey(rand.Reader, 4096)
	}
	return nil, fmt.Errorf("make a key: unknown algorithm %q", algorithm)
}

// encodeKey gives a key in the form that kubeadm writes.
func encodeKey(key crypto.Signer) ([]byte, error) {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return encode(pemRSA, x509.MarshalPKCS1PrivateKey(k)), nil
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(k)
		return encode(pemEC, der), err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return encode(pemPrivate, der), err
}

// encodePublic gives the public half of a key.
func encodePublic(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	return encode(pemPublicKey, der), err
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// parseKey reads the private key in PEM: PKCS #1, PKCS #8 or SEC 1. Other blocks, such as openssl's curve parameters
// before a key, don't matter.
func parseKey(content []byte) (crypto.Signer, error) {
	for rest := content; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, errors.New("holds no private key in PEM")
		}
		if block.Type == pemEncrypted || block.Headers["DEK-Info"] != "" {
			return nil, errors.New("is encrypted, and khagen asks for no passphrase: decrypt it with openssl pkey, or leave the key out")
		}
		var key any
		var err error
		switch block.Type {
		case pemRSA:
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case pemEC:
			key, err = x509.ParseECPrivateKey(block.Bytes)
		case pemPrivate:
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("holds a broken private key: %w", err)
		}
		if signer, ok := key.(crypto.Signer); ok {
			return signer, nil
		}
		return nil, errors.New("holds a key that can't sign")
	}
}

// parsePublics reads all public keys in PEM.
func parsePublics(content []byte) ([]crypto.PublicKey, error) {
	var keys []crypto.PublicKey
	for rest := content; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != pemPublicKey {
			continue
		}
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("holds a broken public key: %w", err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("holds no public key in PEM")
	}
	return keys, nil
}

// parseCertificates reads all certificates in PEM, at least one.
func parseCertificates(content []byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for rest := content; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != pemCertificate {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("holds a broken certificate: %w", err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, errors.New("holds no certificate in PEM")
	}
	return all, nil
}

// belongs says whether two public keys are one.
func belongs(a, b crypto.PublicKey) bool {
	x, errX := x509.MarshalPKIXPublicKey(a)
	y, errY := x509.MarshalPKIXPublicKey(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
