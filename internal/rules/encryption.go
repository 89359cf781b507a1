package rules

import (
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
)

var encryptionRules = []Rule{{
	ID: "KH135", Severity: Error,
	Title:   "encryption at rest has a plugin or keys of different names, and each resource once",
	Reason:  "The API server refuses its EncryptionConfiguration otherwise, and does not start. The name of a key is stored with each object: two keys of one name can't be told apart.",
	Hint:    "see khagen explain kubernetes.apiServer.encryption",
	Source:  "kubernetes/kubernetes staging/src/k8s.io/apiserver/pkg/apis/apiserver/validation/validation_encryption.go",
	cluster: encryptionWorks,
}, {
	ID: "KH196", Severity: Error,
	Title:   "the KMS plugin's socket has a folder of its own",
	Reason:  "API servers of kubeadm's get the folder mounted, since a plugin that starts makes its socket anew: a folder of others, such as /run, would open their sockets to them. Units of khagen's see neither home folders nor the host's /tmp.",
	Hint:    `write endpoint: "unix:///run/kms/kms.sock", or the like, and have the plugin listen there`,
	Source:  "https://kubernetes.io/docs/tasks/administer-cluster/kms-provider/",
	cluster: kmsFolderOwn,
}}

func encryptionWorks(c *topology.Cluster, f *found) {
	e := c.Spec.Kubernetes.APIServer.Encryption
	if e == nil {
		return
	}
	at := field{"kubernetes", "apiServer", "encryption"}
	if e.Provider == "kms" && e.KMS == nil {
		f.add(c, append(slices.Clone(at), "provider"), "no plugin is named").mend(`write kms: {name: "vault", endpoint: "unix:///run/kms/kms.sock"}`)
	}
	if e.Provider != "kms" && len(e.Keys) == 0 {
		f.add(c, append(at, "keys"), "%s has no key", e.Provider).mend(`write keys: [{name: "k1", secret: "etcd_encryption_k1"}]`)
	}
	seen := map[string]bool{}
	for i, key := range e.Keys {
		if seen[key.Name] {
			f.add(c, append(slices.Clone(at), "keys", element(i)), "two keys have the name %s", key.Name).mend("give the new key a new name, such as the next number")
		}
		seen[key.Name] = true
	}
	resourcesFit(c, append(at, "resources"), e.Resources, f)
}

func kmsFolderOwn(c *topology.Cluster, f *found) {
	folder := c.KMSFolder()
	at := field{"kubernetes", "apiServer", "encryption", "kms", "endpoint"}
	switch {
	case folder == "":
	case slices.Contains([]string{"/", "/etc", "/opt", "/run", "/srv", "/usr", "/var", "/var/lib", "/var/run", "/etc/kubernetes", "/etc/kubernetes/pki"}, folder):
		f.add(c, at, "the socket lies in %s, with much else", folder)
	case within(folder, "/home"), within(folder, "/root"), within(folder, "/tmp"), within(folder, "/var/tmp"):
		f.add(c, at, "the socket lies in %s, where units have files of their own", folder)
	}
}

func resourcesFit(c *topology.Cluster, at field, resources []string, f *found) {
	if len(resources) == 0 {
		f.add(c, at, "no resource is encrypted").mend(`write resources: ["secrets"], or leave it out`)
	}
	for i, r := range resources {
		here := append(at[:len(at):len(at)], element(i))
		if !encryptable(r) {
			f.add(c, here, "%q is no resource that can be encrypted", r).mend(`write a resource such as "configmaps", "*.apps" for all of a group, or "*.*" for all`)
		}
		for _, other := range resources[:i] {
			if other == r || other == "*.*" || r == "*.*" || coversResource(other, r) || coversResource(r, other) {
				f.add(c, here, "%s and %s overlap", r, other).mend("delete one of them")
				break
			}
		}
	}
}

// encryptable says whether the API server takes the name of a resource: a star stands for all resources of a group, and
// *.* for all.
func encryptable(resource string) bool {
	name, group, _ := strings.Cut(resource, ".")
	switch {
	case resource == "*.*":
		return true
	case resource == "*", strings.Contains(group, "*"), strings.Contains(name, "*") && name != "*":
		return false
	case group == "events.k8s.io", group == "extensions": // stored as events, and as what took its place
		return false
	}
	return !slices.Contains([]string{"apiserveripinfo", "serviceipallocations", "servicenodeportallocations"}, name)
}

// coversResource says whether a resource with a star has another one in its group.
func coversResource(star, resource string) bool {
	group, ok := strings.CutPrefix(star, "*.")
	_, other, _ := strings.Cut(resource, ".")
	return ok && group == other
}
