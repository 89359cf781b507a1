package generators

import (
	"net/netip"

	"github.com/khagen/khagen/internal/topology"
)

// The parts of a kubeconfig that are rendered, in the order of the upstream types
// (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/). It names files and holds no secret.
type (
	kubeconfigFile struct {
		APIVersion     string              `yaml:"apiVersion"`
		Kind           string              `yaml:"kind"`
		Clusters       []kubeconfigCluster `yaml:"clusters"`
		Users          []kubeconfigUser    `yaml:"users"`
		Contexts       []kubeconfigContext `yaml:"contexts"`
		CurrentContext string              `yaml:"current-context"`
	}
	kubeconfigCluster struct {
		Name    string `yaml:"name"`
		Cluster struct {
			Server               string `yaml:"server"`
			CertificateAuthority string `yaml:"certificate-authority"`
		} `yaml:"cluster"`
	}
	kubeconfigUser struct {
		Name string      `yaml:"name"`
		User credentials `yaml:"user"`
	}
	credentials struct {
		ClientCertificate string     `yaml:"client-certificate,omitempty"`
		ClientKey         string     `yaml:"client-key,omitempty"`
		Token             secretText `yaml:"token,omitempty"`
	}
	kubeconfigContext struct {
		Name    string `yaml:"name"`
		Context struct {
			Cluster string `yaml:"cluster"`
			User    string `yaml:"user"`
		} `yaml:"context"`
	}
)

// certificateOf are the credentials that khagen pki issues under a name.
func certificateOf(c *topology.Cluster, name string) credentials {
	return credentials{ClientCertificate: c.PKIFile(name + ".crt"), ClientKey: c.PKIFile(name + ".key")}
}

// kubeconfig lets a component log in to a server.
func kubeconfig(c *topology.Cluster, component, server string, login credentials) ([]byte, error) {
	file := kubeconfigFile{APIVersion: "v1", Kind: "Config", CurrentContext: c.Spec.Name}
	cluster := kubeconfigCluster{Name: c.Spec.Name}
	cluster.Cluster.Server = server
	cluster.Cluster.CertificateAuthority = c.PKIFile("ca.crt")
	file.Clusters = []kubeconfigCluster{cluster}
	file.Users = []kubeconfigUser{{component, login}}
	context := kubeconfigContext{Name: c.Spec.Name}
	context.Context.Cluster, context.Context.User = c.Spec.Name, component
	file.Contexts = []kubeconfigContext{context}
	return document(c, file)
}

// localServer is the API server on the same host, which its own controllers use: leader election covers its loss, and
// they don't depend on the balancer.
func localServer(h *topology.Host) string {
	return "https://" + topology.HostPort(ownAPIServer(h), h.Cluster.Spec.Kubernetes.APIServer.Port)
}

// ownAPIServer is the address that the API server of the host has for programs beside it.
func ownAPIServer(h *topology.Host) netip.Addr {
	if h.Cluster.Spec.Kubernetes.APIServer.Bind == "address" {
		return h.Address()
	}
	return h.Cluster.Loopback()
}
