package generators

import (
	"github.com/khagen/khagen/internal/topology"
)

const clusterInfoPath = "/api/v1/namespaces/kube-public/configmaps/cluster-info"

// The parts of AuthenticationConfiguration that are rendered, in the order of the upstream types
// (https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/#apiserver-config-k8s-io-v1-AuthenticationConfiguration).
type (
	authenticationConfiguration struct {
		APIVersion string             `yaml:"apiVersion"`
		Kind       string             `yaml:"kind"`
		JWT        []jwtAuthenticator `yaml:"jwt,omitempty"`
		Anonymous  *anonymousAccess   `yaml:"anonymous,omitempty"`
	}
	jwtAuthenticator struct {
		Issuer        jwtIssuer     `yaml:"issuer"`
		ClaimMappings claimMappings `yaml:"claimMappings"`
	}
	jwtIssuer struct {
		URL                  string   `yaml:"url"`
		CertificateAuthority string   `yaml:"certificateAuthority,omitempty"`
		Audiences            []string `yaml:"audiences"`
	}
	claimMappings struct {
		Username prefixedClaim  `yaml:"username"`
		Groups   *prefixedClaim `yaml:"groups,omitempty"`
	}
	prefixedClaim struct {
		Claim  string `yaml:"claim"`
		Prefix string `yaml:"prefix"`
	}
	anonymousAccess struct {
		Enabled    bool        `yaml:"enabled"`
		Conditions []condition `yaml:"conditions"`
	}
	condition struct {
		Path string `yaml:"path"`
	}
)

// authentication says who names users beside certificates and service accounts, and lets balancers and probes ask for health
// without credentials
// (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration).
func authentication(c *topology.Cluster) authenticationConfiguration {
	version := "apiserver.config.k8s.io/v1beta1"
	if c.Version.AtLeast(1, 34) {
		version = "apiserver.config.k8s.io/v1"
	}
	return authenticationConfiguration{version, "AuthenticationConfiguration", jwt(c), anonymous(c)}
}

// jwt gives users the names that they would have by flags.
func jwt(c *topology.Cluster) []jwtAuthenticator {
	o := c.Spec.Kubernetes.APIServer.OIDC
	if o == nil {
		return nil
	}
	provider := jwtAuthenticator{
		Issuer:        jwtIssuer{o.IssuerURL, string(c.Spec.Files[o.CAFile]), []string{o.ClientID}},
		ClaimMappings: claimMappings{Username: prefixedClaim{o.UsernameClaim, c.OIDCUsernamePrefix()}},
	}
	if o.GroupsClaim != "" {
		provider.ClaimMappings.Groups = &prefixedClaim{o.GroupsClaim, o.GroupsPrefix}
	}
	return []jwtAuthenticator{provider}
}

// anonymous is nil where anonymous access isn't limited to some paths: a flag says then whether there is any.
func anonymous(c *topology.Cluster) *anonymousAccess {
	if c.Spec.Kubernetes.APIServer.AnonymousAuth != "health" {
		return nil
	}
	paths := []condition{{"/healthz"}, {"/livez"}, {"/readyz"}}
	if c.JoinsByToken() && !c.Binaries() { // kubeadm join reads it before it has credentials
		paths = append(paths, condition{clusterInfoPath})
	}
	return &anonymousAccess{true, paths}
}

// oidcFlags name the identity provider to API servers that don't take it from a file.
func oidcFlags(c *topology.Cluster) map[string]string {
	o := c.Spec.Kubernetes.APIServer.OIDC
	flags := map[string]string{
		"oidc-issuer-url": o.IssuerURL, "oidc-client-id": o.ClientID, "oidc-username-claim": o.UsernameClaim,
		"oidc-username-prefix": c.OIDCUsernamePrefix(),
	}
	if flags["oidc-username-prefix"] == "" {
		flags["oidc-username-prefix"] = "-"
	}
	if o.GroupsClaim != "" {
		flags["oidc-groups-claim"] = o.GroupsClaim
		if o.GroupsPrefix != "" {
			flags["oidc-groups-prefix"] = o.GroupsPrefix
		}
	}
	if o.CAFile != "" {
		flags["oidc-ca-file"] = oidcCAFile(c)
	}
	return flags
}
