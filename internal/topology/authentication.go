package topology

import "path"

// AuthenticationByFile says whether API servers read an AuthenticationConfiguration of khagen's: for anonymous access to some
// paths only, and for an identity provider once they take it from a file by default. Beside it flags for either are refused.
// Source: staging/src/k8s.io/apiserver/pkg/features/kube_features.go, StructuredAuthenticationConfiguration.
func (c *Cluster) AuthenticationByFile() bool {
	a := c.Spec.Kubernetes.APIServer
	return a.AnonymousAuth == "health" || a.OIDC != nil && c.Version.AtLeast(1, 30)
}

// OIDCByFlags says whether flags of the API servers name the identity provider.
func (c *Cluster) OIDCByFlags() bool {
	return c.Spec.Kubernetes.APIServer.OIDC != nil && !c.AuthenticationByFile()
}

// OIDCUsernamePrefix stands before the names of users. What the definition leaves open is as the flags' default has it,
// which a file doesn't know. Source: pkg/kubeapiserver/options/authentication.go.
func (c *Cluster) OIDCUsernamePrefix() string {
	switch o := c.Spec.Kubernetes.APIServer.OIDC; {
	case o.UsernamePrefix != nil:
		return *o.UsernamePrefix
	case o.UsernameClaim == "email":
		return ""
	default:
		return o.IssuerURL + "#"
	}
}

// kmsScheme stands before the path of a socket.
const kmsScheme = "unix://"

// KMSFolder is the folder with the socket of the KMS plugin; empty where there is none.
func (c *Cluster) KMSFolder() string {
	e := c.Spec.Kubernetes.APIServer.Encryption
	if e == nil || e.KMS == nil {
		return ""
	}
	return path.Dir(e.KMS.Endpoint[min(len(kmsScheme), len(e.KMS.Endpoint)):])
}
