package generators

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

const (
	apiServerFolder    = "/etc/kubernetes/apiserver"
	authenticationFile = apiServerFolder + "/authentication.yaml"
	auditPolicyFile    = apiServerFolder + "/audit-policy.yaml"

	clusterInfoPath = "/api/v1/namespaces/kube-public/configmaps/cluster-info"
)

var auditPolicy = embedded("audit-policy.yaml.tmpl")

// newAPIServerFiles renders what kube-apiserver reads beside its flags. kubeadm mounts the folder, so that the running
// API server sees replaced files: it takes a new authentication configuration at once, an audit policy only at start.
func newAPIServerFiles(c *topology.Cluster) HostFiles {
	a := c.Spec.Kubernetes.APIServer
	if !needsAPIServerFolder(a) {
		return none
	}
	return sameOn(isControlPlane, func() ([]tree.File, error) {
		var files []tree.File
		if anonymousConfig(a) {
			content, err := document(c, authentication(c))
			if err != nil {
				return nil, err
			}
			files = append(files, apiServerFile(authenticationFile, content, nil))
		}
		if a.Audit.Enabled {
			content, err := auditPolicyContent(c)
			if err != nil {
				return nil, err
			}
			files = append(files, apiServerFile(auditPolicyFile, content, restart("kube-apiserver")))
		}
		return files, nil
	})
}

func apiServerFile(path string, content []byte, changed []tree.Action) tree.File {
	return tree.File{
		Path: path, Kind: tree.KindObject, Mode: 0o600, Content: content, Phase: tree.PhaseControlPlane, Notify: changed,
	}
}

func needsAPIServerFolder(a schema.APIServer) bool { return anonymousConfig(a) || a.Audit.Enabled }

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
	if c.Spec.Kubernetes.Join.Discovery == "token" {
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
