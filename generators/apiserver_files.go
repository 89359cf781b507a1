package generators

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

var auditPolicy = embedded("audit-policy.yaml.tmpl")

// apiServerFile is the path of what kube-apiserver reads beside its flags and certificates. kubeadm mounts the folder, so
// that the running API server sees replaced files: it takes a new authentication configuration at once, the others only at
// start.
func apiServerFile(c *topology.Cluster, name string) string { return c.ConfigFile("apiserver/" + name) }

func authenticationFile(c *topology.Cluster) string { return apiServerFile(c, "authentication.yaml") }
func auditPolicyFile(c *topology.Cluster) string    { return apiServerFile(c, "audit-policy.yaml") }
func encryptionFile(c *topology.Cluster) string     { return apiServerFile(c, "encryption.yaml") }
func oidcCAFile(c *topology.Cluster) string         { return apiServerFile(c, "oidc-ca.crt") }

func newAPIServerFiles(c *topology.Cluster) HostFiles {
	return sameOn(isControlPlane, func() ([]tree.File, error) {
		var files []tree.File
		for _, f := range apiServerFiles(c) {
			content, err := f.content()
			if err != nil {
				return nil, err
			}
			files = append(files, tree.File{
				Path: f.path, Kind: f.kind, Mode: 0o600, Content: content, Phase: tree.PhaseControlPlane, Notify: f.changed,
			})
		}
		return files, nil
	})
}

// fileOfAPIServer is a file that kube-apiserver reads, before it is rendered.
type fileOfAPIServer struct {
	path    string
	kind    tree.Kind
	changed []tree.Action
	content func() ([]byte, error)
}

func apiServerFiles(c *topology.Cluster) []fileOfAPIServer {
	a, restarts := c.Spec.Kubernetes.APIServer, restartComponent(c, "kube-apiserver")
	var files []fileOfAPIServer
	if c.AuthenticationByFile() {
		files = append(files, fileOfAPIServer{authenticationFile(c), tree.KindObject, nil, func() ([]byte, error) {
			return document(c, authentication(c))
		}})
	}
	if c.OIDCByFlags() && a.OIDC.CAFile != "" {
		files = append(files, fileOfAPIServer{oidcCAFile(c), tree.KindFile, restarts, func() ([]byte, error) {
			return c.Spec.Files[a.OIDC.CAFile], nil
		}})
	}
	if a.Audit.Enabled {
		files = append(files, fileOfAPIServer{auditPolicyFile(c), tree.KindObject, restarts, func() ([]byte, error) {
			return auditPolicyContent(c)
		}})
	}
	if a.Encryption != nil {
		kind := tree.KindObject
		if len(a.Encryption.Keys) > 0 {
			kind = tree.KindSecret
		}
		files = append(files, fileOfAPIServer{encryptionFile(c), kind, restarts, func() ([]byte, error) {
			return document(c, encryption(*a.Encryption))
		}})
	}
	return files
}

func auditPolicyContent(c *topology.Cluster) ([]byte, error) {
	if file := c.Spec.Kubernetes.APIServer.Audit.PolicyFile; file != "" {
		return c.Spec.Files[file], nil
	}
	return auditPolicy().Render(map[string]any{"Header": header(c)})
}
