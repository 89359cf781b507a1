package pki

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/internal/topology"
)

// kubeconfig lets an administrator or a component log in, with key and certificate inside.
type kubeconfig struct {
	topology.Certificate
	host   string // whose it is; empty: the administrators'
	path   string // in the folder
	user   string
	server string // URL
}

// kubeconfigs are those of a cluster's administrators. kubeadm leaves a way in for emergencies on the host that it
// began with, so that khagen issues none for its clusters.
func kubeconfigs(c *topology.Cluster) []kubeconfig {
	login := func(user, commonName, organization string) kubeconfig {
		return kubeconfig{
			topology.Certificate{Authority: topology.ClusterCA, CommonName: commonName, Organization: organization, Client: true},
			"", user + ".kubeconfig", user, "https://" + c.Endpoint,
		}
	}
	all := []kubeconfig{login("admin", "kubernetes-admin", "kubeadm:cluster-admins")}
	if c.Binaries() {
		all = append(all, login("super-admin", "kubernetes-super-admin", "system:masters"))
	}
	return all
}

// hostKubeconfigs are those of a host's components.
func hostKubeconfigs(h *topology.Host) []kubeconfig {
	var all []kubeconfig
	for _, k := range h.Kubeconfigs() {
		all = append(all, kubeconfig{k.Certificate, h.Name, onHost(h, k.Path), k.User, k.Server})
	}
	return all
}

// The parts of a kubeconfig, in the order of the upstream types
// (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/).
type (
	kubeconfigFile struct {
		APIVersion     string         `yaml:"apiVersion"`
		Kind           string         `yaml:"kind"`
		Clusters       []namedCluster `yaml:"clusters"`
		Users          []namedUser    `yaml:"users"`
		Contexts       []namedContext `yaml:"contexts"`
		CurrentContext string         `yaml:"current-context"`
	}
	namedCluster struct {
		Name    string `yaml:"name"`
		Cluster struct {
			Server string `yaml:"server"`
			CA     string `yaml:"certificate-authority-data"`
		} `yaml:"cluster"`
	}
	namedUser struct {
		Name string `yaml:"name"`
		User struct {
			Certificate string `yaml:"client-certificate-data"`
			Key         string `yaml:"client-key-data"`
		} `yaml:"user"`
	}
	namedContext struct {
		Name    string `yaml:"name"`
		Context struct {
			Cluster string `yaml:"cluster"`
			User    string `yaml:"user"`
		} `yaml:"context"`
	}
)

// credentials are what a kubeconfig holds.
type credentials struct {
	server               string
	ca, certificate, key []byte
}

// makeKubeconfig issues a kubeconfig with a key of its own: the one that is there where it may stay, else a new one.
func (d *draft) makeKubeconfig(k kubeconfig, keep bool) error {
	var key crypto.Signer
	if old, ok := d.get(k.path); ok && keep {
		c, err := parseKubeconfig(old)
		if err == nil {
			key, err = parseKey(c.key)
		}
		if err != nil {
			return d.problem(k.path, "%w", err)
		}
	}
	if key == nil {
		var err error
		if key, err = newKey(d.Cluster.KeyAlgorithm()); err != nil {
			return err
		}
	}
	certificate, err := d.sign(&k.Certificate, k.path, key)
	if err != nil {
		return err
	}
	secret, err := encodeKey(key)
	if err != nil {
		return err
	}
	ca, _ := d.get(topology.ClusterCA + ".crt")
	content, err := k.encode(d.Cluster, credentials{k.server, ca, certificate, secret})
	d.put(k.path, content, modeSecret)
	return err
}

// encode words a kubeconfig. Names carry the cluster's, so that several can be merged.
func (k *kubeconfig) encode(c *topology.Cluster, has credentials) ([]byte, error) {
	name := k.user + "@" + c.Spec.Name
	data := base64.StdEncoding.EncodeToString
	cluster, user, context := namedCluster{Name: c.Spec.Name}, namedUser{Name: name}, namedContext{Name: name}
	cluster.Cluster.Server, cluster.Cluster.CA = has.server, data(has.ca)
	user.User.Certificate, user.User.Key = data(has.certificate), data(has.key)
	context.Context.Cluster, context.Context.User = c.Spec.Name, name
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	err := enc.Encode(kubeconfigFile{
		APIVersion: "v1", Kind: "Config", CurrentContext: name,
		Clusters: []namedCluster{cluster}, Users: []namedUser{user}, Contexts: []namedContext{context},
	})
	return out.Bytes(), err
}

// parseKubeconfig reads a kubeconfig that khagen wrote.
func parseKubeconfig(content []byte) (credentials, error) {
	var file kubeconfigFile
	if err := yaml.Unmarshal(content, &file); err != nil {
		return credentials{}, fmt.Errorf("is no kubeconfig: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(file.Clusters) != 1 || len(file.Users) != 1 {
		return credentials{}, errors.New("is no kubeconfig of one cluster and one user")
	}
	c := credentials{server: file.Clusters[0].Cluster.Server}
	user := file.Users[0].User
	var errs [3]error
	c.ca, errs[0] = base64.StdEncoding.DecodeString(file.Clusters[0].Cluster.CA)
	c.certificate, errs[1] = base64.StdEncoding.DecodeString(user.Certificate)
	c.key, errs[2] = base64.StdEncoding.DecodeString(user.Key)
	if err := errors.Join(errs[:]...); err != nil {
		return credentials{}, fmt.Errorf("is a broken kubeconfig: %w", err)
	}
	return c, nil
}
