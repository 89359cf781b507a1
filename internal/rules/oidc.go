package rules

import (
	"bytes"
	"encoding/pem"
	"net/url"
	"slices"

	"github.com/khagen/khagen/internal/topology"
)

var oidcRules = []Rule{{
	ID: "KH195", Severity: Error,
	Title:   "API servers can use the identity provider",
	Reason:  "They refuse to start, or the new configuration, with a provider whose URL has more than a host and a path, who issues the tokens of service accounts too, or whose CA is none.",
	Hint:    "write the issuer as it stands in the provider's tokens (iss), and its CA in PEM",
	Source:  "kubernetes/kubernetes staging/src/k8s.io/apiserver/pkg/apis/apiserver/validation/validation.go, validateIssuer",
	cluster: oidcWorks,
}}

func oidcWorks(c *topology.Cluster, f *found) {
	o := c.Spec.Kubernetes.APIServer.OIDC
	if o == nil {
		return
	}
	at := field{"kubernetes", "apiServer", "oidc"}
	issuer := append(slices.Clone(at), "issuerURL")
	switch u, err := url.Parse(o.IssuerURL); {
	case err != nil:
		f.add(c, issuer, "%q is no URL", o.IssuerURL)
	case u.Host == "":
		f.add(c, issuer, "%q names no host", o.IssuerURL)
	case u.User != nil:
		f.add(c, issuer, "the URL has a login").mend("take it out: the provider is asked for its keys without one")
	case u.RawQuery != "" || u.Fragment != "":
		f.add(c, issuer, "%q has more than a host and a path", o.IssuerURL)
	case slices.Contains(serviceAccountIssuers(c), o.IssuerURL):
		f.add(c, issuer, "%s issues the tokens of service accounts", o.IssuerURL)
	}
	if o.CAFile != "" && !isCertificates(c.Spec.Files[o.CAFile]) {
		f.add(c, append(slices.Clone(at), "caFile"), "%s holds no certificate in PEM", o.CAFile)
	}
}

// serviceAccountIssuers are the names under which API servers issue tokens themselves.
func serviceAccountIssuers(c *topology.Cluster) []string {
	if own := c.Spec.Kubernetes.APIServer.ExtraArgs["service-account-issuer"]; len(own) > 0 {
		return own
	}
	return []string{"https://kubernetes.default.svc." + c.Spec.Kubernetes.Networking.DNSDomain}
}

// isCertificates says whether content has a certificate in PEM.
func isCertificates(content []byte) bool {
	for block, rest := pem.Decode(bytes.TrimSpace(content)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return true
		}
	}
	return false
}
