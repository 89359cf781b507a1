package generators

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

const clusterInfoPath = "/api/v1/namespaces/kube-public/configmaps/cluster-info"

var auditPolicy = embedded("audit-policy.yaml.tmpl")

// apiServerFile is the path of what kube-apiserver reads beside its flags and certificates. kubeadm mounts the folder, so
// that the running API server sees replaced files: it takes a new authentication configuration at once, the others only at
// start.
func apiServerFile(c *topology.Cluster, name string) string { return c.ConfigFile("apiserver/" + name) }

func authenticationFile(c *topology.Cluster) string { return apiServerFile(c, "authentication.yaml") }
func auditPolicyFile(c *topology.Cluster) string    { return apiServerFile(c, "audit-policy.yaml") }
func encryptionFile(c *topology.Cluster) string     { return apiServerFile(c, "encryption.yaml") }

func newAPIServerFiles(c *topology.Cluster) HostFiles {
	return sameOn(isControlPlane, func() ([]tree.File, error) {
		var files []tree.File
		a, changed := c.Spec.Kubernetes.APIServer, restartComponent(c, "kube-apiserver")
		add := func(path string, kind tree.Kind, content []byte, changed []tree.Action) {
			files = append(files, tree.File{
				Path: path, Kind: kind, Mode: 0o600, Content: content, Phase: tree.PhaseControlPlane, Notify: changed,
			})
		}
		if anonymousConfig(a) {
			content, err := document(c, authentication(c))
			if err != nil {
				return nil, err
			}
			add(authenticationFile(c), tree.KindObject, content, nil)
		}
		if a.Audit.Enabled {
			content, err := auditPolicyContent(c)
			if err != nil {
				return nil, err
			}
			add(auditPolicyFile(c), tree.KindObject, content, changed)
		}
		if a.Encryption != nil {
			content, err := document(c, encryption(*a.Encryption))
			if err != nil {
				return nil, err
			}
			add(encryptionFile(c), tree.KindSecret, content, changed)
		}
		return files, nil
	})
}

// anonymousConfig says whether anonymous requests are limited to some paths, which only a file can say.
func anonymousConfig(a schema.APIServer) bool { return a.AnonymousAuth == "health" }

type (
	authenticationConfiguration struct {
		APIVersion string          `yaml:"apiVersion"`
		Kind       string          `yaml:"kind"`
		Anonymous  anonymousAccess `yaml:"anonymous"`
	}
	anonymousAccess struct {
		Enabled    bool        `yaml:"enabled"`
		Conditions []condition `yaml:"conditions"`
	}
	condition struct {
		Path string `yaml:"path"`
	}
)

// authentication lets balancers and probes ask for health without credentials, and nobody ask for anything else
// (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-authenticator-configuration).
func authentication(c *topology.Cluster) authenticationConfiguration {
	paths := []condition{{"/healthz"}, {"/livez"}, {"/readyz"}}
	if c.JoinsByToken() && !c.Binaries() { // kubeadm join reads it before it has credentials
		paths = append(paths, condition{clusterInfoPath})
	}
	version := "apiserver.config.k8s.io/v1beta1"
	if c.Version.AtLeast(1, 34) {
		version = "apiserver.config.k8s.io/v1"
	}
	return authenticationConfiguration{version, "AuthenticationConfiguration", anonymousAccess{true, paths}}
}

func auditPolicyContent(c *topology.Cluster) ([]byte, error) {
	if file := c.Spec.Kubernetes.APIServer.Audit.PolicyFile; file != "" {
		return c.Spec.Files[file], nil
	}
	return auditPolicy().Render(map[string]any{"Header": header(c)})
}

// The parts of EncryptionConfiguration that are rendered
// (https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/#apiserver-config-k8s-io-v1-EncryptionConfiguration).
type (
	encryptionConfiguration struct {
		APIVersion string               `yaml:"apiVersion"`
		Kind       string               `yaml:"kind"`
		Resources  []encryptedResources `yaml:"resources"`
	}
	encryptedResources struct {
		Resources []string         `yaml:"resources"`
		Providers []map[string]any `yaml:"providers"`
	}
	encryptionKeys struct {
		Keys []encryptionKey `yaml:"keys"`
	}
	encryptionKey struct {
		Name   string     `yaml:"name"`
		Secret secretText `yaml:"secret"`
	}
)

// encryption writes with the first key, and reads with all of them and what was stored in clear before.
func encryption(e schema.Encryption) encryptionConfiguration {
	var keys encryptionKeys
	for _, k := range e.Keys {
		keys.Keys = append(keys.Keys, encryptionKey{k.Name, secretText(k.Secret)})
	}
	return encryptionConfiguration{
		"apiserver.config.k8s.io/v1", "EncryptionConfiguration",
		[]encryptedResources{{e.Resources, []map[string]any{{e.Provider: keys}, {"identity": struct{}{}}}}},
	}
}
